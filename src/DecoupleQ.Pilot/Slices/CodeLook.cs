namespace DecoupleQ.Pilot.Slices;

/// <summary>Whether a text looks like a program, data or markup: a heuristic on its lines.</summary>
/// <remarks>
/// A line looks so if it ends as lines of programs do (<c>{</c>, <c>}</c>, <c>};</c>, <c>);</c>, <c>):</c>, <c>]</c> ..), has an operator that prose has not
/// (<c>=&gt;</c>, <c>==</c>, <c>::</c>, <c>()</c> ..), or begins as a declaration, a comment, a tag or a field of JSON does. A text looks so if at least three
/// in ten of its lines that are not blank do, or if it has a fenced block.
/// </remarks>
public static class CodeLook
{
    private const double Share = 0.3;
    private const string Fence = "```";

    private static readonly string[] Endings = ["{", "}", "};", "},", ");", "):", "),", "];", "],", "[", "/>", "\\", "*/", "();"];

    private static readonly string[] Signs =
        ["=>", "->", "==", "!=", "&&", "||", "::", "()", "</", "+=", "-=", ":=", "<-", "<=", ">=", " = ", "\":", "${", "[]", "[0]", "[i]", "++", "/*"];

    private static readonly string[] Beginnings =
    [
        "#include", "#!", "#define", "//", "/*", "def ", "import ", "using ", "namespace ", "public ", "private ", "const ", "let ", "var ", "<!",
        "<?", "$ ", "@",
    ];

    /// <summary>Whether it does.</summary>
    public static bool Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int lines = 0, code = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            ReadOnlySpan<char> trimmed = line.Trim();
            if (trimmed.StartsWith(Fence))
            {
                return true;
            }
            lines += trimmed.IsEmpty ? 0 : 1;
            code += IsCode(trimmed) ? 1 : 0;
        }
        return code > 0 && code >= Share * lines;
    }

    private static bool IsCode(ReadOnlySpan<char> line)
    {
        foreach (string ending in Endings)
        {
            if (line.EndsWith(ending, StringComparison.Ordinal))
            {
                return true;
            }
        }
        foreach (string sign in Signs)
        {
            if (line.Contains(sign, StringComparison.Ordinal))
            {
                return true;
            }
        }
        // A sentence may begin with such a word; it ends otherwise than a line of a program.
        foreach (string beginning in Beginnings)
        {
            if (line.StartsWith(beginning, StringComparison.Ordinal))
            {
                return line[^1] is not ('.' or '!' or '?' or ',');
            }
        }
        return false;
    }
}
