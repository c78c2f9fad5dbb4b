namespace DecoupleQ.Cli.Progress;

/// <summary>Text that keeps to its line.</summary>
internal static class OneLine
{
    /// <summary>As much of <paramref name="text"/> as fits, with an ellipsis where something is left out.</summary>
    /// <param name="text">One line of text.</param>
    /// <param name="width">Characters there are room for, at least 1.</param>
    public static string Fit(string text, int width) => text.Length <= width ? text : string.Concat(text.AsSpan(0, width - 1), "…");
}
