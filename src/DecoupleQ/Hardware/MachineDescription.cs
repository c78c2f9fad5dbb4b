using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using DecoupleQ.Hardware.Limits;
using DecoupleQ.Kernels.Simd;
using Families = DecoupleQ.Kernels.Simd.InstructionSets;

namespace DecoupleQ.Hardware;

/// <summary>What this process runs on.</summary>
/// <param name="OperatingSystem">Its name and version.</param>
/// <param name="Architecture">Of the process: X64, Arm64.</param>
/// <param name="Runtime">.NET and its version.</param>
/// <param name="Cores">Logical cores that the process may use.</param>
/// <param name="Threads">Threads that work where no number is asked for: one a physical core, within the container's quota.</param>
/// <param name="InstructionSets">Vector instructions.</param>
/// <param name="Kernels">The family of kernels that is used.</param>
/// <param name="Memory">Its memory.</param>
public sealed record MachineDescription(
    string OperatingSystem,
    string Architecture,
    string Runtime,
    int Cores,
    int Threads,
    IReadOnlyList<InstructionSetSupport> InstructionSets,
    string Kernels,
    MachineMemory Memory)
{
    /// <summary>What makes it slower than it could be; usually nothing.</summary>
    public IReadOnlyList<string> Warnings { get; } = [.. Warn()];

    /// <summary>This machine, now.</summary>
    public static MachineDescription Now() => new(
        RuntimeInformation.OSDescription,
        RuntimeInformation.ProcessArchitecture.ToString(),
        RuntimeInformation.FrameworkDescription,
        Environment.ProcessorCount,
        ProcessorCores.DefaultThreads,
        InstructionSetSupport.All(),
        Describe(Families.Best),
        MachineMemory.Now());

    private static IEnumerable<string> Warn()
    {
        if (typeof(MachineDescription).Assembly.GetCustomAttribute<DebuggableAttribute>() is { IsJITOptimizerDisabled: true })
        {
            yield return "This is a debug build: it is several times slower than a release build.";
        }
        if (ProcessorInstructions.UseWarning is string less)
        {
            yield return less;
        }
        else if (Families.Best < InstructionSet.Avx2 && RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64)
        {
            yield return "The kernels run without AVX2, which the processor lacks: they are several times slower than with it.";
        }
    }

    private static string Describe(InstructionSet family) => family switch
    {
        InstructionSet.Avx512 => "AVX-512; decoding looks up 16 bits of codes at a time",
        InstructionSet.Avx2 => "AVX2 with FMA; decoding looks up 16 bits of codes at a time",
        InstructionSet.Vector128 => "128-bit vectors; 2-bit decoding looks up pairs of codes by bytes",
        _ => "scalar, without vectors: slow",
    };
}
