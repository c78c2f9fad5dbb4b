using DecoupleQ.Grammars;
using DecoupleQ.ModelFiles;
using DecoupleQ.Testing;
using DecoupleQ.Tests.Fuzzing;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Tests.Grammars;

/// <summary>Vocabularies that grammars are tried with.</summary>
internal static class Vocabularies
{
    public const string End = ByteVocabulary.End, ToolCall = ByteVocabulary.ToolCall;

    /// <summary>The bundled model's: SentencePiece with bytes.</summary>
    public static Tokenizer SentencePiece { get; } = TokenizerFiles.Load(Paths.Model);

    /// <summary>A byte-level one, with an end token and a control token.</summary>
    public static Tokenizer ByteLevel => ByteVocabulary.Tokenizer;

    /// <summary>Both, with their end ids.</summary>
    public static GrammarVocabulary[] All { get; } = [new(SentencePiece, [SentencePiece.IdOf("</s>")!.Value]), ByteVocabulary.Tokens];

    /// <summary>Their tokenizers.</summary>
    public static Tokenizer[] Tokenizers { get; } = [SentencePiece, ByteLevel];
}
