using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;
using DecoupleQ.Tensors;

namespace DecoupleQ.Pilot.Layers;

/// <summary>
/// Runs the dense model's blocks over some sequences, one block after another: one block's weights, one sequence's values within a block, and what enters the
/// next block of all sequences are held.
/// </summary>
internal sealed class DenseWalk
{
    private readonly ModelPlan _plan;
    private readonly WeightReader _weights;
    private readonly Workers _workers;
    private readonly BlockBuffers _buffers = new();
    private readonly float[][] _rows;

    /// <param name="plan">The model.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="sequences">Ids, each below the model's vocabulary.</param>
    /// <param name="workers">The team.</param>
    public DenseWalk(ModelPlan plan, WeightReader weights, IReadOnlyList<int[]> sequences, Workers workers)
    {
        (_plan, _weights, _workers) = (plan, weights, workers);
        var embedding = new TokenEmbedding(weights.Matrix(plan.Embedding, plan.VocabularySize, plan.Width), plan.EmbeddingScale);
        _rows =
        [
            .. sequences.Select(ids =>
            {
                var rows = new float[checked(ids.Length * plan.Width)];
                embedding.Read(ids, rows);
                return rows;
            }),
        ];
    }

    /// <summary>Runs the next part of the model, a block or what follows them, on every sequence.</summary>
    /// <param name="part">The part.</param>
    /// <param name="prefix">What its modules stand under.</param>
    /// <param name="take">
    /// Called after each sequence: takes the stored weights of the part's linear layers, in the order of the plan, the values of the part, all those that
    /// layers read among them, and the number of tokens.
    /// </param>
    /// <returns>The stored weights of the layers.</returns>
    public IReadOnlyList<WeightMatrix> Run(BlockPlan part, string prefix, Action<IReadOnlyList<WeightMatrix>, BlockBuffers, int> take)
    {
        var stored = new List<WeightMatrix>();
        BlockWeights bound = BlockWeights.Read(_weights, part, prefix, matrix =>
        {
            _workers.Cancellation.ThrowIfCancellationRequested();
            stored.Add(matrix);
            return LinearKernel.For(matrix, _workers);
        });
        var runner = new BlockRunner(part, _workers);
        foreach (float[] rows in _rows)
        {
            _workers.Cancellation.ThrowIfCancellationRequested();
            int tokens = rows.Length / _plan.Width;
            rows.CopyTo(_buffers.Rows(part.Input, tokens), 0);
            runner.Run(bound, _buffers, tokens);
            take(stored, _buffers, tokens);
            _buffers.Rows(part.Output, tokens).AsSpan(0, rows.Length).CopyTo(rows);
        }
        return stored;
    }
}
