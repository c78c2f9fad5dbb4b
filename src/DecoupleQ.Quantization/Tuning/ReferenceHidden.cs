using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Calibration;

namespace DecoupleQ.Quantization.Tuning;

/// <summary>
/// What the dense model makes of windows, just before its head: kept once, so that its logits are there in every epoch for the price of the head's product.
/// </summary>
/// <param name="Hidden">A sequence a window: tokens x width.</param>
/// <param name="Head">The dense model's head.</param>
internal sealed record ReferenceHidden(ActivationStore Hidden, LinearKernel Head)
{
    // Windows that pass a block together: products of more rows are faster.
    private const int Together = 8;

    /// <summary>Runs the dense model over windows, block by block.</summary>
    /// <param name="weights">Its weights.</param>
    /// <param name="plan">Its plan.</param>
    /// <param name="windows">Ids, all of one length.</param>
    /// <param name="memory">Where room comes from.</param>
    /// <param name="workers">The team.</param>
    /// <param name="done">Told of windows that have passed a block.</param>
    public static ReferenceHidden Of(
        WeightReader weights, ModelPlan plan, int[][] windows, ActivationMemory memory, Workers workers, Action<int>? done = null)
    {
        int tokens = windows[0].Length;
        ActivationStore store = memory.Allocate(windows.Length, tokens, plan.Width);
        var embedding = new TokenEmbedding(weights.Matrix(plan.Embedding, plan.VocabularySize, plan.Width), plan.EmbeddingScale);
        var rows = new float[tokens * plan.Width];
        foreach ((int i, int[] ids) in windows.Index())
        {
            embedding.Read(ids, rows);
            store.Write(i, rows);
        }
        var buffers = new BlockBuffers();
        foreach ((string prefix, BlockPlan part) in plan.Parts)
        {
            BlockWeights bound = BlockWeights.Read(weights, part, prefix, LinearKernel.For);
            var runner = new BlockRunner(part, workers);
            int length = tokens * plan.Width;
            foreach (int[] together in Enumerable.Range(0, windows.Length).Chunk(Together))
            {
                workers.Cancellation.ThrowIfCancellationRequested();
                float[] inputs = buffers.Rows(part.Input, together.Length * tokens);
                foreach ((int i, int window) in together.Index())
                {
                    store.Read(window, inputs.AsSpan(i * length));
                }
                runner.Run(bound, buffers, tokens, together.Length);
                float[] outputs = buffers.Rows(part.Output, together.Length * tokens);
                foreach ((int i, int window) in together.Index())
                {
                    store.Write(window, outputs.AsSpan(i * length, length));
                }
                done?.Invoke(together.Length);
            }
        }
        return new ReferenceHidden(
            store, LinearKernel.For(weights.Matrix(plan.HeadIsEmbedding ? plan.Embedding : plan.Head, plan.VocabularySize, plan.Width)));
    }
}
