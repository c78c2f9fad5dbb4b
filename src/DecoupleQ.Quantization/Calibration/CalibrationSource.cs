namespace DecoupleQ.Quantization.Calibration;

/// <summary>
/// What stands in <c>QuantizationOptions.Calibration</c> for a text that is no file of the user's. A file of such a name is meant by its path,
/// such as <c>./self</c>.
/// </summary>
public static class CalibrationSource
{
    /// <summary>The general text that comes with the library.</summary>
    public const string Builtin = "builtin";

    /// <summary>
    /// What the model itself writes, drawn from its own distribution from the beginning of a text on. Beside other sources it writes every other window.
    /// </summary>
    public const string Self = "self";

    // What a report calls files: their paths may differ between two jobs with the same result.
    private const string Text = "text", Ids = "ids";

    /// <summary>Whether <paramref name="source"/> is a file.</summary>
    public static bool IsFile(string source) => source is not (Builtin or Self);

    /// <summary>Whether <paramref name="sources"/> are a table of ids, a single <c>.safetensors</c> file.</summary>
    internal static bool IsTable(IReadOnlyList<string> sources) => sources is [string file] && Path.GetExtension(file) == ".safetensors";

    /// <summary>What kinds of sources there are, each once: <c>builtin</c>, <c>self</c>, <c>text</c> for text files, <c>ids</c> for a table.</summary>
    internal static IReadOnlyList<string> Kinds(IReadOnlyList<string> sources) => IsTable(sources)
        ? [Ids]
        : [.. sources.Select(source => IsFile(source) ? Text : source).Distinct()];
}
