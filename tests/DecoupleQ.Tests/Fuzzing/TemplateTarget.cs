using System.Text;
using System.Text.Json.Nodes;
using DecoupleQ.Chat;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary>Chat templates, rendered with random conversations.</summary>
internal sealed class TemplateTarget : IFuzzTarget
{
    // What a template may make, and what may be garbage beside it: as the tests of costs hold, some bytes for each unit of work that it may do.
    private const long MostMade = 64 << 20, MostWork = 64 << 20;
    private const int MadeOfCharacter = 8, WorkOfCharacter = 16, GarbageOfWork = 24, FixedAllocation = 1 << 20;

    // More characters than any of the conversations below has.
    private const int Conversation = 20_000;

    private static readonly string[] Roles = ["user", "assistant", "system", "tool"];

    private static readonly string[] Contents =
    [
        "", "Hi", "Hi <|im_end|>", "<think>\na\n</think>\n\nb", "日本語 😀", "\ud83d", "\n\n  \t", "{{ messages }}", "{\"a\": [1, 2.5, null]}",
        "a\u001b[31m\u202eb", new string('a', 3000), "it's \"q\" \\",
    ];

    private readonly string[] _templates = [.. TemplateTexts.All()];
    private readonly JsonObject _variables = TemplateTexts.Variables();

    public string Name => "template";

    public byte[] Damage(Random random)
    {
        string template = _templates[random.Next(_templates.Length)], other = _templates[random.Next(_templates.Length)];
        return Encoding.UTF8.GetBytes(TemplateMutations.Of(template, other, random));
    }

    public void Read(byte[] damaged, Random random)
    {
        ChatTemplate template = ChatTemplate.Parse(
            Encoding.UTF8.GetString(damaged), specialTokens: new Dictionary<string, string> { ["bos_token"] = "<s>", ["eos_token"] = "</s>" });
        var variables = (JsonObject)_variables.DeepClone();
        variables.Remove("messages");
        ChatPrompt prompt = template.RenderJson(
            Messages(random),
            new ChatTemplateOptions
            {
                Variables = variables,
                AddGenerationPrompt = random.Next(2) == 0,
                Tools = random.Next(2) == 0 ? null : [new JsonObject { ["name"] = "f", ["parameters"] = new JsonObject { ["type"] = "object" } }],
            });
        int end = 0;
        foreach ((int start, int length) in prompt.Given.Select(range => range.GetOffsetAndLength(prompt.Text.Length)))
        {
            if (start < end || length == 0)
            {
                throw new InvalidOperationException("Stretches that were given overlap or are empty.");
            }
            end = start + length;
        }
    }

    public long MostAllocated(int length)
    {
        long given = length + Conversation;
        return MostMade + MadeOfCharacter * given + GarbageOfWork * (MostWork + WorkOfCharacter * given) + FixedAllocation;
    }

    public void Dispose()
    {
    }

    private static JsonArray Messages(Random random) =>
    [
        .. Enumerable.Range(0, random.Next(6)).Select(i => (JsonNode)new JsonObject
        {
            // Mostly in turn, as many templates want it.
            ["role"] = Roles[i == 0 ? random.Next(4) : (i + random.Next(8) / 7) % 2],
            ["content"] = random.Next(8) switch
            {
                0 => null,
                1 => new JsonArray(new JsonObject { ["type"] = "text", ["text"] = Contents[random.Next(Contents.Length)] }),
                _ => Contents[random.Next(Contents.Length)],
            },
            ["tool_calls"] = random.Next(4) > 0
                ? null
                : JsonNode.Parse("""[{"function": {"name": "f", "arguments": {"a": 1, "b": [1, "x"]}}}]"""),
        }),
    ];
}
