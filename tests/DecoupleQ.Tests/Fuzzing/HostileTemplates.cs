namespace DecoupleQ.Tests.Fuzzing;

/// <summary>
/// Templates that do one thing without end, a thing for each filter, method, test, operator and statement, on texts and lists from short to long: whatever
/// is charged too little takes too long before it is refused.
/// </summary>
internal static class HostileTemplates
{
    // Lengths of the texts, and about the square root of them of the lists.
    private static readonly int[] Lengths = [8, 2_000, 1_000_000];

    // With t, a text; u, one that it nearly has; l, a list of numbers; m, a mapping; n, a list of texts; d, a value that holds itself often.
    private static readonly string[] Expressions =
    [
        // Operators, items and slices.
        "t + u", "t ~ u", "t * 3", "l + l", "l * 3", "t == u ~ ''", "t < u", "l == l[:]", "m == m.copy()", "d == e", "d < e", "u in t", "l[-1] in l",
        "l in [l]", "t in m",
        "t[3]", "t[-1]", "t[1:]", "t[::2]", "t[::-1]", "l[1:]", "l[::-1]", "m[t]", "m['x']", "m.x", "(d in m) if false else 1", "1 + 2 * 3 // 2 % 5 ** 2",
        "1.5 / 2.5",
        "-1 if not 1 else 2", "1 < 2 < 3", "l is sameas l", "'%s' % t", "'%5d %-5x %+.3f' % (1, 2, 3.5)", "'%(x)s' % m", "'%.900f' % 1.5", "'%.9f' % 1e300",
        "[1, 2, 3]", "(1, 2)", "{'a': 1, 'b': 2}", "{(1, t): 2}", "range(l | length)", "dict(a=1, b=2)", "dict(m)", "namespace(a=1)", "cycler(1, 2).next()",
        "joiner()()",
        "strftime_now('%c%c%j%V')", "strftime_now('%z' * 500)", "undefined_name", "missing.x if false else 1", "m.get(t)", "m.get('x', 1)", "m[(1, 2)]",
        "t.nothing", "t[t]",
        // Methods of texts.
        "t.capitalize()", "t.casefold()", "t.center(99)", "t.count(u)", "t.count('a')", "t.count('')", "t.encode()",
        "t.encode('utf-16-le').decode('utf-16-le')", "t.encode().hex()",
        "t.endswith(u)", "t.endswith((u, u, u))", "t.expandtabs()", "('\t' * 8 + t).expandtabs()", "t.find(u)", "t.find(u, 1)", "t.rfind(u)",
        "t.rfind('b' ~ u)", "'{}{}'.format(t, 1)",
        "'{0:>9}{1:,}{2:.3f}'.format(t, 12345, 1.5)", "'{:0=9999,}'.format(1)", "'{:.900f}'.format(1.5)", "'{:.20e}'.format(1e-300)",
        "('{a}' * 20).format(a=1, b=2, c=3, **m)",
        "'{x}'.format_map(m)", "t.isalnum()", "t.isalpha()", "t.isascii()", "t.isdecimal()", "t.isdigit()", "t.isidentifier()", "t.islower()",
        "t.isnumeric()", "t.isprintable()",
        "t.isspace()", "t.istitle()", "t.isupper()", "t.join(n)", "','.join(t)", "t.ljust(99)", "t.lower()", "t.lstrip()", "t.lstrip('a')",
        "t.strip('ab' * 99)", "t.rstrip(t)",
        "t.maketrans('ab', 'ba')", "t.partition(u)", "t.rpartition(u)", "t.removeprefix(u)", "t.removesuffix(u)", "t.replace(u, 'x')", "t.replace('a', 'b')",
        "t.replace('', '-')",
        "t.rjust(99)", "t.split()", "t.split('a')", "t.split(u)", "t.rsplit('a')", "t.rsplit(u, 2)", "t.splitlines()", "('a\n' * 9).splitlines()",
        "t.startswith(u)", "t.startswith('a', 1)",
        "t.swapcase()", "t.title()", "t.translate({97: 'x'})", "t.translate({1: 'x'})", "t.upper()", "t.zfill(99)", "(t | safe).replace('a', '<')",
        "(t | safe).split('a')",
        "(t | safe) % ([d] | length)", "(t | safe).join([1, d] | map('string'))",
        // Methods of containers.
        "m.items()", "m.keys()", "m.values()", "m.copy()", "m.fromkeys(l)", "m.fromkeys(t)", "l.count(1)", "l.index(l[-1])", "l.copy()", "m.fromkeys(nan)",
        "m.fromkeys(k)",
        // Filters.
        "-1 | abs", "m | attr('items')", "l | batch(2)", "l | batch(3, 0)", "t | center", "l | count", "x | default(1)", "m | dictsort", "t | escape",
        "('<>' * 9) | e", "1e9 | filesizeformat",
        "l | first", "t | first", "'1.5' | float", "t | float", "t | forceescape", "'%s %d' | format(1, 2)", "'[1, {\"a\": [[], {}]}, 1.5]' | from_json",
        "l | groupby(0)",
        "g | groupby('x')", "t | indent", "('a\n' * 9) | indent(2, true, true)", "'12' | int", "('0' * 99) | int", "('1' * 99) | int(0, 16)", "l | join",
        "n | join(t)", "g | join(',', 'x')",
        "l | last", "t | list", "t | lower", "l | map('string')", "l | map('abs')", "g | map(attribute='x')", "n | map('upper')", "n | map('length')",
        "l | max", "n | min", "l | pprint",
        "m | pprint", "t | pprint", "g | pprint", "d | pprint", "(t | replace('a', 'a b')) | pprint", "l | random", "l | reject('odd')",
        "g | selectattr('x')", "g | rejectattr('x', 'equalto', 1)",
        "l | select('in', l)", "t | reverse", "l | reverse", "1.2345 | round(2)", "1e300 | round(1)", "1.5 | round(1000)", "12345 | round(-2)", "t | safe",
        "l | slice(3)", "l | slice(500)", "l | sort",
        "n | sort", "n | sort(case_sensitive=true)", "g | sort(attribute='x')", "g | sort(attribute='x,x')", "g | sort(attribute='x' ~ ',' * 50)",
        "l | string", "d | string", "t | striptags",
        "('<b>a</b> &amp; ' * 9) | striptags", "l | sum", "g | sum('x')", "t | title", "('a-b c ' * 9) | title", "l | tojson", "t | tojson",
        "m | tojson(indent=2)", "d | tojson", "g | tojson(sort_keys=true)",
        "r | tojson", "r | string", "('\"\\\\' * 9) | tojson", "('é' * 9) | tojson(ensure_ascii=true)", "('é' * 99) | pprint", "t | trim", "t | truncate(9)",
        "(t ~ ' x') | truncate(999999, true, '')",
        "n | unique", "l | unique", "t | unique", "t | upper", "t | urlencode", "('é ' * 9) | urlencode", "m | urlencode", "t | urlize",
        "('http://a.b/(( www.x.org x@y.z ' * 9) | urlize", "('(' * 99 ~ 'a' ~ ')' * 99) | urlize",
        "t | wordcount", "('é1-' * 99) | wordcount", "t | wordwrap(9)", "('a-b ' * 99) | wordwrap(9)", "m | xmlattr", "m | items",
        // Tests.
        "t is boolean", "t is callable", "t is defined", "t is divisibleby(2) if false else 1", "4 is divisibleby(2)", "t is eq(u)", "t is escaped",
        "4 is even", "t is filter", "t is float", "t is in(n)",
        "t is integer", "t is iterable", "t is lower", "t is mapping", "t is none", "t is number", "3 is odd", "t is sameas(u)", "t is sequence",
        "t is string", "t is test", "t is undefined", "t is upper",
        // Calls.
        "f(1)", "f(a=1)", "h(1, 2, 3, x=1, y=2)", "h(*l)", "h(**m)", "f",
    ];

    private static readonly string[] Statements =
    [
        "", "x", "{{ 1 }}", "{% set x = 1 %}", "{% set s.x = 1 %}", "{% set x, y = 1, 2 %}", "{% set x %}{{ t }}{% endset %}",
        "{% set x | upper %}{{ t }}{% endset %}", "{% if t %}{% endif %}",
        "{% for x in l %}{% endfor %}", "{% for x in l if x %}{% endfor %}", "{% for x in t %}{% endfor %}", "{% for x in [] %}{% else %}{% endfor %}",
        "{% for x in l %}{% break %}{% endfor %}",
        "{% for x in [[[]]] recursive %}{{ loop(x) }}{% endfor %}", "{{ loop.index }}{{ loop.changed(t) }}{{ loop.cycle(1, 2) }}",
        "{% macro q(a, b=1) %}{{ a }}{% endmacro %}",
        "{% call f() %}{{ t }}{% endcall %}", "{% filter upper %}{{ t }}{% endfilter %}", "{% with x = 1 %}{{ x }}{% endwith %}",
        "{% generation %}{% endgeneration %}", "{{ t }}", "{% print t, u %}",
        "{% set s.l = [s.l, 1] %}", "{% set s.l = s.l + [1] %}", "{% set s.x = {'a': s.x} %}", "{% macro q() %}{% endmacro %}{% set s.l = [s.l, q] %}",
        "{% set s.x = s.x ~ 'a' %}", "{% set s.x = (s.x, s.x) %}",
    ];

    /// <summary>How many there are.</summary>
    public static int Count => Lengths.Length * (Expressions.Length + Statements.Length);

    /// <summary>One of them: what it does, and on texts of how many characters.</summary>
    public static (string What, int Length) Describe(int number) => (What(number / Lengths.Length), Lengths[number % Lengths.Length]);

    /// <summary>The template of one.</summary>
    /// <param name="number">From 0 to <see cref="Count"/> - 1.</param>
    /// <param name="times">How often it does it; null for without end.</param>
    public static string Template(int number, int? times = null)
    {
        (string what, int length) = Describe(number);
        int items = (int)Math.Sqrt(length) + 1;
        string once = number / Lengths.Length < Expressions.Length ? $"{{% if ({what}) is none %}}{{% endif %}}" : what;
        string setup = $$$"""
            {%- set t = 'a' * {{{length}}} %}{% set u = 'a' * {{{length / 2}}} ~ 'b' ~ 'a' * {{{length / 2 - 1}}} %}{% set l = range({{{items}}}) | list %}
            {%- set n = [t[:{{{items}}}]] * {{{Math.Min(items, 60)}}} %}{% set m = {'x': 1, 'y': t[:{{{items}}}], 'z': 'b'} %}
            {%- set g = [{'x': 2}, {'x': 1}, {'x': 0}] * {{{Math.Min(items, 60)}}} %}{% set r = [0.1, 1e300, 1.7976931348623157e308] * {{{items}}} %}
            {%- set s = namespace(l=[], x='') %}{% set o = namespace(d=[1], e=[1]) %}
            {%- for i in range(14) %}{% set o.d = [o.d, o.d] %}{% set o.e = [o.e, o.e] %}{% endfor %}
            {%- set d = o.d %}{% set e = o.e %}{% set nan = (['nan'] * {{{items}}}) | map('float') | list %}{% set k = r | map('string') | list %}
            {%- macro f(a) %}{% if a %}{% endif %}{{ caller is defined }}{% endmacro %}
            {%- macro h(a, b) %}{{ varargs | length }}{{ kwargs | length }}{% endmacro %}
            """;
        return setup + (times is int rounds
            ? $"{{% for i in range({rounds}) %}}{once}{{% endfor %}}"
            : $"{{% for i in range(99999) %}}{{% for j in range(99) %}}{once}{{% endfor %}}{{% endfor %}}");
    }

    private static string What(int kind) => kind < Expressions.Length ? Expressions[kind] : Statements[kind - Expressions.Length];
}
