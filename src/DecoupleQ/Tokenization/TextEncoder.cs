using DecoupleQ.Tokenization.Streaming;

namespace DecoupleQ.Tokenization;

/// <summary>Encodes a text that comes in parts; all ids together are those of the whole text.</summary>
/// <remarks>
/// What is kept is the text whose ids more text could still change: usually the last word or two; in the worst case, a text that a pattern of the tokenizer
/// takes as one word, all of it. Made by <see cref="Tokenizer.BeginEncoding(SpecialTokens, CancellationToken)"/>. For one thread at a time.
/// </remarks>
public sealed class TextEncoder
{
    private readonly Action _release;
    private EncodingChain? _chain;

    /// <param name="chain">The steps, with the text begun.</param>
    /// <param name="release">Called when the text has ended and the steps may be used for another.</param>
    internal TextEncoder(EncodingChain chain, Action release)
    {
        _chain = chain;
        _release = release;
    }

    /// <summary>Whether the steps get each part as it comes, however short.</summary>
    internal bool FeedsAtOnce
    {
        set => _chain!.FeedsAtOnce = value;
    }

    /// <summary>The most bytes that a step may hold of a stretch that cannot be cut yet, such as a run of one character.</summary>
    internal int MostHeld
    {
        set => _chain!.Work.MostHeld = value;
    }

    /// <summary>Ids beyond which a part is not encoded to its end.</summary>
    internal long MostIds
    {
        set => _chain!.Work.MostIds = value;
    }

    /// <summary>The most bytes that a step has held, of a text that has not ended.</summary>
    internal long Held => _chain?.Work.Held ?? 0;

    /// <summary>What the text may take.</summary>
    internal EncodingWork Work => _chain!.Work;

    /// <summary>Takes the next part of the text and returns the ids that are certain now; there may be none.</summary>
    /// <param name="part">The part. It may end anywhere, between the halves of a surrogate pair too.</param>
    /// <exception cref="DecoupleQException">The tokenizer's steps take too much on this text.</exception>
    /// <exception cref="InvalidOperationException">The text has ended.</exception>
    /// <exception cref="OperationCanceledException">The work was to end; the text cannot go on then.</exception>
    public IReadOnlyList<int> Append(ReadOnlySpan<char> part)
    {
        EncodingChain chain = Take();
        chain.Append(part);
        _chain = chain;
        return chain.Take();
    }

    /// <summary>Ends the text and returns the other ids.</summary>
    /// <exception cref="DecoupleQException">The tokenizer's steps take too much on this text.</exception>
    /// <exception cref="InvalidOperationException">The text has ended.</exception>
    /// <exception cref="OperationCanceledException">The work was to end.</exception>
    public IReadOnlyList<int> Finish()
    {
        EncodingChain chain = Take();
        chain.End();
        int[] ids = chain.Take();
        _release();
        return ids;
    }

    // After an error the text does not go on.
    private EncodingChain Take() => Interlocked.Exchange(ref _chain, null) ?? throw new InvalidOperationException("The text has ended.");
}
