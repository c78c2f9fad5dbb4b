using DecoupleQ.Models;

namespace DecoupleQ.Inference.States;

/// <summary>What a recurrent operation carries of one sequence: nothing but its present state, so nothing can be undone.</summary>
internal sealed class RecurrentState(RecurrentMemory memory) : OperationState
{
    /// <summary>What is carried.</summary>
    public RecurrentMemory Memory => memory;

    public override long Bytes => memory.Bytes;

    /// <summary>Counts tokens that were run.</summary>
    public void Advance(int tokens) => Length += tokens;

    public override bool CanTruncate(int length) => length == Length;

    public override void Truncate(int length)
    {
        if (length != Length)
        {
            throw new InvalidOperationException("A recurrence cannot be undone.");
        }
    }

    public override OperationState Fork() => new RecurrentState(memory.Copy()) { Length = Length };

    public override void Dispose()
    {
    }
}
