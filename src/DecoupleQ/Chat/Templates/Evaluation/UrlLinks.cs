using System.Text;
using System.Text.RegularExpressions;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>The filter <c>urlize</c>: addresses in a text become links.</summary>
internal static partial class UrlLinks
{
    private static readonly (string Open, string Close)[] Pairs = [("(", ")"), ("<", ">"), ("&lt;", "&gt;")];

    private static readonly string[] Trailing = [")", ">", ".", ",", "&gt;"];

    /// <summary>The filter: <c>urlize(trim_url_limit=none, nofollow=false, target=none, rel=none, extra_schemes=none)</c>.</summary>
    public static TextValue Filter(TemplateRun run, Value input, Arguments arguments)
    {
        Value?[] given = arguments.Bind(run, 0, "trim_url_limit", "nofollow", "target", "rel", "extra_schemes");
        long limit = given[0] is null or NoneValue ? long.MaxValue : Conversions.RequireInteger(run, given[0]!, "The argument trim_url_limit");
        var relations = new SortedSet<string>(StringComparer.Ordinal) { "noopener" };
        if (given[3] is not null and not NoneValue)
        {
            relations.UnionWith(Conversions.RequireText(run, given[3]!, "The argument rel").Text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
        }
        if (given[1]?.IsTrue ?? false)
        {
            relations.Add("nofollow");
        }
        string attributes = $" rel=\"{SafeTexts.Escape(run, TextValue.Of(string.Join(' ', relations))).Text}\"";
        if (given[2] is Value target && target.IsTrue)
        {
            attributes += $" target=\"{SafeTexts.Escaped(run, target).Text}\"";
        }
        string[] schemes = given[4] is null or NoneValue
            ? []
            : [.. Conversions.Items(run, given[4]!).Select(scheme => Conversions.RequireText(run, scheme, "A scheme").Text)];
        if (schemes.FirstOrDefault(scheme => !Scheme().IsMatch(scheme)) is string wrong)
        {
            throw run.Fail($"'{wrong}' begins no address.", "a scheme such as 'tel:' or 'ftp://'");
        }
        TextValue text = SafeTexts.Escaped(run, input);
        // What the expressions may cost at worst.
        run.Spend(64L * text.Text.Length);
        run.Make(64L * text.Text.Length);
        var linked = new StringBuilder();
        foreach ((string piece, bool isSpace) in Pieces(text.Text))
        {
            run.Spend(64 + 8L * schemes.Length);
            string link = isSpace ? piece : Linked(piece, attributes, limit, schemes);
            run.Spend(2L * link.Length);
            run.Make(8L * link.Length);
            linked.Append(link);
        }
        return text.HasGiven ? TextValue.OfGiven(linked.ToString()) : TextValue.Of(linked.ToString());
    }

    private static IEnumerable<(string Piece, bool IsSpace)> Pieces(string text)
    {
        for (int start = 0, end; start < text.Length; start = end)
        {
            bool isSpace = PythonText.IsWhiteSpace(text[start]);
            end = start + 1;
            while (end < text.Length && PythonText.IsWhiteSpace(text[end]) == isSpace)
            {
                end++;
            }
            yield return (text[start..end], isSpace);
        }
    }

    private static string Linked(string word, string attributes, long limit, string[] schemes)
    {
        int start = 0;
        while (Starting(word, start, ["(", "<", "&lt;"]) is string opening)
        {
            start += opening.Length;
        }
        int end = word.Length;
        while (Trailing.FirstOrDefault(mark => word.AsSpan(start, end - start).EndsWith(mark)) is string mark)
        {
            end -= mark.Length;
        }
        string middle = word[start..end], tail = word[end..];
        foreach ((string open, string close) in Pairs)
        {
            // Brackets that the address opens are closed in it, not behind it.
            int unclosed = Count(middle, open);
            if (unclosed <= Count(middle, close))
            {
                continue;
            }
            int taken = 0;
            for (int i = Math.Min(unclosed, Count(tail, close)); i > 0; i--)
            {
                taken = tail.IndexOf(close, taken, StringComparison.Ordinal) + close.Length;
            }
            (middle, tail) = (middle + tail[..taken], tail[taken..]);
        }
        return word[..start] + Link(middle, attributes, limit, schemes) + tail;
    }

    private static string Link(string address, string attributes, long limit, string[] schemes)
    {
        if (Web().IsMatch(address))
        {
            bool hasScheme = address.StartsWith("https://", StringComparison.Ordinal) || address.StartsWith("http://", StringComparison.Ordinal);
            CodePoints starts = CodePoints.Of(address);
            string shown = starts.Count > limit ? address[..starts[(int)Math.Max(0, limit < 0 ? starts.Count + limit : limit)]] + "..." : address;
            return $"<a href=\"{(hasScheme ? "" : "https://")}{address}\"{attributes}>{shown}</a>";
        }
        if (address.StartsWith("mailto:", StringComparison.Ordinal) && Mail().IsMatch(address[7..]))
        {
            return $"<a href=\"{address}\">{address[7..]}</a>";
        }
        if (!address.StartsWith("www.", StringComparison.Ordinal) && !address.StartsWith('@') && !address.Contains(':') && Mail().IsMatch(address))
        {
            return $"<a href=\"mailto:{address}\">{address}</a>";
        }
        foreach (string scheme in schemes)
        {
            if (address != scheme && address.StartsWith(scheme, StringComparison.Ordinal))
            {
                address = $"<a href=\"{address}\"{attributes}>{address}</a>";
            }
        }
        return address;
    }

    private static string? Starting(string text, int at, string[] candidates) =>
        candidates.FirstOrDefault(candidate => text.AsSpan(at).StartsWith(candidate));

    private static int Count(string text, string part) => text.AsSpan().Count(part);

    // A scheme or www with a domain; a domain under a common one of the first level; a scheme with an address of digits. Then port and path.
    [GeneratedRegex(
        @"^((https?://|www\.)(([\w%-]+\.)+)?([a-z]{2,63}|xn--[\w%]{2,59})|([\w%-]{2,63}\.)+(com|net|int|edu|gov|org|info|mil)"
        + @"|(https?://)((([\d]{1,3})(\.[\d]{1,3}){3})|(\[([\da-f]{0,4}:){2}([\da-f]{0,4}:?){1,6}\])))(?::[\d]{1,5})?(?:[/?#]\S*)?$",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 2000)]
    private static partial Regex Web();

    [GeneratedRegex(@"^\S+@\w[\w.-]*\.\w+$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 2000)]
    private static partial Regex Mail();

    [GeneratedRegex(@"^[\w.+-]{2,}:/{0,2}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 2000)]
    private static partial Regex Scheme();
}
