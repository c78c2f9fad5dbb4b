using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.Attending;

/// <summary>
/// Where a page has the keys and values of 64 consecutive positions. Head after head lie its keys, feature by feature, each feature's positions side by
/// side (so that a vector's lanes are positions and a score is never summed across lanes); then head after head its values, position by position.
/// </summary>
internal readonly record struct PageLayout
{
    /// <summary>Positions of a page.</summary>
    public const int Positions = 64;

    private const int Line = 64;

    /// <param name="format">How numbers are stored.</param>
    /// <param name="heads">Key and value heads.</param>
    /// <param name="keySize">Features of a key's head.</param>
    /// <param name="valueSize">Features of a value's head.</param>
    public PageLayout(KeyValueFormat format, int heads, int keySize, int valueSize)
    {
        (Format, Heads, KeySize, ValueSize) = (format, heads, keySize, valueSize);
        ElementBytes = format switch { KeyValueFormat.F32 => 4, KeyValueFormat.F16 => 2, _ => 1 };
        int scales = format == KeyValueFormat.Int8 ? Positions * sizeof(float) : 0;
        KeyHeadBytes = Lines((Positions * keySize * ElementBytes) + scales);
        ValueHeadBytes = Lines((Positions * valueSize * ElementBytes) + scales);
    }

    /// <summary>How numbers are stored.</summary>
    public KeyValueFormat Format { get; }

    /// <summary>Key and value heads.</summary>
    public int Heads { get; }

    /// <summary>Features of a key's head.</summary>
    public int KeySize { get; }

    /// <summary>Features of a value's head.</summary>
    public int ValueSize { get; }

    /// <summary>Bytes of a number.</summary>
    public int ElementBytes { get; }

    /// <summary>Bytes of the page.</summary>
    public int Bytes => checked(Heads * (KeyHeadBytes + ValueHeadBytes));

    private int KeyHeadBytes { get; }

    private int ValueHeadBytes { get; }

    /// <summary>Where a head's keys begin: KeySize x 64 numbers, then with 8 bits 64 scales.</summary>
    public nint Keys(int head) => (nint)head * KeyHeadBytes;

    /// <summary>Where a head's values begin: 64 x ValueSize numbers, then with 8 bits 64 scales.</summary>
    public nint Values(int head) => ((nint)Heads * KeyHeadBytes) + ((nint)head * ValueHeadBytes);

    /// <summary>Where the scales of a head's keys begin.</summary>
    public nint KeyScales(int head) => Keys(head) + (Positions * KeySize * ElementBytes);

    /// <summary>Where the scales of a head's values begin.</summary>
    public nint ValueScales(int head) => Values(head) + (Positions * ValueSize * ElementBytes);

    private static int Lines(int bytes) => (bytes + Line - 1) / Line * Line;
}
