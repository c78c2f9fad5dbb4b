using System.Collections.Immutable;

namespace DecoupleQ.Models.Plans;

/// <summary>A causal decoder as a value: an embedding, blocks, a final norm and an output head.</summary>
internal sealed record ModelPlan
{
    /// <summary>The family, as in <c>model_type</c> of the config.</summary>
    public required string Architecture { get; init; }

    /// <summary>Numbers a token between blocks.</summary>
    public required int Width { get; init; }

    /// <summary>Rows of the embedding and of the head.</summary>
    public required int VocabularySize { get; init; }

    /// <summary>The most tokens of a sequence.</summary>
    public required int ContextLength { get; init; }

    /// <summary>Path of the token embedding.</summary>
    public string Embedding { get; init; } = "model.embed_tokens";

    /// <summary>Factor on the rows of the embedding.</summary>
    public float EmbeddingScale { get; init; } = 1;

    /// <summary>The blocks in order.</summary>
    public required ImmutableArray<BlockPlan> Blocks { get; init; }

    /// <summary>What the last block's output goes through on its way to the head, row by row: a norm. Its modules have full paths.</summary>
    public required BlockPlan Final { get; init; }

    /// <summary>Path of the output head; of no meaning if it is tied.</summary>
    public string Head { get; init; } = "lm_head";

    /// <summary>Whether the embedding serves as the head.</summary>
    public required bool HeadIsEmbedding { get; init; }

    /// <summary>What the model's files leave open or contradict each other in, and what was made of it, a sentence each; usually none.</summary>
    public ImmutableArray<string> Warnings { get; init; } = [];

    /// <summary>The path that modules of block <paramref name="block"/> (from 0) stand under, with a dot at its end.</summary>
    public string BlockPrefix(int block) => $"model.layers.{block}.";

    /// <summary>The blocks and <see cref="Final"/>, each with what its modules stand under.</summary>
    public IEnumerable<(string Prefix, BlockPlan Plan)> Parts => [.. Blocks.Select((block, i) => (BlockPrefix(i), block)), ("", Final)];

    /// <summary>Weights of the whole model, norms and biases among them.</summary>
    public long Parameters => Parts.Sum(part => part.Plan.Parameters) + ((HeadIsEmbedding ? 1L : 2L) * VocabularySize * Width);
}
