using DecoupleQ.Storage;

namespace DecoupleQ.Checkpoints;

/// <summary>How the weights of a packed module are stored.</summary>
/// <param name="Bits">Bits of a code: 2, 3, 4 or 8.</param>
/// <param name="GroupSize">Contiguous inputs that share a scale and a bias: 32, 64, 128, or <see cref="PerChannel"/>.</param>
public readonly record struct AffineFormat(int Bits, int GroupSize)
{
    /// <summary>The group size that stands for the whole row.</summary>
    public const int PerChannel = -1;

    /// <summary>Whether MLX has this format too: it knows groups, not whole rows.</summary>
    internal bool IsKnownToMlx => GroupSize != PerChannel;

    /// <summary>Reads <c>bits</c>, <c>group_size</c> and <c>mode</c>.</summary>
    /// <exception cref="DecoupleQException">A field is missing, or has a value that is not supported.</exception>
    internal static AffineFormat Parse(JsonSection section)
    {
        string? mode = section.Text("mode");
        if (mode is not (null or "affine"))
        {
            throw section.Unexpected("mode", "\"affine\"; other modes are not supported");
        }
        int bits = section.RequiredInteger("bits");
        if (bits is not (2 or 3 or 4 or 8))
        {
            throw section.Unexpected("bits", "2, 3, 4 or 8; other widths are not supported");
        }
        int groupSize = section.RequiredInteger("group_size");
        if (groupSize is not (PerChannel or 32 or 64 or 128))
        {
            throw section.Unexpected("group_size", "32, 64 or 128, or -1 for whole rows");
        }
        return new AffineFormat(bits, groupSize);
    }
}
