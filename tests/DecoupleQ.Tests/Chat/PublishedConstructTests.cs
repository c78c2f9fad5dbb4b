using DecoupleQ.Chat;

namespace DecoupleQ.Tests.Chat;

/// <summary>What chat templates of published models use and few others do, written as they write it.</summary>
public sealed class PublishedConstructTests
{
    [Theory]
    [InlineData("{% set names = {1: 'one', 2: 'two'} %}{{ names[2] }} {{ names[3] is defined }} {{ 1 in names }}", "two False True")]
    [InlineData("{% for number, name in {10: 'ten', 'k': 'v'}.items() %}{{ number }}={{ name }};{% endfor %}", "10=ten;k=v;")]
    [InlineData("{{ [messages | length, 3] | min }} {{ [4, 9, 2] | min }}", "1 2")]
    [InlineData("{{ [messages | length, 3] | max }} {{ messages | map(attribute='role') | max }}", "3 user")]
    [InlineData("{% set call = '{\"name\": \"f\", \"arguments\": {\"a\": [1, 2]}}' | from_json %}{{ call.name }} {{ call.arguments.a[1] + 1 }}", "f 3")]
    [InlineData("{{ '{}: {}'.format(messages[0].role, messages[0]['content']) }} {{ '{1}-{0}{name}'.format('a', 'b', name='c') }}", "user: Hi b-ac")]
    [InlineData("{{ '%s has %d' | format('it', 2) }} {{ '%s' % 'x' }}", "it has 2 x")]
    public void It_gives_what_Jinja_gives(string template, string expected) =>
        Assert.Equal(expected, ChatTemplate.Parse(template).Render([new ChatMessage(ChatMessage.User, "Hi")]).Text);
}
