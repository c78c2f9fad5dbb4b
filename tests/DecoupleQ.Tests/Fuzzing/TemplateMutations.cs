using System.Text.RegularExpressions;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary>
/// Changes templates in the terms of their language: whole statements are left out, doubled, moved, wrapped or taken from another template, and what stands in
/// tags is exchanged for other names, values, operators and expressions, so that what comes out mostly still is a template.
/// </summary>
internal static partial class TemplateMutations
{
    private static readonly string[] Blocks = ["if", "for", "macro", "call", "filter", "with", "generation"];

    // Beyond this only what makes a template shorter is done to it.
    private const int LongestTemplate = 1 << 16;

    /// <summary>A template changed in one to four ways.</summary>
    /// <param name="template">The template.</param>
    /// <param name="other">Another one, of which statements may be taken.</param>
    /// <param name="random">What draws.</param>
    public static string Of(string template, string other, Random random)
    {
        var grammar = new TemplateGrammar(random);
        for (int change = random.Next(1, 5); change > 0; change--)
        {
            template = Once(template, other, random, grammar);
        }
        return template;
    }

    private static string Once(string template, string other, Random random, TemplateGrammar grammar)
    {
        IReadOnlyList<Range> parts = Parts(template);
        if (parts.Count == 0)
        {
            return grammar.Around(template);
        }
        Range range = grammar.Any(parts);
        (int start, int length) = range.GetOffsetAndLength(template.Length);
        string part = template.Substring(start, length), before = template[..start], after = template[(start + length)..];
        int kind = template.Length > LongestTemplate ? 0 : random.Next(10);
        switch (kind)
        {
            case 0:
                return before + after;
            case 1:
                return before + part + part + after;
            case 2:
                int to = random.Next(before.Length + after.Length + 1);
                return (before + after).Insert(to, part);
            case 3:
                return before + grammar.Around(part) + after;
            case 4:
                IReadOnlyList<Range> others = Parts(other);
                return others.Count == 0 ? template : before + other[grammar.Any(others)] + after;
            case 5:
                return before + $"{{{{ {grammar.Expression()} }}}}" + part + after;
            default:
                return Exchange(template, random, grammar);
        }
    }

    /// <summary>Exchanges a token of a tag for another: of its kind, or for an expression.</summary>
    private static string Exchange(string template, Random random, TemplateGrammar grammar)
    {
        MatchCollection tags = Tags().Matches(template);
        Match tag = tags[random.Next(tags.Count)];
        MatchCollection tokens = Tokens().Matches(tag.Value);
        if (tokens.Count == 0)
        {
            return template;
        }
        Match token = tokens[random.Next(tokens.Count)];
        string exchanged = random.Next(4) switch
        {
            0 => grammar.Expression(),
            1 => grammar.Simple(),
            2 => tokens[random.Next(tokens.Count)].Value,
            _ => $"({token.Value} {grammar.Any<string>(["|", "~", "+", "*", "==", "in", "is"])} {grammar.Simple()})",
        };
        int at = tag.Index + token.Index;
        return template[..at] + exchanged + template[(at + token.Length)..];
    }

    /// <summary>Where statements with all that belongs to them are, and tags that print.</summary>
    private static IReadOnlyList<Range> Parts(string template)
    {
        var parts = new List<Range>();
        var open = new Stack<(string Name, int Start)>();
        foreach (Match tag in Tags().Matches(template))
        {
            string name = Keyword().Match(tag.Value).Groups[1].Value;
            int end = tag.Index + tag.Length;
            if (Blocks.Contains(name) || name == "set" && !tag.Value.Contains('='))
            {
                open.Push((name, tag.Index));
            }
            else if (open.TryPeek(out (string Name, int Start) begun) && name == "end" + begun.Name)
            {
                parts.Add(open.Pop().Start..end);
            }
            else if (name is not ("else" or "elif"))
            {
                parts.Add(tag.Index..end);
            }
        }
        return parts;
    }

    [GeneratedRegex(@"\{\{.*?\}\}|\{%.*?%\}", RegexOptions.Singleline)]
    private static partial Regex Tags();

    [GeneratedRegex(@"^\{%[-+]?\s*(\w+)")]
    private static partial Regex Keyword();

    // Names but for the words of statements, numbers, texts and operators.
    [GeneratedRegex(
        @"(?!(?:if|else|elif|for|in|set|endfor|endif|endset|macro|endmacro|is|not|and|or)\b)\b[A-Za-z_]\w*"
        + @"|\d+(\.\d+)?|'[^'\\]*'|""[^""\\]*""|[<>=!]=|[-+*/~<>|]")]
    private static partial Regex Tokens();
}
