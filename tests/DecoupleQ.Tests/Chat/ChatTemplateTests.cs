using System.Text.Json.Nodes;
using DecoupleQ.Chat;

namespace DecoupleQ.Tests.Chat;

public sealed class ChatTemplateTests
{
    private static readonly ChatMessage Hello = new(ChatMessage.User, "Hello");

    [Fact]
    public void A_template_is_given_messages_tools_and_variables()
    {
        ChatTemplate template = ChatTemplate.Parse(
            "{{ messages[0].role }} {{ messages[0].content }} {{ messages[0].name }} {{ tools[0] }} {{ tools | length }} "
                + "{{ add_generation_prompt }} {{ thinking }} {{ documents is none }}");
        ChatPrompt prompt = template.Render(
            [Hello with { MoreFields = new() { ["name"] = "Ann" } }],
            new() { AddGenerationPrompt = false, Tools = [new JsonObject { ["name"] = "f" }], Variables = new() { ["thinking"] = 1.5 } });
        Assert.Equal("user Hello Ann {'name': 'f'} 1 False 1.5 True", prompt.Text);
        Assert.Equal("user Hello   0 True  True", template.Render([Hello], new() { Tools = [] }).Text);
        Assert.Equal("None", ChatTemplate.Parse("{{ tools }}").Render([]).Text);
    }

    [Fact]
    public void The_date_is_that_of_the_clock()
    {
        ChatTemplate template = ChatTemplate.Parse("{{ strftime_now('%d %b %Y') }}");
        Assert.Equal("06 Jul 2024", template.Render([], new() { Clock = new FixedClock(new(2024, 7, 6, 0, 0, 0, TimeSpan.Zero)) }).Text);
    }

    [Fact]
    public void A_rendering_leaves_nothing_to_the_next()
    {
        ChatTemplate template = ChatTemplate.Parse("{{ x }}{% set x = 5 %}{{ x }}{% set messages = [] %}");
        Assert.Equal("5", template.Render([Hello]).Text);
        Assert.Equal("5", template.Render([Hello]).Text);
    }

    [Fact]
    public void Numbers_and_nesting_that_do_not_fit_are_refused()
    {
        JsonNode deep = 1;
        for (int i = 0; i < 100; i++)
        {
            deep = new JsonArray(deep);
        }
        ChatTemplate template = ChatTemplate.Parse("x");
        Assert.Equal("deep", Assert.Throws<DecoupleQException>(() => template.Render([], new() { Variables = new() { ["deep"] = deep } })).Field);
        Assert.Equal(
            "large",
            Assert.Throws<DecoupleQException>(
                () => template.Render([], new() { Variables = new() { ["large"] = JsonNode.Parse("99999999999999999999") } })).Field);
    }
}
