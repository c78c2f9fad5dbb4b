using DecoupleQ.Tensors;

namespace DecoupleQ.Checkpoints;

/// <summary>A packed module P in a file: <c>P.weight</c> (U32 codes), <c>P.scales</c> and <c>P.biases</c>.</summary>
internal static class AffineTensors
{
    /// <summary>The three tensors of <paramref name="module"/>, to be written.</summary>
    public static IReadOnlyList<TensorPayload> Of(string module, AffineMatrix matrix) =>
    [
        TensorPayload.Words(Weight(module), [matrix.Rows, matrix.WordsPerRow], matrix.Codes),
        TensorPayload.Floats(Scales(module), matrix.ScaleType, [matrix.Rows, matrix.Groups], matrix.Scales),
        TensorPayload.Floats(Biases(module), matrix.ScaleType, [matrix.Rows, matrix.Groups], matrix.Biases),
    ];

    /// <summary>Names, types and shapes of what <see cref="Of"/> gives for a matrix that is not there yet; they cannot be written.</summary>
    /// <param name="module">Its module.</param>
    /// <param name="rows">Outputs.</param>
    /// <param name="columns">Inputs; a row fills whole words and whole groups.</param>
    /// <param name="format">Bits and groups.</param>
    /// <param name="scaleType">Type of scales and biases.</param>
    public static IReadOnlyList<TensorPayload> Outline(string module, int rows, int columns, AffineFormat format, ElementType scaleType)
    {
        long words = (long)columns * format.Bits / 32, groups = format.GroupSize == AffineFormat.PerChannel ? 1 : columns / format.GroupSize;
        return
        [
            TensorPayload.Outline(Weight(module), TensorType.U32, [rows, words]),
            TensorPayload.Outline(Scales(module), TensorTypes.Of(scaleType), [rows, groups]),
            TensorPayload.Outline(Biases(module), TensorTypes.Of(scaleType), [rows, groups]),
        ];
    }

    /// <summary>The same for a block-quantized matrix of rows x columns.</summary>
    public static IReadOnlyList<TensorPayload> Outline(string module, IReadOnlyList<long> shape, PackedBlocks blocks) =>
        Outline(module, (int)shape[0], (int)shape[1], blocks.Format, blocks.ScaleType);

    /// <summary>Whether <paramref name="module"/> is packed in <paramref name="source"/>.</summary>
    public static bool IsPacked(ITensorSource source, string module) => source.Tensors.ContainsKey(Scales(module));

    /// <summary>Reads <paramref name="module"/>, packed in <paramref name="format"/>.</summary>
    /// <exception cref="DecoupleQException">A tensor is missing, or its type, shape or values do not fit.</exception>
    public static AffineMatrix Read(ITensorSource source, string module, AffineFormat format)
    {
        StoredShape stored = Shape(source, module, format);
        float[] scaleValues = source.ReadFloats(stored.Scales.Name), biasValues = source.ReadFloats(Biases(module));
        CheckRange(stored.Scales, format.Bits, scaleValues, biasValues);
        return new AffineMatrix(
            stored.Rows, stored.Columns, format.Bits, stored.GroupSize, source.ReadWords(Weight(module)), stored.ScaleType, scaleValues, biasValues);
    }

    /// <summary>The size of <paramref name="module"/>, packed in <paramref name="format"/>: its tensors fit each other, and are not read.</summary>
    /// <exception cref="DecoupleQException">A tensor is missing, or its type or shape does not fit.</exception>
    public static (int Rows, int Columns) Size(ITensorSource source, string module, AffineFormat format) =>
        Shape(source, module, format) is var stored ? (stored.Rows, stored.Columns) : default;

    private static StoredShape Shape(ITensorSource source, string module, AffineFormat format)
    {
        TensorInfo codes = Find(source, Weight(module)), scales = Find(source, Scales(module)), biases = Find(source, Biases(module));
        if (codes is not { Type: TensorType.U32, Shape: [> 0 and <= int.MaxValue, > 0] })
        {
            throw Unexpected(codes, $"packed codes: U32 [outputs, inputs * {format.Bits} / 32]");
        }
        (long rows, long words) = (codes.Shape[0], codes.Shape[1]);
        long columns = words / format.Bits * 32;
        if (words % format.Bits != 0 || columns > int.MaxValue)
        {
            // At 3 bits, 32 codes take 3 words; no whole number of groups ends elsewhere.
            throw Unexpected(codes, $"rows of a multiple of {format.Bits} words, for codes of {format.Bits} bits");
        }
        long groupSize = format.GroupSize == AffineFormat.PerChannel ? columns : format.GroupSize;
        if (columns % groupSize != 0)
        {
            throw Unexpected(codes, $"a number of inputs, here {columns}, that groups of {groupSize} divide");
        }
        string expectedScales = $"{TensorTypes.Describe([rows, columns / groupSize])} of F16, BF16 or F32,"
            + $" for {rows} x {columns} codes of {format.Bits} bits in groups of {groupSize}";
        if (scales.Type.Element() is not ElementType scaleType || !scales.Shape.SequenceEqual([rows, columns / groupSize]))
        {
            throw Unexpected(scales, expectedScales);
        }
        if (biases.Type != scales.Type || !biases.Shape.SequenceEqual(scales.Shape))
        {
            throw Unexpected(biases, $"the type and shape of the scales, {scales.Type.Name()} {TensorTypes.Describe(scales.Shape)}");
        }
        return new StoredShape((int)rows, (int)columns, (int)groupSize, scales, scaleType);
    }

    private static string Weight(string module) => module + ".weight";

    private static string Scales(string module) => module + ".scales";

    private static string Biases(string module) => module + ".biases";

    private static TensorInfo Find(ITensorSource source, string name) =>
        source.Tensors.TryGetValue(name, out TensorInfo? info) ? info : throw new DecoupleQException(
            "The tensor is missing.", source.Tensors.Values.FirstOrDefault()?.File, name, "a packed module's .weight, .scales and .biases");

    // The first and the last code of a group stand for its extremes.
    private static void CheckRange(TensorInfo info, int bits, ReadOnlySpan<float> scales, ReadOnlySpan<float> biases)
    {
        for (int i = 0; i < scales.Length; i++)
        {
            if (!float.IsFinite((scales[i] * ((1 << bits) - 1)) + biases[i]))
            {
                throw new DecoupleQException($"The scale {scales[i]} gives weights beyond float32.", info.File, info.Name, "finite weights");
            }
        }
    }

    private static DecoupleQException Unexpected(TensorInfo info, string expected) =>
        new($"The tensor is {info.Type.Name()} {TensorTypes.Describe(info.Shape)}.", info.File, info.Name, expected);

    private readonly record struct StoredShape(int Rows, int Columns, int GroupSize, TensorInfo Scales, ElementType ScaleType);
}
