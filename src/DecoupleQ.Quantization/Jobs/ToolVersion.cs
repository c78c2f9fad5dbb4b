using System.Reflection;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>The version that wrote a folder, without what differs between two builds of it.</summary>
internal static class ToolVersion
{
    public static string Text { get; } =
        typeof(ToolVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
}
