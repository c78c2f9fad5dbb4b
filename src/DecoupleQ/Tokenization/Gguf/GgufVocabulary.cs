using DecoupleQ.Tokenization.SentencePiece;

namespace DecoupleQ.Tokenization.Gguf;

/// <summary>The tokenizer in the metadata of a GGUF file, as plain data (keys <c>tokenizer.ggml.*</c>).</summary>
internal sealed record GgufVocabulary
{
    /// <summary>The file, for errors.</summary>
    public required string File { get; init; }

    /// <summary>The kind: <c>llama</c> (SentencePiece BPE) or <c>gpt2</c> (byte-level BPE).</summary>
    public required string Model { get; init; }

    /// <summary>Texts of the tokens, by id.</summary>
    public required IReadOnlyList<string> Tokens { get; init; }

    /// <summary>What the tokens are, by id; the numbers are those of SentencePiece.</summary>
    public required IReadOnlyList<PieceType> Types { get; init; }

    /// <summary>Scores of the tokens, by id; the kind <c>llama</c> needs them.</summary>
    public IReadOnlyList<float>? Scores { get; init; }

    /// <summary>Merges in order, each two texts with a space between; the kind <c>gpt2</c> needs them.</summary>
    public IReadOnlyList<string>? Merges { get; init; }

    /// <summary>The name of the pre-tokenizer (<c>pre</c>), which stands for patterns and settings.</summary>
    public string? Pre { get; init; }

    /// <summary>Id of the beginning-of-sequence token.</summary>
    public int? BeginningId { get; init; }

    /// <summary>Id of the end-of-sequence token.</summary>
    public int? EndId { get; init; }

    /// <summary>Whether inputs begin with the beginning-of-sequence token; null for what the kind does by default.</summary>
    public bool? AddsBeginning { get; init; }

    /// <summary>Whether inputs end with the end-of-sequence token; null for no.</summary>
    public bool? AddsEnd { get; init; }

    /// <summary>Whether a space is put before the text; null for what the kind does by default.</summary>
    public bool? AddsSpacePrefix { get; init; }

    /// <summary>Whether runs of spaces become one; null for no.</summary>
    public bool? RemovesExtraSpaces { get; init; }
}
