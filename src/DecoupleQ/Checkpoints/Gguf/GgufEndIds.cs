namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>The ids that end a text or a turn, as a GGUF file names them or as the texts of its tokens tell.</summary>
/// <remarks>
/// Files name one id that ends texts (<c>eos_token_id</c>), and often none that ends turns, though the chat template ends them by another token. llama.cpp
/// ends on tokens of these texts, so files get by without naming them.
/// </remarks>
internal static class GgufEndIds
{
    private const int Normal = 1, Unused = 5;
    private const string TokensKey = "tokenizer.ggml.tokens", TypesKey = "tokenizer.ggml.token_type";

    // The keys that name such ids, in the order in which a config lists them.
    private static readonly string[] Keys = ["tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"];

    // What llama.cpp takes for the end of a turn or text by its text.
    private static readonly HashSet<string> Texts =
    [
        "<|eot_id|>", "<|eom_id|>", "<|im_end|>", "<|end|>", "<|return|>", "<|call|>", "<|calls|>", "<|flush|>", "<end_of_turn>", "<|endoftext|>",
        "<|end_of_text|>", "<end_of_utterance>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]", "<turn|>", "<|tool_response>",
    ];

    // HTML has these too, so that they are ends only where the file says that they are no text.
    private static readonly HashSet<string> TextsOfControlTokens = ["</s>", "<eos>"];

    /// <summary>All of them, those that the file names first; none if it has no tokenizer.</summary>
    /// <exception cref="DecoupleQException">A key is of another type.</exception>
    public static IReadOnlyList<int> Of(GgufMetadata metadata) =>
        [.. Keys.Select(key => metadata.TokenId(key)).OfType<int>().Concat(ByText(metadata)).Distinct()];

    /// <summary>Those that the texts of the tokens tell, in ascending order.</summary>
    /// <exception cref="DecoupleQException">A key is of another type.</exception>
    public static IReadOnlyList<int> ByText(GgufMetadata metadata)
    {
        IReadOnlyList<string> tokens = metadata.Texts(TokensKey) ?? [];
        IReadOnlyList<int> types = metadata.Integers(TypesKey) ?? [];
        var found = new SortedDictionary<int, string>();
        for (int id = 0; id < tokens.Count; id++)
        {
            int type = id < types.Count ? types[id] : Normal;
            if (type != Unused && (Texts.Contains(tokens[id]) || type != Normal && TextsOfControlTokens.Contains(tokens[id])))
            {
                found.Add(id, tokens[id]);
            }
        }
        bool harmony = found.ContainsValue("<|return|>") && found.ContainsValue("<|call|>");
        bool solar = found.ContainsValue("<|calls|>") && found.ContainsValue("<|flush|>");
        // In these formats a turn is several messages, each of which ends by <|end|>; in Gemma 4's, </s> is HTML.
        bool gemma4 = found.ContainsValue("<|tool_response>");
        return [.. found.Where(token => token.Value switch { "<|end|>" => !harmony && !solar, "</s>" => !gemma4, _ => true }).Select(token => token.Key)];
    }
}
