using DecoupleQ.Storage;
using DecoupleQ.Tensors;

namespace DecoupleQ.Checkpoints;

/// <summary>
/// Checkpoints that say that the embedding is the head too (<c>tie_word_embeddings</c>) and store another head all the same. Where they differ both are used,
/// as in transformers since its version 5; before it, and in other tools, the stored head is dropped.
/// </summary>
internal static class TiedHead
{
    /// <summary>The field of the config that ties the two.</summary>
    public const string Field = "tie_word_embeddings";

    /// <summary>The module of the embedding, by the names of Hugging Face.</summary>
    public const string Embedding = "model.embed_tokens";

    /// <summary>The module of the head.</summary>
    public const string Head = "lm_head";

    private const int PieceLength = 1 << 18;

    /// <summary>What to tell the user of a config that ties tables that differ.</summary>
    public static string Warning(string head, string embedding) =>
        $"{Field} is true, but {head}.weight differs from {embedding}.weight: both are used, as transformers does since its version 5. "
        + $"Older versions and other tools drop the head; {Field}: false makes all of them agree.";

    /// <summary>Whether a head is stored that is not the embedding.</summary>
    /// <exception cref="DecoupleQException">One of the tables cannot be read.</exception>
    public static bool Differs(Checkpoint checkpoint, string head = Head, string embedding = Embedding)
    {
        string headTensor = head + ".weight", embeddingTensor = embedding + ".weight";
        if (!checkpoint.Tensors.TryGetValue(headTensor, out TensorInfo? one) || !checkpoint.Tensors.TryGetValue(embeddingTensor, out TensorInfo? other))
        {
            return false;
        }
        if (IsPlain(checkpoint, head, one) && IsPlain(checkpoint, embedding, other) && one.Type == other.Type && one.Shape.SequenceEqual(other.Shape))
        {
            // Bytes tell, and neither table is brought into memory.
            return Digest(checkpoint, headTensor) != Digest(checkpoint, embeddingTensor);
        }
        return !HoldSame(checkpoint.ReadWeight(head), checkpoint.ReadWeight(embedding));
    }

    /// <summary>Whether <see cref="Differs"/> of a config that does not say that the two are apart.</summary>
    public static bool ContradictsConfig(Checkpoint checkpoint)
    {
        JsonSection config = checkpoint.ConfigSection;
        return config.Flag(Field) != false && Differs(checkpoint);
    }

    private static bool IsPlain(Checkpoint checkpoint, string module, TensorInfo tensor) =>
        tensor.BlockFormat is null && !AffineTensors.IsPacked(checkpoint.Source, module);

    private static FileDigest Digest(Checkpoint checkpoint, string tensor)
    {
        using var digesting = new DigestingStream();
        checkpoint.CopyTensor(tensor, digesting);
        return digesting.Digest();
    }

    private static bool HoldSame(WeightMatrix one, WeightMatrix other)
    {
        if (one.Rows != other.Rows || one.Columns != other.Columns)
        {
            return false;
        }
        int step = Math.Clamp(PieceLength / one.Columns, 1, one.Rows);
        float[] rows = new float[step * one.Columns], others = new float[rows.Length];
        for (int first = 0; first < one.Rows; first += step)
        {
            int count = Math.Min(step, one.Rows - first);
            one.DequantizeRows(first, count, rows);
            other.DequantizeRows(first, count, others);
            if (!rows.AsSpan(0, count * one.Columns).SequenceEqual(others.AsSpan(0, count * one.Columns)))
            {
                return false;
            }
        }
        return true;
    }
}
