using DecoupleQ.Checkpoints;
using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Models.Plans;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Tests.Jobs;

/// <summary>The blocks of a folder, one at a time.</summary>
internal sealed class FolderBlocks : IDisposable
{
    private readonly Checkpoint _checkpoint;
    private readonly ModelPlan _plan;
    private readonly WeightReader _weights;
    private readonly Workers _workers = new(1);

    public FolderBlocks(string folder)
    {
        _checkpoint = CheckpointFiles.Open(folder);
        _plan = Architecture.Plan(_checkpoint.ConfigSection);
        _weights = new WeightReader(_checkpoint);
    }

    public float[] Embed(int[] ids)
    {
        var rows = new float[ids.Length * _plan.Width];
        new TokenEmbedding(_weights.Matrix(_plan.Embedding, _plan.VocabularySize, _plan.Width), _plan.EmbeddingScale).Read(ids, rows);
        return rows;
    }

    public float[] Run(int block, float[] input) => Values(block, input, _plan.Blocks[block].Output);

    /// <summary>What enters the layers of a block, by module path.</summary>
    public IReadOnlyDictionary<string, float[]> LayerInputs(int block, float[] input) =>
        _plan.Blocks[block].Linears.ToDictionary(layer => _plan.BlockPrefix(block) + layer.Module, layer => Values(block, input, layer.Input));

    /// <summary>A layer's weights as they are stored, outputs x inputs.</summary>
    public (float[] Elements, int Rows) Layer(int block, string module)
    {
        LinearOperation layer = _plan.Blocks[block].Linears.Single(l => _plan.BlockPrefix(block) + l.Module == module);
        WeightMatrix stored = _weights.Weight(_plan.BlockPrefix(block), layer);
        var elements = new float[stored.Rows * stored.Columns];
        stored.DequantizeRows(0, stored.Rows, elements);
        return (elements, stored.Rows);
    }

    private float[] Values(int block, float[] input, PlanValue value)
    {
        BlockPlan plan = _plan.Blocks[block];
        int tokens = input.Length / _plan.Width;
        var buffers = new BlockBuffers();
        input.CopyTo(buffers.Rows(plan.Input, tokens), 0);
        new BlockRunner(plan, _workers).Run(BlockWeights.Read(_weights, plan, _plan.BlockPrefix(block), LinearKernel.For), buffers, tokens);
        return buffers.Rows(value, tokens)[..(tokens * value.Width)];
    }

    public void Dispose()
    {
        _workers.Dispose();
        _checkpoint.Dispose();
    }
}
