using System.Collections.Immutable;

namespace DecoupleQ.Models;

/// <summary>A step that carries something from each token of a sequence to the next: convolutions over time, recurrences.</summary>
/// <param name="Inputs">What it reads.</param>
/// <param name="Output">What it makes.</param>
internal abstract record RecurrentOperation(ImmutableArray<PlanValue> Inputs, PlanValue Output) : Operation(Inputs, Output)
{
    /// <summary>What a sequence carries before its first token.</summary>
    public abstract RecurrentMemory Begin();

    /// <summary>Runs consecutive tokens of one sequence.</summary>
    /// <param name="weights">The block's weights.</param>
    /// <param name="memory">What the sequence carries; brought up to date.</param>
    /// <param name="values">Holds the rows that are read; receives those that are made.</param>
    /// <param name="first">The first row.</param>
    /// <param name="count">Rows.</param>
    public abstract void Run(BlockWeights weights, RecurrentMemory memory, IRowValues values, int first, int count);
}

/// <summary>What a sequence carries from token to token: it cannot be undone, only copied beforehand.</summary>
internal abstract class RecurrentMemory
{
    /// <summary>Its size.</summary>
    public abstract long Bytes { get; }

    /// <summary>A copy that changes independently.</summary>
    public abstract RecurrentMemory Copy();
}
