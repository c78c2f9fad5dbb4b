using System.Numerics.Tensors;

namespace DecoupleQ.Kernels.Linear;

/// <summary>The <see cref="WordTables"/> of a row, tables of what their rounding left out, then for each block four numbers.</summary>
/// <remarks>
/// The four are the step of the block's entries, the sum of its inputs, and the step of the second tables' entries, or 0: these are made, and looked at, only
/// for blocks whose rounding would change a product by more than their share of <see cref="MostError"/> (many large inputs side by side). The last is not used.
/// </remarks>
/// <param name="Bits">Bits of a code.</param>
/// <param name="GroupSize">Inputs of a group.</param>
/// <param name="Fields">The fields of a word.</param>
internal sealed unsafe record WordTableInput(int Bits, int GroupSize, WordFields Fields) : InputForm
{
    /// <summary>The most that rounding may be expected to change, relative to the root mean square of a product with random codes.</summary>
    public const double MostError = 0.9e-4;

    /// <summary>Floats of a block beside its tables.</summary>
    public const int BlockNumbers = 4;

    private readonly WordTables _tables = new(Bits, Fields);

    /// <summary>Inputs of a block.</summary>
    public int BlockSize { get; } = WordTables.BlockSize(GroupSize, Bits);

    /// <summary>Words of a block.</summary>
    public int BlockWords => BlockSize * Bits / 16;

    /// <summary>Floats of a block's tables.</summary>
    public int BlockTables => BlockWords * Fields.Entries / 2;

    public override long Length(int inputs) => inputs / BlockSize * ((2L * BlockTables) + BlockNumbers);

    public override long UsualLength(int inputs) => inputs / BlockSize * (BlockTables + (long)BlockNumbers);

    /// <summary>The form of some blocks of a row, as <see cref="Make"/> lays it out.</summary>
    /// <param name="prepared">Where it begins.</param>
    /// <param name="blocks">Blocks.</param>
    public WordTableRow Row(float* prepared, int blocks)
    {
        nint length = (nint)blocks * BlockTables;
        return new(prepared, prepared + length, prepared + (2 * length));
    }

    public override void Prepare(float* x, int inputs, bool exact, float* prepared) =>
        Make(x, 0, inputs / BlockSize, Row(prepared, inputs / BlockSize), exact ? 0 : MostStep(x, inputs));

    /// <summary>The square of the largest step that needs no second tables.</summary>
    public double MostStep(float* x, int inputs) => MostStep(x, inputs, Bits, Fields);

    /// <summary>The same for codes of <paramref name="bits"/> bits and other fields.</summary>
    /// <remarks>A field is rounded evenly over a step; codes are taken to be even over their values.</remarks>
    public static double MostStep(float* x, int inputs, int bits, WordFields fields)
    {
        double levels = 1 << bits, variance = ((levels * levels) - 1) / 12, roundings = (double)fields.Count * inputs * bits / 16;
        return MostError * MostError * variance * TensorPrimitives.SumOfSquares(new ReadOnlySpan<float>(x, inputs)) * 12 / roundings;
    }

    /// <summary>Makes the form of some blocks.</summary>
    /// <param name="x">The row.</param>
    /// <param name="first">The first block.</param>
    /// <param name="count">Blocks.</param>
    /// <param name="form">What is made.</param>
    /// <param name="mostStep"><see cref="MostStep(float*, int)"/> of the row.</param>
    public void Make(float* x, int first, int count, WordTableRow form, double mostStep)
    {
        x += (nint)first * BlockSize;
        ushort* tables = (ushort*)form.Tables, rest = (ushort*)form.Rest;
        float* numbers = form.Numbers;
        for (int b = 0; b < count; b++)
        {
            float step = _tables.Make(x, BlockSize, tables, out float sum);
            bool coarse = (double)step * step > mostStep;
            (numbers[0], numbers[1], numbers[2]) = (step, sum, coarse ? _tables.MakeRemainder(x, BlockSize, rest) : 0);
            x += BlockSize;
            tables += 2 * BlockTables;
            rest += 2 * BlockTables;
            numbers += BlockNumbers;
        }
    }
}

/// <summary>A row's form.</summary>
/// <param name="tables">The entries of each word.</param>
/// <param name="rest">As many of what was left out of them.</param>
/// <param name="numbers">Four a block.</param>
internal readonly unsafe struct WordTableRow(float* tables, float* rest, float* numbers)
{
    public float* Tables { get; } = tables;

    public float* Rest { get; } = rest;

    public float* Numbers { get; } = numbers;
}
