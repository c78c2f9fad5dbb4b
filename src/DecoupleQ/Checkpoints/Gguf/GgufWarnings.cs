namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>What can be read of a GGUF file, but only by a guess.</summary>
internal static class GgufWarnings
{
    /// <summary>A sentence for each guess; usually none.</summary>
    /// <exception cref="DecoupleQException">A key is of another type.</exception>
    public static IReadOnlyList<string> Of(GgufMetadata metadata) =>
        metadata.Has("tokenizer.ggml.model") && metadata.Text("tokenizer.ggml.model") == "gpt2" && !metadata.Has("tokenizer.ggml.pre")
            ? ["The key tokenizer.ggml.pre is missing, so that how text is split into words is a GUESS ('default', as in llama.cpp): THE IDS MAY BE WRONG, "
                + "AND WITH THEM EVERY RESULT. Convert the model to GGUF again, or take a newer file."]
            : [];
}
