using System.Globalization;

namespace DecoupleQ.Server.Tests;

/// <summary>Measurements as Prometheus reads them.</summary>
internal static class Metrics
{
    /// <summary>The sum of all measurements of a name, of one model.</summary>
    /// <param name="text">What <c>/metrics</c> says.</param>
    /// <param name="name">The name.</param>
    /// <param name="model">The model.</param>
    /// <param name="tag">Something that is among the labels.</param>
    public static double Sum(string text, string name, string model, string tag = "") => text.Split('\n')
        .Where(line => line.StartsWith(name, StringComparison.Ordinal) && line[name.Length] is ('{' or ' ') && line.Contains(tag, StringComparison.Ordinal)
            && line.Contains($"\"{model}\"", StringComparison.Ordinal))
        .Sum(line => double.Parse(line[(line.LastIndexOf('}') + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries)[0], CultureInfo.InvariantCulture));
}
