using System.Collections.Immutable;
using DecoupleQ.Kernels.Linear;
using DecoupleQ.Models.Plans;
using DecoupleQ.Tensors;

namespace DecoupleQ.Inference.Programs;

/// <summary>All weights of a model, ready to run.</summary>
/// <param name="Embedding">Vocabulary x width.</param>
/// <param name="Blocks">One a block.</param>
/// <param name="Final">Of what follows the last block.</param>
/// <param name="Head">Vocabulary x width.</param>
internal sealed record ModelWeights(TokenEmbedding Embedding, ImmutableArray<BlockWeights> Blocks, BlockWeights Final, LinearKernel Head)
{
    /// <summary>Reads them.</summary>
    /// <param name="reader">The checkpoint's tensors.</param>
    /// <param name="plan">The model.</param>
    /// <param name="prepare">Makes a kernel of a stored matrix.</param>
    /// <exception cref="DecoupleQException">A tensor is missing, damaged or of another shape than the plan's, or has no place in it.</exception>
    public static ModelWeights Read(WeightReader reader, ModelPlan plan, Func<WeightMatrix, SlabKernel> prepare)
    {
        reader.Check(plan);
        SlabKernel head = prepare(reader.Matrix(plan.HeadIsEmbedding ? plan.Embedding : plan.Head, plan.VocabularySize, plan.Width));
        TokenEmbedding embedding = plan.HeadIsEmbedding
            ? new(head, plan.EmbeddingScale)
            : new(reader.Matrix(plan.Embedding, plan.VocabularySize, plan.Width), plan.EmbeddingScale);
        return new ModelWeights(
            embedding,
            [.. plan.Blocks.Select((block, i) => BlockWeights.Read(reader, block, plan.BlockPrefix(i), prepare))],
            BlockWeights.Read(reader, plan.Final, "", prepare),
            head);
    }
}
