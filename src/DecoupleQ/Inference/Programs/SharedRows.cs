using System.Collections.Immutable;
using DecoupleQ.Kernels;
using DecoupleQ.Models;

namespace DecoupleQ.Inference.Programs;

/// <summary>Runs row-by-row operations one after the other on each row while it is in the cache.</summary>
internal static class SharedRows
{
    // Below this many numbers, handing rows to other threads costs more than it saves.
    private const int ShareThreshold = 1 << 13;

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
        int parts = count * numbers < ShareThreshold ? 1 : Math.Min(count, workers.Count * 4);
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
        workers.For(parts, i =>
        {
            int start = (int)((long)count * i / parts), end = (int)((long)count * (i + 1) / parts);
            RunRows(operations, weights, rows, first + start, end - start);
        });

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
