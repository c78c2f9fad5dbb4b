namespace DecoupleQ.Inference.States;

/// <summary>What one operation of a block keeps of one sequence between steps.</summary>
internal abstract class OperationState : IDisposable
{
    /// <summary>Tokens that it has seen.</summary>
    public int Length { get; protected set; }

    /// <summary>Bytes that it holds; what it shares with others counts fully.</summary>
    public abstract long Bytes { get; }

    /// <summary>Whether it can go back to its first <paramref name="length"/> tokens by itself.</summary>
    public abstract bool CanTruncate(int length);

    /// <summary>Goes back to its first <paramref name="length"/> tokens.</summary>
    public abstract void Truncate(int length);

    /// <summary>A state of its own that is now equal to this one.</summary>
    public abstract OperationState Fork();

    /// <inheritdoc/>
    public abstract void Dispose();
}
