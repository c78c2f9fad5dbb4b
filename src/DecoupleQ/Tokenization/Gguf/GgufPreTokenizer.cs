using DecoupleQ.Tokenization.Patterns;
using DecoupleQ.Tokenization.Pipeline;

namespace DecoupleQ.Tokenization.Gguf;

/// <summary>What a name in <c>tokenizer.ggml.pre</c> stands for.</summary>
/// <param name="Patterns">The text is split at the matches of each in turn; a match and what lies between two are pieces.</param>
/// <param name="IgnoresMerges">A piece that is a token is not merged from its parts.</param>
/// <param name="AddsBeginning">Inputs begin with the beginning-of-sequence token unless the file says otherwise.</param>
/// <param name="Normalizes">The text is brought to normalization form C, which the file does not say but the model's own tokenizer does.</param>
internal sealed record GgufPreTokenizer(IReadOnlyList<string> Patterns, bool IgnoresMerges = false, bool AddsBeginning = false, bool Normalizes = false)
{
    private static readonly GgufPreTokenizer Llama3 = new([PublishedPatterns.Llama3], IgnoresMerges: true, AddsBeginning: true);
    private static readonly GgufPreTokenizer Qwen2 = new([PublishedPatterns.Qwen2], Normalizes: true);
    private static readonly GgufPreTokenizer Gpt2 = new([PublishedPatterns.Gpt2]);
    private static readonly GgufPreTokenizer Digits = new([@"\p{N}", PublishedPatterns.Gpt2]);
    private static readonly GgufPreTokenizer Default = new([@"[\p{P}\$\+<=>\^~\|]+", PublishedPatterns.Gpt2, @"\p{N}+", "[0-9][0-9][0-9]"]);

    private static readonly Dictionary<string, GgufPreTokenizer> ByName = new(StringComparer.Ordinal)
    {
        ["llama-bpe"] = Llama3,
        ["llama3"] = Llama3,
        ["llama-v3"] = Llama3,
        ["falcon3"] = Llama3,
        ["smaug-bpe"] = Llama3 with { IgnoresMerges = false, AddsBeginning = false },
        ["qwen2"] = Qwen2,
        ["deepseek-r1-qwen"] = Qwen2 with { Normalizes = false },
        ["gpt-2"] = Gpt2,
        ["olmo"] = Gpt2,
        ["smollm"] = Digits,
        ["starcoder"] = Digits,
        ["refact"] = Digits,
        ["tekken"] = new([PublishedPatterns.Tekken], IgnoresMerges: true, AddsBeginning: true),
        ["default"] = Default,
    };

    /// <summary>The names that are known.</summary>
    public static IEnumerable<string> Names => ByName.Keys;

    /// <summary>What <paramref name="name"/> stands for, or null.</summary>
    public static GgufPreTokenizer? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The steps that split.</summary>
    /// <param name="field">What named them, for errors.</param>
    public IReadOnlyList<PreTokenizer> Steps(string field) =>
        [.. Patterns.Select(pattern => new PatternSplit(PatternProgram.Compile(pattern), SplitBehavior.Isolated) { Field = field })];
}
