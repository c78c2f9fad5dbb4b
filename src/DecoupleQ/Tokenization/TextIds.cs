namespace DecoupleQ.Tokenization;

/// <summary>The ids of a text that is encoded a piece at a time, as it is read.</summary>
/// <param name="text">The text in pieces.</param>
/// <param name="name">What errors call the text; null if it is no file.</param>
/// <param name="tokenizer">The tokenizer.</param>
internal sealed class TextIds(IEnumerable<ReadOnlyMemory<char>> text, string? name, Tokenizer tokenizer)
{
    /// <summary>
    /// What <see cref="MostHeld"/> is for texts of any length: thousands of times what a written text has between two places where a tokenizer may cut it, and
    /// no more memory than the ids of a long text take.
    /// </summary>
    public const int LongestStretch = 16 << 20;

    /// <summary>
    /// Bytes of memory that a byte of a stretch takes until its ids are returned: itself in a buffer that has doubled, and an id for it, twice.
    /// </summary>
    public const int BytesPerHeldByte = 12;

    /// <summary>The most bytes of a stretch that the tokenizer cannot cut.</summary>
    public int MostHeld { get; init; } = Array.MaxLength;

    /// <summary>The most bytes of such a stretch that were held so far.</summary>
    public long Held { get; private set; }

    /// <summary>The ids, as they become certain.</summary>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">
    /// The text cannot be read, has a longer stretch that cannot be cut than <see cref="MostHeld"/>, or takes too much of the tokenizer's steps.
    /// </exception>
    public IEnumerable<int[]> Read(CancellationToken cancellationToken)
    {
        TextEncoder encoder = tokenizer.BeginEncoding(cancellationToken: cancellationToken);
        encoder.MostHeld = MostHeld;
        foreach (ReadOnlyMemory<char> piece in text)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return Named(() => encoder.Append(piece.Span));
            Held = Math.Max(Held, encoder.Held);
        }
        yield return Named(encoder.Finish);
    }

    private int[] Named(Func<IReadOnlyList<int>> encode)
    {
        try
        {
            IReadOnlyList<int> ids = encode();
            return ids as int[] ?? [.. ids];
        }
        catch (DecoupleQException error) when (name is not null && error.File is null)
        {
            throw error.In(name);
        }
    }
}
