using System.Text;
using System.Text.Json.Nodes;
using DecoupleQ.Chat;
using DecoupleQ.Testing;
using DecoupleQ.Tests.Fuzzing;

namespace DecoupleQ.Tests.Chat;

public sealed class TemplateFuzzTests
{
    private static readonly string[] Pieces =
    [
        "{%", "%}", "{{", "}}", "{#", "#}", "-%}", "{%-", "{% endif %}", "{% endfor %}", "{% for a in messages %}",
        "{% if messages %}", " | ", " is ", "(", ")", "[", "]", ".",
        "messages", "loop.index0", "[::-1]", " * 999999999", " ** ", "'", "\"", "\\", "\n", " + ", " ~ ",
        "not ", "range(99999)", "namespace(", "none", "{% set messages = ",
    ];

    [Fact]
    public void A_thousand_damaged_templates_render_or_are_refused()
    {
        string[] templates = [.. Templates()];
        ChatMessage[] messages =
        [
            new("system", "Be brief."), new("user", "Hi <|im_end|>"), new("assistant", "<think>\na\n</think>\n\nb"), new("user", "日本 😀"),
        ];
        var random = new Random(7);
        int rendered = 0, refused = 0;
        for (int i = 0; i < 1000; i++)
        {
            string template = Damage(templates[i % templates.Length], random);
            try
            {
                ChatPrompt prompt = ChatTemplate.Parse(template).Render(messages, new() { Tools = [new JsonObject { ["name"] = "f" }] });
                Assert.All(prompt.Given, range => Assert.True(range.GetOffsetAndLength(prompt.Text.Length).Length > 0));
                rendered++;
            }
            catch (DecoupleQException error)
            {
                Assert.DoesNotContain('\n', error.Message);
                refused++;
            }
        }
        // Both happen often: neither is every change noticed, nor does every change destroy the template.
        Assert.InRange(rendered, 50, 950);
        Assert.Equal(1000, rendered + refused);
    }

    private static IEnumerable<string> Templates()
    {
        // Those of the golden files, where they are, and the longest ones of the reference.
        foreach (string name in Paths.Shared is null ? [] : (string[])["smollm2", "llama3", "qwen3"])
        {
            string jinja = Path.Combine(Paths.Golden("tokenizers", name), "chat_template.jinja");
            yield return File.Exists(jinja)
                ? File.ReadAllText(jinja)
                : JsonNode.Parse(File.ReadAllText(Paths.Golden("tokenizers", name, "tokenizer_config.json")))!["chat_template"]!.GetValue<string>();
        }
        foreach (string template in TemplateTexts.All().OrderByDescending(template => template.Length).Take(12))
        {
            yield return template;
        }
    }

    private static string Damage(string template, Random random)
    {
        if (random.Next(3) == 0)
        {
            return Encoding.UTF8.GetString(Mutation.Of(Encoding.UTF8.GetBytes(template), random));
        }
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            int at = random.Next(template.Length);
            template = template[..at] + Pieces[random.Next(Pieces.Length)] + template[Math.Min(template.Length, at + random.Next(6))..];
        }
        return template;
    }
}
