using System.Globalization;
using System.Text;
using DecoupleQ.Pilot.Quality;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.TestData;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Pilot.Risk;

/// <summary>The tokens of a test that changed most, with the text around them.</summary>
public static class ChangedTokens
{
    /// <summary>About so many characters of text are shown before and after a token.</summary>
    public const int ContextCharacters = 60;

    // One token in so many.
    private const int Share = 100;

    /// <summary>
    /// The tokens with the largest divergence, the largest first: one in a hundred of all, rounded up, at most <see cref="WindowFigures.MostChanged"/>, and
    /// none whose divergence nobody minds (<see cref="WindowFigures.Negligible"/>).
    /// </summary>
    /// <param name="windows">The windows.</param>
    /// <param name="figures">What was measured on each, in the same order.</param>
    /// <param name="tokenizer">The models'.</param>
    public static IReadOnlyList<ChangedToken> Of(IReadOnlyList<TestWindow> windows, IReadOnlyList<WindowFigures> figures, Tokenizer tokenizer)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        IReadOnlyList<(TestWindow Window, WindowFigures Figures)> pairs = MeasuredWindows.Pairs(windows, figures);
        int kept = Math.Min(WindowFigures.MostChanged, MostOf(figures));
        return
        [
            .. pairs.SelectMany(pair => pair.Figures.Changed.Select(changed => (pair.Window, Changed: changed)))
                .OrderByDescending(pair => pair.Changed.KlDivergence).Take(kept).Select(pair => InContext(pair.Window, pair.Changed, tokenizer)),
        ];
    }

    /// <summary>How many positions would be there if none were left out: of the one in a hundred that changed most, those that anybody minds.</summary>
    internal static int InAll(IReadOnlyList<WindowFigures> figures) => Math.Min(MostOf(figures), figures.Sum(window => window.ChangedInAll));

    private static int MostOf(IReadOnlyList<WindowFigures> figures) =>
        (int)Math.Min(int.MaxValue, (figures.Sum(window => (long)window.Tokens) + Share - 1) / Share);

    private static ChangedToken InContext(TestWindow window, ChangedPosition changed, Tokenizer tokenizer)
    {
        int[] ids = [.. window.Ids];
        int[] before = ids[..changed.Position];
        return new ChangedToken(
            window.Source,
            Last(tokenizer.Decode(before)),
            TextOf(ids[changed.Position], before, tokenizer),
            After(ids[(changed.Position + 1)..], ids[..(changed.Position + 1)], tokenizer),
            changed.DenseProbability,
            changed.PackedProbability,
            TextOf(changed.DenseChoice, before, tokenizer),
            TextOf(changed.PackedChoice, before, tokenizer),
            changed.KlDivergence);
    }

    private static string TextOf(int id, int[] before, Tokenizer tokenizer)
    {
        // The head may have rows that stand for no token.
        if (id >= tokenizer.VocabularySize)
        {
            return string.Create(CultureInfo.InvariantCulture, $"<{id}>");
        }
        var stream = new TokenStream(tokenizer, before);
        string text = stream.Push(id) + stream.Flush();
        // A control token has no text of its own.
        return text.Length > 0 ? text : tokenizer.TokenOf(id) ?? "";
    }

    private static string After(ReadOnlySpan<int> ids, int[] before, Tokenizer tokenizer)
    {
        var stream = new TokenStream(tokenizer, before);
        var text = new StringBuilder();
        foreach (int id in ids)
        {
            text.Append(stream.Push(id));
            if (text.Length >= ContextCharacters)
            {
                break;
            }
        }
        return First(text.Append(stream.Flush()).ToString());
    }

    private static string First(string text)
    {
        int end = Math.Min(ContextCharacters, text.Length);
        return text[..(end > 0 && end < text.Length && char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)];
    }

    private static string Last(string text)
    {
        int start = Math.Max(0, text.Length - ContextCharacters);
        return text[(start < text.Length && char.IsLowSurrogate(text[start]) && start > 0 ? start + 1 : start)..];
    }
}
