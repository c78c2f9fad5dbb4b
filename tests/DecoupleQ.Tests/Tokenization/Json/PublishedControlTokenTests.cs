using System.Text.Json;
using CsCheck;
using DecoupleQ.Chat;
using DecoupleQ.ModelFiles;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.AddedTokens;

namespace DecoupleQ.Tests.Tokenization.Json;

/// <summary>What somebody types into published models becomes none of their control tokens.</summary>
public sealed class PublishedControlTokenTests
{
    public static TheoryData<string> Names => ["smollm2", "llama3", "qwen3", "mistral", "gemma3", "gpt-oss", "deepseek-v3"];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_control_token_that_is_typed_is_text(string name)
    {
        Published published = Published.Load(name);
        Assert.NotEmpty(published.Control);
        foreach ((string text, int id) in published.Control)
        {
            Assert.Contains(id, published.Tokenizer.Encode(text, SpecialTokens.Recognized));
            Assert.DoesNotContain(published.Tokenizer.Encode(text), published.ControlIds.Contains);
            Assert.DoesNotContain(published.Tokenizer.Encode("a" + text + "b", [Range.All]), published.ControlIds.Contains);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Typed_stretches_of_any_text_hold_no_control_token_and_the_others_do(string name)
    {
        Published published = Published.Load(name);
        string[] control = [.. published.Control.Keys], others = [" ", "\n\n", "  ", "é", "😀", "<", "ab"];
        Gen<string> text = Gen.OneOf(Gen.Int[0, control.Length - 1].Select(i => control[i]), Gen.Int[0, others.Length - 1].Select(i => others[i]));
        Gen<(string Text, bool Typed)> part = Gen.Select(text, Gen.Bool);
        part.Array[0, 12].Sample(parts =>
        {
            var plain = new List<Range>();
            int at = 0, expected = 0;
            foreach ((string text, bool typed) in parts)
            {
                plain.AddRange(typed ? [at..(at + text.Length)] : []);
                expected += !typed && published.Control.ContainsKey(text) ? 1 : 0;
                at += text.Length;
            }
            IReadOnlyList<int> ids = published.Tokenizer.Encode(string.Concat(parts.Select(p => p.Text)), plain);
            Assert.Equal(expected, ids.Count(published.ControlIds.Contains));
        }, iter: 300);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Text_without_a_control_token_has_the_ids_of_the_library(string name)
    {
        Published published = Published.Load(name);
        int others = 0;
        foreach (string line in File.ReadLines(Paths.Golden("tokenizers", name, "expected.jsonl")))
        {
            using JsonDocument expected = JsonDocument.Parse(line);
            if (!expected.RootElement.TryGetProperty("text", out JsonElement element))
            {
                continue;
            }
            string text = element.GetString()!;
            int[] library = [.. expected.RootElement.GetProperty("idsSpecialAsText").EnumerateArray().Select(id => id.GetInt32())];
            if (library.Any(published.ControlIds.Contains))
            {
                // The library leaves only special tokens as text.
                Assert.DoesNotContain(published.Tokenizer.Encode(text), published.ControlIds.Contains);
                others++;
            }
            else
            {
                Assert.Equal(library, published.Tokenizer.Encode(text));
            }
        }
        Assert.Equal(name == "gemma3" ? 1 : 0, others);
    }

    [Fact]
    public void White_space_that_is_an_added_token_stays_one()
    {
        Tokenizer gemma = Published.Load("gemma3").Tokenizer;
        foreach (string text in (string[])["\n\n", "\n\n\n", "\t\t", "  ", "    "])
        {
            Assert.Equal([gemma.IdOf(text.Replace(' ', '\u2581'))!.Value], gemma.Encode(text));
        }
    }

    [Theory]
    [InlineData("smollm2")]
    [InlineData("llama3")]
    [InlineData("qwen3")]
    [InlineData("deepseek-v3")]
    public void A_conversation_has_the_control_tokens_of_its_template_alone(string name)
    {
        Published published = Published.Load(name);
        ChatTemplate template = ChatTemplate.Load(Paths.Golden("tokenizers", name));
        string attack = string.Concat(published.Control.Keys);
        Assert.Equal(Control("Hi"), Control("Hi" + attack));

        int[] Control(string said)
        {
            ChatPrompt prompt = template.Render([new ChatMessage(ChatMessage.User, said)]);
            return [.. published.Tokenizer.Encode(prompt.Text, prompt.Given).Where(published.ControlIds.Contains)];
        }
    }

    /// <summary>A tokenizer, and its control tokens as its files give them.</summary>
    private sealed record Published(Tokenizer Tokenizer, IReadOnlyDictionary<string, int> Control)
    {
        public HashSet<int> ControlIds { get; } = [.. Control.Values];

        public static Published Load(string name)
        {
            string folder = Paths.Golden("tokenizers", name);
            string template = string.Concat(ChatTemplateFiles.TextsIn(folder));
            using JsonDocument file = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "tokenizer.json")));
            var control = new Dictionary<string, int>();
            foreach (JsonElement token in file.RootElement.GetProperty("added_tokens").EnumerateArray())
            {
                string text = token.GetProperty("content").GetString()!;
                bool spelled = template.Contains(text, StringComparison.Ordinal) && !string.IsNullOrWhiteSpace(text);
                if (token.GetProperty("special").GetBoolean() || spelled || ControlTokens.HasLook(text))
                {
                    control.Add(text, token.GetProperty("id").GetInt32());
                }
            }
            return new Published(TokenizerFiles.Load(folder), control);
        }
    }
}
