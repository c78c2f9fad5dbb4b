using System.Collections.Immutable;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;

namespace DecoupleQ.Inference.Programs;

/// <summary>Runs row-by-row operations one after the other on each row while it is in the cache.</summary>
internal static class SharedRows
{
    public static void Run(ImmutableArray<Operation> operations, BlockWeights weights, StepRows rows, int first, int count, Workers workers)
    {
        if (operations.IsEmpty || count == 0)
        {
            return;
        }
        long numbers = 0;
        foreach (Operation operation in operations)
        {
            numbers += operation.Output.Width;
        }
        int parts = RowParts.Count(count, numbers, workers);
        if (parts == 1)
        {
            RunRows(operations, weights, rows, first, count);
            return;
        }
        RunShared(operations, weights, rows, first, count, parts, workers);
    }

    // Apart, so that only rows that are shared out cost an allocation.
    private static void RunShared(
        ImmutableArray<Operation> operations, BlockWeights weights, StepRows rows, int first, int count, int parts, Workers workers) =>
        RowParts.For(count, parts, (start, some) => RunRows(operations, weights, rows, first + start, some), workers);

    private static void RunRows(ImmutableArray<Operation> operations, BlockWeights weights, StepRows rows, int first, int count)
    {
        for (int row = first; row < first + count; row++)
        {
            foreach (Operation operation in operations)
            {
                RowOperations.Run(operation, weights, rows, row, 1);
            }
        }
    }
}
