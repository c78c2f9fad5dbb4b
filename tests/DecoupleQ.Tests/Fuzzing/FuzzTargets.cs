namespace DecoupleQ.Tests.Fuzzing;

/// <summary>The readers that are fuzzed.</summary>
internal static class FuzzTargets
{
    /// <summary>By name.</summary>
    public static IReadOnlyDictionary<string, Func<IFuzzTarget>> All { get; } = new SortedDictionary<string, Func<IFuzzTarget>>(StringComparer.Ordinal)
    {
        ["config"] = () => new ConfigTarget(),
        ["gbnf"] = () => new GbnfTarget(),
        ["gguf"] = () => new GgufTarget(),
        ["gguf-tokenizer"] = () => new GgufTokenizerTarget(),
        ["json-schema"] = () => new JsonSchemaTarget(),
        ["regex"] = () => new RegexTarget(),
        ["safetensors"] = () => new SafetensorsTarget(),
        ["sentencepiece"] = () => new SentencePieceTarget(),
        ["template"] = () => new TemplateTarget(),
        ["tokenizer-json"] = () => new TokenizerJsonTarget(),
        ["tool-calls"] = () => new ToolCallTarget(),
    };
}
