using DecoupleQ.Chat;

namespace DecoupleQ.Tests.Chat;

public sealed class TemplateErrorTests
{
    private const string File = "chat_template.jinja";

    [Theory]
    [InlineData("{% block x %}{% endblock %}", "block")]
    [InlineData("{% include 'x' %}", "include")]
    [InlineData("{% import 'x' as y %}", "import")]
    [InlineData("{% extends 'x' %}", "extends")]
    [InlineData("{% autoescape true %}x{% endautoescape %}", "autoescape")]
    [InlineData("{% do x %}", "do")]
    [InlineData("{{ 1 | frobnicate }}", "frobnicate")]
    [InlineData("{{ 1 is frobnicated }}", "frobnicated")]
    [InlineData("{{ [1] | map('frobnicate') }}", "frobnicate")]
    [InlineData("{{ [1].append(2) }}", "append")]
    [InlineData("{{ [1].clear() }}", "clear")]
    [InlineData("{{ [1].extend([2]) }}", "extend")]
    [InlineData("{{ [1].insert(0, 2) }}", "insert")]
    [InlineData("{{ [1].pop() }}", "pop")]
    [InlineData("{{ [1].remove(1) }}", "remove")]
    [InlineData("{{ [1].reverse() }}", "reverse")]
    [InlineData("{{ [1].sort() }}", "sort")]
    [InlineData("{{ {'a': 1}.clear() }}", "clear")]
    [InlineData("{{ {'a': 1}.pop('a') }}", "pop")]
    [InlineData("{{ {'a': 1}.popitem() }}", "popitem")]
    [InlineData("{{ {}.setdefault('a', 1) }}", "setdefault")]
    [InlineData("{{ {}.update({}) }}", "update")]
    [InlineData("{{ lipsum() }}", "lipsum")]
    [InlineData("{{ unheard_of(1) }}", "unheard_of")]
    [InlineData("{{ 'x'.frobnicate() }}", "frobnicate")]
    [InlineData("{{ strftime_now('%Q') }}", "%Q")]
    [InlineData("{{ 'ß'.upper() }}", "case")]
    [InlineData("{{ 'ſ'.casefold() }}", "folds")]
    [InlineData("{{ 'x'.encode('ebcdic') }}", "ebcdic")]
    public void What_is_not_known_is_refused_by_name(string template, string name)
    {
        DecoupleQException error = Fails("\n" + template);
        Assert.Equal(File, error.File);
        Assert.Equal("line 2", error.Field);
        Assert.Contains(name, error.Message);
        Assert.False(string.IsNullOrEmpty(error.Expected));
    }

    // What opens a shell where templates run in Python without a sandbox.
    [Theory]
    [InlineData("{{ ''.__class__.__mro__[1].__subclasses__() }}")]
    [InlineData("{{ cycler.__init__.__globals__.os.popen('id').read() }}")]
    [InlineData("{{ namespace.__init__.__globals__ }}")]
    [InlineData("{{ (messages | attr('__class__')).__base__ }}")]
    [InlineData("{{ messages['__class__'] }}")]
    [InlineData("{{ '{0.__class__}'.format(messages) }}")]
    [InlineData("{{ '{x.__init__}'.format_map({'x': cycler}) }}")]
    [InlineData("{{ self._TemplateReference__context }}")]
    [InlineData("{% include '/etc/passwd' %}")]
    [InlineData("{% import 'os' as os %}{{ os.getcwd() }}")]
    [InlineData("{% extends 'x' %}")]
    [InlineData("{{ open('/etc/passwd').read() }}")]
    [InlineData("{{ __import__('os') }}")]
    [InlineData("{{ ''.format.__self__ }}")]
    [InlineData("{{ raise_exception.__globals__ }}")]
    public void What_python_has_beyond_the_language_is_not_there(string template)
    {
        try
        {
            Assert.Equal("", ChatTemplate.Parse(template, File).Render([new ChatMessage(ChatMessage.User, "Hi")]).Text);
        }
        catch (DecoupleQException error)
        {
            Assert.Equal(File, error.File);
        }
    }

    [Fact]
    public void What_the_template_says_when_it_refuses_a_conversation_is_shown()
    {
        DecoupleQException error = Fails("{% if messages[0].role == 'user' %}\n{{ raise_exception('Speak first,\nsystem!') }}{% endif %}");
        Assert.Equal(
            $@"{File}: line 2: The template refuses the conversation: Speak first,\u000Asystem! (expected: a conversation that the template takes)",
            error.Message);
    }

    [Theory]
    [InlineData("a\n{% if x %}\nb", "line 2", "endif")]
    [InlineData("a\n\n{{ x", "line 3", "}}")]
    [InlineData("{#\n", "line 1", "#}")]
    [InlineData("{{ 'abc }}", "line 1", "closing '")]
    [InlineData("{% raw %}", "line 1", "endraw")]
    [InlineData("{{ (1 }}", "line 1", "')'")]
    [InlineData("{{ 1 + }}", "line 1", "an expression")]
    [InlineData("{% endfor %}", "line 1", "a statement that it belongs to")]
    [InlineData("{% break %}", "line 1", "a for statement around it")]
    [InlineData("{{ messages[0].role.nothing.x }}", "line 1", "'x'")]
    public void What_is_malformed_is_placed_and_what_was_expected_is_said(string template, string line, string expected)
    {
        DecoupleQException error = Fails(template);
        Assert.Equal(line, error.Field);
        Assert.Contains(expected, error.Expected);
    }

    [Theory]
    [InlineData("{% for a in range(9999) %}{% for b in range(9999) %}{% endfor %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='ab') %}{% for a in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='ab') %}{% for a in range(99) %}{% set ns.s = ns.s.replace('a', 'aaaa') %}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='a' * 20000000) %}{% for a in range(9999) %}{{ ns.s == 'a' * 20000000 }}{% endfor %}")]
    [InlineData("{% set ns = namespace(s='a' * 9000000) %}{% for a in range(9999) %}{% if ns.s.find('b') %}{% endif %}{% endfor %}")]
    [InlineData("{% set ns = namespace(l=[1]) %}{% for a in range(99) %}{% set ns.l = ns.l + ns.l %}{% endfor %}")]
    [InlineData("{{ 'x' * 99999999999 }}")]
    [InlineData("{{ [1] * 99999999999 }}")]
    [InlineData("{{ '' * 9223372036854775807 }}{{ range(9223372036854775807) }}")]
    [InlineData("{% macro m(n) %}{{ m(n + 1) }}{% endmacro %}{{ m(0) }}")]
    [InlineData("{% set ns = namespace(l=[]) %}{% for a in range(9999) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l }}")]
    [InlineData("{% set ns = namespace(l=[]) %}{% for a in range(9999) %}{% set ns.l = [ns.l] %}{% endfor %}{{ ns.l | tojson }}")]
    [InlineData("{% set ns = namespace(l=[], m=[]) %}{% for a in range(9999) %}{% set ns.l = [ns.l] %}{% set ns.m = [ns.m] %}{% endfor %}{{ ns.l == ns.m }}")]
    [InlineData("{% set ns = namespace(l=range(99999) | list) %}{% for a in range(9999) %}{{ ns.l | sort | unique | list | length }}{% endfor %}")]
    [InlineData("{{ 2 ** 99999 }}")]
    [InlineData("{{ '{:999999}'.format(1) * 999 }}")]
    [InlineData("{{ '%9999999d' % 1 }}")]
    [InlineData("{{ 'x'.center(9999999999) }}")]
    [InlineData("{{ [1] | batch(999999999, 1) }}")]
    [InlineData("{{ [1] | slice(999999999) }}")]
    [InlineData("{{ '\\t'.expandtabs(999999999) }}")]
    [InlineData("{{ (('a-' * 9000000) | wordwrap(2)) | length }}")]
    [InlineData("{% for x in [[]] recursive %}{{ loop([[]]) }}{% endfor %}")]
    [InlineData("{{ -9223372036854775807 - 9 }}")]
    public void Work_without_end_is_refused(string template) => Assert.Equal("line 1", Fails(template).Field);

    [Theory]
    [InlineData("(", ")")]
    [InlineData("[", "]")]
    [InlineData("not ", "")]
    [InlineData("-", "")]
    [InlineData("1 if 1 else ", "")]
    public void Nesting_without_end_is_refused(string before, string after) => Nested("{{ ", before, "1", after, " }}");

    [Fact]
    public void Statements_without_end_are_refused() => Nested("", "{% if 1 %}", "1", "{% endif %}", "");

    [Fact]
    public void A_long_chain_of_operators_is_refused() => Nested("{{ 1", " + 1", "", "", " }}");

    [Fact]
    public void A_template_of_a_megabyte_is_refused() => Assert.Contains("1048576", Fails(new string('a', (1 << 20) + 1)).Expected);

    private static void Nested(string start, string before, string inner, string after, string end)
    {
        string Template(int levels) => start + string.Concat(Enumerable.Repeat(before, levels)) + inner + string.Concat(Enumerable.Repeat(after, levels)) + end;
        ChatTemplate.Parse(Template(20)).Render([]);
        Assert.Contains("nested too deeply", Fails(Template(30_000)).Message);
    }

    private static DecoupleQException Fails(string template) => Assert.Throws<DecoupleQException>(
        () => ChatTemplate.Parse(template, File).Render([new ChatMessage(ChatMessage.User, "Hi")]));
}
