namespace DecoupleQ.Tokenization.Streaming;

/// <summary>A text has more ids than whoever encodes it wants: the rest of it is not looked at.</summary>
/// <param name="ids">How many there are so far.</param>
internal sealed class EnoughIdsException(long ids) : Exception("There are enough ids.")
{
    /// <summary>How many there are so far.</summary>
    public long Ids { get; } = ids;
}
