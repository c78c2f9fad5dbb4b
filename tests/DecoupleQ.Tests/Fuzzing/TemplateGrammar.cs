using System.Globalization;
using System.Text;
using DecoupleQ.Chat.Templates.Evaluation;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary>Random expressions and statements of the template language: well formed, and mostly of values that fit, so that they get far.</summary>
/// <param name="random">What draws.</param>
internal sealed class TemplateGrammar(Random random)
{
    private const int Deepest = 4;

    private static readonly string[] Names =
    [
        "messages", "messages[0]", "messages[-1].content", "messages[0].role", "message", "message.content", "tools", "bos_token", "add_generation_prompt",
        "loop", "loop.index",
        "loop.last", "ns", "ns.x", "s", "t", "u", "n", "f", "l", "w", "d", "d.x", "q", "x", "m", "undefined", "none", "true", "range(9)", "namespace(x=1)",
        "cycler(1, 2)", "joiner()",
    ];

    private static readonly string[] Numbers =
        ["0", "1", "-1", "2", "3", "7", "64", "1000", "99999", "1048576", "999999", "9223372036854775807", "1.5", "1e300", "1e-300", "0.1"];

    private static readonly string[] Texts =
    [
        "''", "'a'", "' '", "'\\n'", "'content'", "'role'", "'user'", "'<|im_end|>'", "'{}'", "'%s'", "'a.b'", "'x,y'", "'😀'", "'\\x00'", "'<b>'",
        "'[1, {}]'", "'aaaaaaaa'", "'http://a.b'", "'{:>9}'",
        "'%5d'", "'é'", "'-'",
    ];

    private static readonly string[] Methods =
    [
        "strip", "split", "replace", "startswith", "endswith", "find", "rfind", "count", "join", "upper", "lower", "title", "items", "keys", "values", "get",
        "format", "center", "encode", "zfill",
        "splitlines", "partition", "rsplit", "expandtabs", "translate", "index", "copy", "cycle", "changed", "next", "isalnum", "removeprefix", "casefold",
        "decode", "append", "fromkeys",
    ];

    private static readonly string[] Operators = ["+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"];

    private static readonly string[] FilterNames = [.. Filters.Names];

    private static readonly string[] TestNames = [.. DecoupleQ.Chat.Templates.Evaluation.Tests.Names.Where(name => char.IsLetter(name[0]))];

    /// <summary>One of several.</summary>
    public T Any<T>(IReadOnlyList<T> several) => several[random.Next(several.Count)];

    /// <summary>A name, number or text.</summary>
    public string Simple() => random.Next(5) switch { 0 => Any(Numbers), 1 => Any(Texts), _ => Any(Names) };

    /// <summary>An expression that can stand wherever a name can.</summary>
    public string Expression(int depth = 0)
    {
        if (depth == Deepest)
        {
            return Simple();
        }
        string Inner() => Expression(depth + 1);
        return random.Next(14) switch
        {
            0 or 1 => $"({Inner()} {Any(Operators)} {Inner()})",
            2 or 3 => $"({Inner()} | {Any(FilterNames)}{Arguments(depth, optional: true)})",
            4 => $"({Inner()} is {(random.Next(3) == 0 ? "not " : "")}{Any(TestNames)}{Arguments(depth, optional: true)})",
            5 or 6 => $"({Inner()}).{Any(Methods)}{Arguments(depth)}",
            7 => $"({Inner()})[{Inner()}]",
            8 => $"({Inner()})[{Bound()}:{Bound()}{(random.Next(3) == 0 ? ":" + Any(Numbers) : "")}]",
            9 => $"[{Inner()}, {Inner()}]",
            10 => $"{{{Simple()}: {Inner()}, 'x': {Inner()}}}",
            11 => $"({Inner()} if {Inner()} else {Inner()})",
            12 => $"({(random.Next(2) == 0 ? "not " : "-")}{Inner()})",
            _ => Simple(),
        };

        string Bound() => random.Next(2) == 0 ? "" : Any(Numbers);
    }

    /// <summary>What stands in a template, around a part of it.</summary>
    public string Around(string part) => random.Next(9) switch
    {
        0 => $"{{% for x in {Expression()} %}}{part}{{% endfor %}}",
        1 => $"{{% for x in range({random.Next(200).ToString(CultureInfo.InvariantCulture)}) %}}{part}{{% endfor %}}",
        2 => $"{{% if {Expression()} %}}{part}{{% else %}}{part}{{% endif %}}",
        3 => $"{{% set x %}}{part}{{% endset %}}{{{{ {Expression()} }}}}",
        4 => $"{{% macro m(x, n=1) %}}{part}{{% endmacro %}}{{{{ m({Expression()}) }}}}",
        5 => $"{{% filter {Any(FilterNames)}{Arguments(0, optional: true)} %}}{part}{{% endfilter %}}",
        6 => $"{{% set ns = namespace(x='') %}}{{% for x in messages %}}{{% set ns.x = ({Expression()}) %}}{part}{{% endfor %}}",
        7 => $"{{% with x = {Expression()} %}}{part}{{% endwith %}}",
        _ => $"{{{{ {Expression()} }}}}{part}{{% set {Any<string>(["x", "m", "messages", "message"])} = {Expression()} %}}",
    };

    private string Arguments(int depth, bool optional = false)
    {
        if (optional && random.Next(2) == 0)
        {
            return "";
        }
        var arguments = new StringBuilder("(");
        for (int i = random.Next(4); i > 0; i--)
        {
            arguments.Append(random.Next(8) == 0 ? Any<string>(["attribute=", "default=", "indent=", "width="]) : "");
            arguments.Append(Expression(depth + 1)).Append(i > 1 ? ", " : "");
        }
        return arguments.Append(')').ToString();
    }
}
