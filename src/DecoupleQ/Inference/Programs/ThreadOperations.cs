using System.Collections.Immutable;
using DecoupleQ.Models;

namespace DecoupleQ.Inference.Programs;

/// <summary>Row-by-row operations that every thread runs for itself, in memory of its own, before what it has to do with their results.</summary>
internal sealed class ThreadOperations
{
    private readonly int[] _offsets;

    /// <param name="operations">The operations.</param>
    /// <param name="weights">Their weights.</param>
    public ThreadOperations(ImmutableArray<Operation> operations, BlockWeights weights)
    {
        Operations = operations;
        Weights = weights;
        _offsets = new int[operations.IsEmpty ? 0 : operations.Max(o => o.Output.Index) + 1];
        Array.Fill(_offsets, -1);
        foreach (Operation operation in operations)
        {
            _offsets[operation.Output.Index] = Width;
            // Whole cache lines, so that every value begins with one.
            Width += (operation.Output.Width + 15) / 16 * 16;
        }
    }

    public ImmutableArray<Operation> Operations { get; }

    public BlockWeights Weights { get; }

    /// <summary>Floats that a row of all values made takes.</summary>
    public int Width { get; }

    /// <summary>Where a value lies in a row's memory; -1 if it is not made here.</summary>
    public int OffsetOf(PlanValue value) => value.Index < _offsets.Length ? _offsets[value.Index] : -1;
}

/// <summary>The values of one row as a thread sees them: what it has made for itself, and what was there.</summary>
/// <param name="operations">What is made.</param>
/// <param name="shared">What was there.</param>
/// <param name="own">The thread's memory for one row, <see cref="ThreadOperations.Width"/> floats.</param>
internal readonly unsafe struct ThreadRow(ThreadOperations operations, StepRows shared, float* own) : IRowValues
{
    public Span<float> Rows(PlanValue value, int first, int count) =>
        operations.OffsetOf(value) is >= 0 and var offset ? new Span<float>(own + offset, value.Width) : shared.Rows(value, first, count);

    public RowPlace Place(int row) => shared.Place(row);

    /// <summary>Makes all values of <paramref name="row"/>.</summary>
    public void Make(int row)
    {
        foreach (Operation operation in operations.Operations)
        {
            RowOperations.Run(operation, operations.Weights, this, row, 1);
        }
    }

    /// <summary>Writes what was made where others can read it.</summary>
    public void Keep(int row)
    {
        foreach (Operation operation in operations.Operations)
        {
            Rows(operation.Output, row, 1).CopyTo(shared.Rows(operation.Output, row, 1));
        }
    }
}
