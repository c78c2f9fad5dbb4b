namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>Writes the vocabulary of the kind <c>llama</c> as the <c>tokenizer.model</c> of SentencePiece that it was converted from.</summary>
/// <remarks>
/// Pieces, scores and types stand in the GGUF file as they do in the model. The fields are those of sentencepiece_model.proto; what only concerns
/// training is left out.
/// </remarks>
internal static class GgufSentencePiece
{
    private const int BytePairEncoding = 2;

    /// <summary>The file's content.</summary>
    /// <exception cref="DecoupleQException">The vocabulary has no scores.</exception>
    public static byte[] ToModel(GgufTokenizerData data)
    {
        IReadOnlyList<float> scores = data.Scores ?? throw data.Metadata.Absent("tokenizer.ggml.scores", "a score for each token");
        var model = new ProtobufWriter();
        for (int id = 0; id < data.Tokens.Count; id++)
        {
            model.Message(1, new ProtobufWriter().Text(1, data.Tokens[id]).Single(2, scores[id]).Integer(3, (int)data.Types[id]));
        }
        bool fallsBackToBytes = data.Types.Contains(GgufTokenType.Byte);
        ProtobufWriter trainer = new ProtobufWriter()
            .Integer(3, BytePairEncoding)
            .Integer(4, data.Tokens.Count)
            .Flag(35, fallsBackToBytes)
            .Integer(40, data.UnknownId ?? 0)
            .Integer(41, data.BeginningId ?? -1)
            .Integer(42, data.EndId ?? -1)
            .Integer(43, data.PaddingId ?? -1)
            .Text(45, data.TextOf(data.UnknownId ?? 0)!);
        foreach ((int field, int? id) in ((int, int?)[])[(46, data.BeginningId), (47, data.EndId), (48, data.PaddingId)])
        {
            if (data.TextOf(id) is string text)
            {
                trainer.Text(field, text);
            }
        }
        ProtobufWriter normalizer = new ProtobufWriter()
            .Text(1, "identity")
            .Flag(3, data.AddsSpacePrefix ?? true)
            .Flag(4, data.RemovesExtraSpaces ?? false)
            .Flag(5, true);
        return model.Message(2, trainer).Message(3, normalizer).ToBytes();
    }
}
