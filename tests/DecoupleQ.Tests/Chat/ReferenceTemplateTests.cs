using System.Text.Json.Nodes;
using DecoupleQ.Chat;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Chat;

/// <summary>
/// Templates written for this test, and random ones, against what Jinja 3.1.6 makes of them with the settings and functions of transformers.
/// Where Jinja fails, the expected text is null.
/// </summary>
public sealed class ReferenceTemplateTests
{
    [Theory]
    [InlineData("reference-templates.jsonl", 600)]
    [InlineData("reference-language.jsonl", 400)]
    public void Every_reference_template_gives_the_expected_text_or_fails_as_it_does_in_Jinja(string file, int least)
    {
        string[] lines = File.ReadAllLines(Path.Combine(Paths.Repository, "tests", "DecoupleQ.Tests", "Chat", file));
        var wrong = new List<string>();
        var variables = (JsonObject)JsonNode.Parse(lines[0])!["variables"]!;
        var options = new ChatTemplateOptions { Variables = variables, Clock = new FixedClock(new(2024, 7, 6, 15, 4, 9, TimeSpan.Zero)) };
        foreach (string line in lines[1..])
        {
            JsonNode reference = JsonNode.Parse(line)!;
            string template = reference["template"]!.GetValue<string>();
            string? expected = reference["text"]?.GetValue<string>();
            string? text = Render(template, options, out string error);
            if (expected != text)
            {
                wrong.Add($"{template}\nexpected: {expected ?? "an error"}\nis: {text ?? error}");
            }
        }
        Assert.True(wrong.Count == 0, string.Join("\n\n", wrong));
        Assert.True(lines.Length > least, "Cases are missing.");
    }

    private static string? Render(string template, ChatTemplateOptions options, out string error)
    {
        error = "";
        try
        {
            return ChatTemplate.Parse(template).Render([], options).Text;
        }
        catch (DecoupleQException refused)
        {
            error = refused.Message;
            return null;
        }
    }
}
