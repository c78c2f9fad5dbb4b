using DecoupleQ.Tokenization.SentencePiece;

namespace DecoupleQ.Tokenization.Gguf;

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
        GgufVocabulary vocabulary = data.Vocabulary;
        IReadOnlyList<float> scores = vocabulary.Scores ?? throw data.Metadata.Absent("tokenizer.ggml.scores", "a score for each token");
        var model = new ProtobufWriter();
        for (int id = 0; id < vocabulary.Tokens.Count; id++)
        {
            model.Message(1, new ProtobufWriter().Text(1, vocabulary.Tokens[id]).Single(2, scores[id]).Integer(3, (int)vocabulary.Types[id]));
        }
        bool fallsBackToBytes = vocabulary.Types.Contains(PieceType.Byte);
        ProtobufWriter trainer = new ProtobufWriter()
            .Integer(3, BytePairEncoding)
            .Integer(4, vocabulary.Tokens.Count)
            .Flag(35, fallsBackToBytes)
            .Integer(40, data.UnknownId ?? 0)
            .Integer(41, vocabulary.BeginningId ?? -1)
            .Integer(42, vocabulary.EndId ?? -1)
            .Integer(43, data.PaddingId ?? -1)
            .Text(45, data.TextOf(data.UnknownId ?? 0)!);
        foreach ((int field, int? id) in ((int, int?)[])[(46, vocabulary.BeginningId), (47, vocabulary.EndId), (48, data.PaddingId)])
        {
            if (data.TextOf(id) is string text)
            {
                trainer.Text(field, text);
            }
        }
        ProtobufWriter normalizer = new ProtobufWriter()
            .Text(1, "identity")
            .Flag(3, vocabulary.AddsSpacePrefix ?? true)
            .Flag(4, vocabulary.RemovesExtraSpaces ?? false)
            .Flag(5, true);
        return model.Message(2, trainer).Message(3, normalizer).ToBytes();
    }
}
