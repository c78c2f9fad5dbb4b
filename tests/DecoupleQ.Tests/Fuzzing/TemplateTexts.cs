using System.Text.Json.Nodes;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary>Chat templates as they are published, and those that the language is held against.</summary>
internal static class TemplateTexts
{
    public static IEnumerable<string> All()
    {
        // Those of the golden files, where they are, and the longest ones of the reference.
        foreach (string name in Paths.Shared is null ? [] : (string[])["smollm2", "llama3", "qwen3"])
        {
            string jinja = Path.Combine(Paths.Golden("tokenizers", name), "chat_template.jinja");
            yield return File.Exists(jinja)
                ? File.ReadAllText(jinja)
                : JsonNode.Parse(File.ReadAllText(Paths.Golden("tokenizers", name, "tokenizer_config.json")))!["chat_template"]!.GetValue<string>();
        }
        string[] lines = File.ReadAllLines(Path.Combine(Paths.Repository, "tests", "DecoupleQ.Tests", "Chat", "reference-templates.jsonl"));
        foreach (string line in lines[1..].OrderByDescending(line => line.Length).Take(12))
        {
            yield return JsonNode.Parse(line)!["template"]!.GetValue<string>();
        }
    }
}
