using System.Text.Json.Nodes;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary>Chat templates of all kinds, and what they are rendered with: those that the language is held against.</summary>
internal static class TemplateTexts
{
    private const string Resource = "reference-templates.jsonl";

    public static IEnumerable<string> All() => Lines().Skip(1).Select(line => (string)line["template"]!);

    /// <summary>Variables that many of them use.</summary>
    public static JsonObject Variables() => (JsonObject)Lines().First()["variables"]!.DeepClone();

    private static IEnumerable<JsonNode> Lines()
    {
        using var reader = new StreamReader(typeof(TemplateTexts).Assembly.GetManifestResourceStream(Resource)!);
        while (reader.ReadLine() is string line)
        {
            yield return JsonNode.Parse(line)!;
        }
    }
}
