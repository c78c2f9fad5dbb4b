using System.Collections.Immutable;
using DecoupleQ.Inference.States;
using DecoupleQ.Kernels;
using DecoupleQ.Models;

namespace DecoupleQ.Inference.Programs;

/// <summary>Operations of a block that are run as one: between two stages every thread waits for the others.</summary>
internal abstract class Stage
{
    /// <summary>Runs the operations over all rows of a step.</summary>
    public abstract void Run(StepRows rows, Workers workers);
}

/// <summary>Operations that go row by row, shared out by rows where there are enough.</summary>
internal sealed class RowStage(ImmutableArray<Operation> operations, BlockWeights weights) : Stage
{
    public override void Run(StepRows rows, Workers workers) => SharedRows.Run(operations, weights, rows, 0, rows.Count, workers);
}

/// <summary>An operation with a state of its own for each sequence.</summary>
internal sealed class RecurrentStage(RecurrentOperation operation, BlockWeights weights, int slot) : Stage
{
    public override void Run(StepRows rows, Workers workers)
    {
        foreach (Segment segment in rows.Segments)
        {
            operation.Run(weights, segment.State.Operation<RecurrentState>(slot).Memory, rows, segment.FirstRow, segment.Rows);
            segment.State.Operation<RecurrentState>(slot).Advance(segment.Rows);
        }
    }
}
