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
    private static readonly GgufPreTokenizer s_llama3 = new([PublishedPatterns.Llama3], IgnoresMerges: true, AddsBeginning: true);
    private static readonly GgufPreTokenizer s_qwen2 = new([PublishedPatterns.Qwen2], Normalizes: true);
    private static readonly GgufPreTokenizer s_gpt2 = new([PublishedPatterns.Gpt2]);
    private static readonly GgufPreTokenizer s_digits = new([@"\p{N}", PublishedPatterns.Gpt2]);
    private static readonly GgufPreTokenizer s_default = new([@"[\p{P}\$\+<=>\^~\|]+", PublishedPatterns.Gpt2, @"\p{N}+", "[0-9][0-9][0-9]"]);

    private static readonly Dictionary<string, GgufPreTokenizer> s_byName = new(StringComparer.Ordinal)
    {
        ["llama-bpe"] = s_llama3,
        ["llama3"] = s_llama3,
        ["llama-v3"] = s_llama3,
        ["falcon3"] = s_llama3,
        ["smaug-bpe"] = s_llama3 with { IgnoresMerges = false, AddsBeginning = false },
        ["qwen2"] = s_qwen2,
        ["deepseek-r1-qwen"] = s_qwen2 with { Normalizes = false },
        ["gpt-2"] = s_gpt2,
        ["olmo"] = s_gpt2,
        ["smollm"] = s_digits,
        ["starcoder"] = s_digits,
        ["refact"] = s_digits,
        ["tekken"] = new([PublishedPatterns.Tekken], IgnoresMerges: true, AddsBeginning: true),
        ["default"] = s_default,
    };

    /// <summary>The names that are known.</summary>
    public static IEnumerable<string> Names => s_byName.Keys;

    /// <summary>What <paramref name="name"/> stands for, or null.</summary>
    public static GgufPreTokenizer? Find(string name) => s_byName.GetValueOrDefault(name);

    /// <summary>The steps that split.</summary>
    public IReadOnlyList<PreTokenizer> Steps() => [.. Patterns.Select(pattern => new PatternSplit(PatternProgram.Compile(pattern), SplitBehavior.Isolated))];
}
