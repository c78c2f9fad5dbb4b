using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Pilot.Ladders;

/// <summary>How many weights of which kind a model has: what its size in a format follows from.</summary>
public sealed record WeightCounts
{
    // An (s, z) of a group is stored as scale and bias, 16 bits each; tables have groups of 64.
    private const int GroupBits = 32, TableGroup = 64;

    /// <summary>Weights of the linear layers of blocks, above 0.</summary>
    public required long Layers { get; init; }

    /// <summary>Rows of those layers together: their outputs.</summary>
    public required long Rows { get; init; }

    /// <summary>The numbers of inputs that the layers have, each at least once; a group must divide all of them.</summary>
    public required IReadOnlyList<int> Inputs { get; init; }

    /// <summary>Weights of the token embedding.</summary>
    public required long Embedding { get; init; }

    /// <summary>Weights of the output head; 0 if it is the embedding.</summary>
    public required long Head { get; init; }

    /// <summary>The width of both tables; in 8 or 4 bits it must be a multiple of 64.</summary>
    public required int Width { get; init; }

    /// <summary>Weights of norms, biases and all else that stays as it is stored.</summary>
    public long Others { get; init; }

    /// <summary>Bits of a weight as it is stored: 16, or 32. Default 16.</summary>
    public int StoredBits { get; init; } = 16;

    /// <summary>All weights.</summary>
    public long All => Layers + Embedding + Head + Others;

    /// <summary>Bits that are stored for each weight, with scales and biases in F16.</summary>
    public double BitsPerWeight(LadderSetting setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        double groups = setting.GroupSize == QuantizationFormat.PerChannel ? Rows : (double)Layers / setting.GroupSize;
        double bits = ((double)Layers * setting.Bits) + (groups * GroupBits) + (Embedding * TableBits(setting.EmbeddingBits))
            + (Head * TableBits(setting.HeadBits)) + ((double)Others * StoredBits);
        return bits / All;
    }

    /// <summary>What of a setting the model cannot have, as part of a sentence; null if it can have all.</summary>
    public string? Objection(LadderSetting setting)
    {
        ArgumentNullException.ThrowIfNull(setting);
        if (setting.GroupSize != QuantizationFormat.PerChannel && Inputs.FirstOrDefault(inputs => inputs % setting.GroupSize != 0) is int odd and not 0)
        {
            return FormattableString.Invariant($"a layer has {odd} inputs, which groups of {setting.GroupSize} do not divide");
        }
        if (Head == 0 && setting.HeadBits != LadderSetting.AsStored)
        {
            return "the head is the embedding, whose bits govern both";
        }
        return Width % TableGroup != 0 && (setting.EmbeddingBits != LadderSetting.AsStored || setting.HeadBits != LadderSetting.AsStored)
            ? FormattableString.Invariant($"a row of the embedding has {Width} weights, which groups of {TableGroup} do not divide")
            : null;
    }

    private double TableBits(int bits) => bits == LadderSetting.AsStored ? StoredBits : bits + ((double)GroupBits / TableGroup);
}
