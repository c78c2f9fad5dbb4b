using DecoupleQ.Tokenization.AddedTokens;
using DecoupleQ.Tokenization.Bpe;

namespace DecoupleQ.Tokenization.Pipeline;

/// <summary>Ids that a post-processor puts around those of the text.</summary>
internal sealed record Template(IReadOnlyList<int> Before, IReadOnlyList<int> After);

/// <summary>What a <see cref="PipelineTokenizer"/> is made of, in the order of encoding.</summary>
internal sealed record TokenizerParts
{
    /// <summary>The file, for errors.</summary>
    public required string File { get; init; }

    /// <summary>The text of each id; null for an id without a token.</summary>
    public required IReadOnlyList<string?> Tokens { get; init; }

    /// <summary>Tokens found in the text as it came, and what to look for.</summary>
    public IReadOnlyList<(string Pattern, AddedToken Token)> AddedTokens { get; init; } = [];

    /// <summary>Tokens found in the normalized text, and what to look for.</summary>
    public IReadOnlyList<(string Pattern, AddedToken Token)> NormalizedAddedTokens { get; init; } = [];

    /// <summary>Which of the tokens are control tokens.</summary>
    public ControlTokens Control { get; init; } = ControlTokens.ByLook;

    public IReadOnlyList<Normalizer> Normalizers { get; init; } = [];

    public IReadOnlyList<PreTokenizer> PreTokenizers { get; init; } = [];

    public required BpeModel Model { get; init; }

    /// <summary>What is put around the ids on request; null for nothing.</summary>
    public Template? Template { get; init; }

    public required IReadOnlyList<TokenDecoder> Decoders { get; init; }

    /// <summary>See <see cref="Tokenizer.LeadingId"/>.</summary>
    public int? LeadingId { get; init; }

    /// <summary>See <see cref="Tokenizer.BeginningId"/>.</summary>
    public int? BeginningId { get; init; }
}
