using System.Text.Json.Nodes;
using CsCheck;
using DecoupleQ.Chat;
using DecoupleQ.Chat.Templates.Evaluation;
using DecoupleQ.Chat.Templates.Syntax;
using DecoupleQ.Chat.Templates.Values;
using DecoupleQ.Tests.Fuzzing;

namespace DecoupleQ.Tests.Chat;

/// <summary>What templates are charged for is what they do and make; the benchmarks have a verb that measures how long the worst go on.</summary>
public sealed class TemplateCostTests
{
    public static TheoryData<string> Searches { get; } =
    [
        "u in t", "t.find(u)", "t.rfind('b' ~ u)", "t.index('a' * 500000)", "t.rindex('a' * 500000)", "t.count(u)", "t.split(u)", "t.rsplit('b' ~ u)",
        "t.replace(u, '')", "t | replace(u, '')",
        "t.partition(u)", "t.rpartition('b' ~ u)", "t.startswith((u,) * 50)", "t.strip('b' * 500000)", "[t] * 50 == [u] * 50", "d == e", "d < e", "d in [e]",
        "{d: 1}[e]", "[d, e] | unique | list",
        "[d, e] | sort", "[d, e] | min", "d | tojson", "d | string", "d | pprint", "'%s' | safe % (d,)", "dict.fromkeys([nan, nan] * 30000)",
        "'{:0=999999,}'.format(1)", "'%.999999f' % 1.5",
        "'{:.999999e}'.format(1.5)", "1e300 | round(2000)", "('(' * 300000 ~ ')' * 300000) | urlize", "('a' * 400000 ~ '@') | urlize",
        "('-' * 400000) | wordwrap(200000)",
        "(['a' * 1000000] * 1000) | sort", "(['a' * 1000000] * 1000) | map('upper') | list", "g | sort(attribute=',' * 100000)",
        "'a'.encode('utf-8').decode() in t", "t[t]", "t | attr(t)", "{t: 1}[t]",
        "t is filter", "strftime_now('%c' * 500000)", "('{a}' * 100000).format(**m)", "h(**m)", "('0' * 1000000) | int", "('<' * 500000) | striptags",
        "('a,' * 300000) | from_json",
    ];

    [Theory]
    [MemberData(nameof(Searches))]
    public void What_could_take_the_product_of_two_lengths_takes_their_sum_or_is_refused(string expression)
    {
        // Within bounds or not; were it charged less than it does, this would go on for minutes or days.
        (long setup, bool refused) = Render(Setup);
        Assert.False(refused);
        Assert.True(Render(Setup + $"{{% set x = {expression} %}}").Work > setup);
    }

    [Fact]
    public void Whatever_is_made_is_charged()
    {
        for (int number = 0; number < HostileTemplates.Count; number++)
        {
            (string what, int length) = HostileTemplates.Describe(number);
            if (length > 10_000)
            {
                continue;
            }
            IReadOnlyList<Statement> statements = Parse(HostileTemplates.Template(number, times: 20), out TemplateSource source);
            long allocated = Measure(statements, source, out TemplateRun run);
            // What is made for good takes no more than is charged for it; what is soon garbage takes time, and no more than some bytes a unit of that.
            long charged = run.Made + 24 * run.Work + 100_000;
            Assert.True(allocated <= charged, $"{what} on {length} characters: {allocated} bytes, {run.Made} charged and {run.Work} units");
        }
    }

    [Fact]
    public void Texts_of_twice_the_length_are_charged_twice_as_much()
    {
        string[] operations = ["u in t", "t.count(u)", "t.split(u)", "t | upper", "t[::-1]", "t == u ~ 'b'", "t | tojson", "t.find('b')", "t * 2"];
        foreach (string operation in operations)
        {
            long Work(int length) => Render($"{{% set t = 'a' * {length} %}}{{% set u = 'a' * {length / 2} ~ 'b' %}}{{% set x = {operation} %}}").Work;
            Assert.InRange(Work(200_000) / (double)Work(100_000), 1.9, 2.1);
            Assert.True(Work(100_000) - Work(10) >= 100_000, operation);
        }
    }

    [Fact]
    public void A_search_finds_what_the_librarys_finds()
    {
        Gen<string> text = Gen.String[Gen.Char["ab"], 0, 200], part = Gen.String[Gen.Char["ab"], 1, 40];
        Gen.Select(text, part, Gen.Bool, Gen.Int[0, 30]).Sample((text, part, fromRight, start) =>
        {
            start = Math.Min(start, text.Length);
            // Of a long part that is there, too.
            foreach (string wanted in (string[])[part, part + part, text.Length > 60 ? text[20..60] : part])
            {
                int found = fromRight ? text.AsSpan(start).LastIndexOf(wanted) : text.AsSpan(start).IndexOf(wanted);
                Assert.Equal(found < 0 ? -1 : start + found, new TextSearch(wanted, fromRight).Find(text, start, text.Length));
            }
        });
    }

    [Fact]
    public void Zeros_that_fill_are_grouped_as_they_were_one_by_one()
    {
        Gen.Select(Gen.Int[0, 40], Gen.Long[-99_999_999, 99_999_999]).Sample((width, number) =>
        {
            string text = ChatTemplate.Parse($"{{{{ '{{:0{width},}}'.format({number}) }}}}").Render([]).Text;
            string digits = Math.Abs(number).ToString(System.Globalization.CultureInfo.InvariantCulture), sign = number < 0 ? "-" : "";
            while (sign.Length + Grouped(digits).Length < width)
            {
                digits = "0" + digits;
            }
            Assert.Equal(sign + Grouped(digits), text);
        });

        static string Grouped(string digits) =>
            string.Concat(digits.Select((digit, i) => (i > 0 && (digits.Length - i) % 3 == 0 ? "," : "") + digit));
    }

    [Fact]
    public void Numbers_have_as_many_digits_as_read_back_and_as_are_asked_for()
    {
        Gen.Double.Where(double.IsFinite).Sample(number =>
        {
            string text = PythonNumbers.Text(number);
            Assert.Equal(number, double.Parse(text, System.Globalization.CultureInfo.InvariantCulture));
            // One digit less does not read back, or there is only one.
            string digits = text.Split('e')[0].TrimStart('-').Replace(".", "").Trim('0');
            Assert.True(digits.Length <= 17);
            if (digits.Length > 1)
            {
                string shorter = number.ToString("E" + (digits.Length - 2), System.Globalization.CultureInfo.InvariantCulture);
                Assert.NotEqual(number, double.Parse(shorter, System.Globalization.CultureInfo.InvariantCulture));
            }
            // Beyond the last digit of a double there are zeros.
            Assert.Equal(PythonFloats.Fixed(number, 1074) + "000", PythonFloats.Fixed(number, 1077));
            string exponential = PythonFloats.Exponential(number, 800);
            Assert.Equal(exponential, PythonFloats.Exponential(number, 799).Replace("e", "0e"));
        });
    }

    [Fact]
    public void Keys_are_one_where_python_has_them_one()
    {
        Assert.Equal("1 1 1 2 2 1", ChatTemplate.Parse(
            "{{ {1: 1, 1.0: 1, true: 1} | length }} {{ {0.0: 1, -0.0: 1, 0: 1, false: 2} | length }} {{ {'a': 1, 'a' | safe: 2} | length }} "
            + "{{ {4611686018427387905: 1, 4611686018427387904.0: 1} | length }} "
            + "{{ {(inf - inf): 1, (inf - inf): 2} | length }} {{ {(1, 2): 1, (1.0, 2): 2} | length }}"
            .Replace("inf", "1e999")).Render([]).Text);
    }

    [Fact]
    public void Names_and_parameters_without_end_are_refused_or_read_at_once()
    {
        string many = string.Join(",", Enumerable.Range(0, 90_000).Select(i => $"a{i}"));
        Assert.Equal("", ChatTemplate.Parse($"{{% macro m({many}) %}}{{% endmacro %}}").Render([]).Text);
        string macros = string.Concat(Enumerable.Range(0, 50).Select(i => $"{{% macro m{i}() %}}"));
        string nested = $"{macros}{{% set x = [{many}] %}}{string.Concat(Enumerable.Repeat("{% endmacro %}", 50))}";
        Assert.Equal("", ChatTemplate.Parse(nested).Render([]).Text);
        string literals = "{{ " + string.Concat(Enumerable.Repeat("'a' ", 200_000)) + "}}";
        Assert.Equal(200_000, ChatTemplate.Parse(literals).Render([]).Text.Length);
        Assert.Contains("256", Assert.Throws<DecoupleQException>(() => ChatTemplate.Parse("{{ " + new string('a', 257) + " }}")).Message);
        // Each parameter costs with each call.
        ChatTemplate calls = ChatTemplate.Parse($"{{% macro m({many}) %}}{{% endmacro %}}{{% for i in range(99999) %}}{{{{ m() }}}}{{% endfor %}}");
        Assert.Throws<DecoupleQException>(() => calls.Render([]));
    }

    [Fact]
    public void Keys_that_nest_deeply_or_hold_themselves_often_are_refused()
    {
        foreach (string step in (string[])["(s.x,)", "(s.x, s.x)"])
        {
            Assert.Throws<DecoupleQException>(() => ChatTemplate.Parse(
                $"{{% set s = namespace(x=1) %}}{{% for i in range(2000) %}}{{% set s.x = {step} %}}{{% endfor %}}{{% set y = {{s.x: 1}} %}}").Render([]));
            Assert.Throws<DecoupleQException>(() => ChatTemplate.Parse(
                $"{{% set s = namespace(x=1) %}}{{% for i in range(2000) %}}{{% set s.x = {step} %}}{{% endfor %}}{{{{ ('%s' | safe) % [s.x] }}}}").Render([]));
        }
    }

    [Theory]
    [InlineData("{% if i %}{% endif %}")]
    [InlineData("{% set x = t * 2 %}")]
    [InlineData("{% set x = d == e %}")]
    [InlineData("{% set x = g | sort(attribute='x') %}")]
    public void A_rendering_that_is_cancelled_ends(string body)
    {
        ChatTemplate template = ChatTemplate.Parse(Setup + $"{{% for i in range(99999) %}}{{% for j in range(99999) %}}{body}{{% endfor %}}{{% endfor %}}");
        using var source = new CancellationTokenSource();
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => template.Render([], cancellationToken: source.Token));
        Assert.Throws<OperationCanceledException>(() => template.RenderJson([], cancellationToken: source.Token));
    }

    [Fact]
    public void What_a_conversation_has_may_be_made_of_it_however_long_it_is()
    {
        // Four million characters, as many as a context of a million tokens takes.
        ChatMessage[] messages = [.. Enumerable.Range(0, 400).Select(i => new ChatMessage(i % 2 == 0 ? "user" : "assistant", new string('x', 10_000)))];
        string text = ChatTemplate.Parse(
            "{% macro show(m) %}{{ m.role ~ ': ' + m.content | trim }}{% endmacro %}{% for m in messages %}{% set c = m.content.strip() | replace('y', 'z') %}"
            + "{{ show(m) }}{% if 'x' in c and c.split('y') | length > 0 %}{{ c | upper | length }}{% endif %}{% endfor %}").Render(messages).Text;
        Assert.True(text.Length > 4_000_000);
    }

    [Fact]
    public void A_conversation_that_fills_a_usual_context_takes_a_part_of_what_is_allowed()
    {
        // Half a million characters, about 131072 tokens, in many messages and in few.
        int rendered = 0;
        foreach (string text in TemplateTexts.All().OrderByDescending(template => template.Length).Take(30))
        {
            foreach (int count in (int[])[20, 1000])
            {
                JsonArray messages = [.. Enumerable.Range(0, count).Select(i => (JsonNode)new JsonObject
                {
                    ["role"] = i % 2 == 0 ? "user" : "assistant",
                    ["content"] = string.Concat(Enumerable.Repeat("Words of all kinds, and 1 or 2 numbers.\n", 500_000 / count / 40)),
                })];
                IReadOnlyList<Statement> statements = Parse(text, out TemplateSource source);
                Scope scope = Functions.Scope();
                scope.Set("messages", JsonValues.Of(messages, "messages"));
                scope.Set("add_generation_prompt", BooleanValue.True);
                scope.Set("tools", NoneValue.Instance);
                var run = new TemplateRun(source, () => DateTimeOffset.UnixEpoch);
                try
                {
                    StatementRunner.Render(run, statements, scope);
                    rendered++;
                }
                catch (DecoupleQException error)
                {
                    // Of a conversation that it refuses, or what it is not given here.
                    Assert.DoesNotContain("come to an end", error.Message);
                    Assert.DoesNotContain("too much", error.Message);
                }
                Assert.True(run.Work < (64 << 20) / 5 && run.Made < (64 << 20) / 2, $"{run.Work} units, {run.Made} bytes: {text}");
            }
        }
        Assert.True(rendered > 15, $"{rendered}");
    }

    private const string Setup =
        "{% set t = 'a' * 1000000 %}{% set u = 'a' * 500000 ~ 'b' %}{% set s = namespace(d=(1,), e=(1,)) %}{% for i in range(60) %}{% set s.d = (s.d, s.d) %}"
        + "{% set s.e = (s.e, s.e) %}{% endfor %}{% set d = s.d %}{% set e = s.e %}{% set nan = 1e999 - 1e999 %}{% set g = [{'x': 1}] * 1000 %}"
        + "{% set m = {'a': 'b', 'c': 1} %}{% macro h(a, b) %}{{ kwargs | length }}{% endmacro %}";

    private static (long Work, bool Refused) Render(string template)
    {
        IReadOnlyList<Statement> statements = Parse(template, out TemplateSource source);
        var run = new TemplateRun(source, () => DateTimeOffset.UnixEpoch);
        try
        {
            StatementRunner.Render(run, statements, Functions.Scope());
            return (run.Work, false);
        }
        catch (DecoupleQException)
        {
            return (run.Work, true);
        }
    }

    private static long Measure(IReadOnlyList<Statement> statements, TemplateSource source, out TemplateRun run)
    {
        run = new TemplateRun(source, () => DateTimeOffset.UnixEpoch);
        Scope scope = Functions.Scope();
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            StatementRunner.Render(run, statements, scope);
        }
        catch (DecoupleQException)
        {
            // What is refused has been charged as well.
        }
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static IReadOnlyList<Statement> Parse(string template, out TemplateSource source)
    {
        source = new TemplateSource(template, "template", null);
        return TemplateParser.Parse(source, new KnownNames(Filters.Names, DecoupleQ.Chat.Templates.Evaluation.Tests.Names));
    }
}
