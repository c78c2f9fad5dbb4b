using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// What 16 bits of a row's codes can add to a product, as tables of 16-bit integers, one for each of the fields that an instruction set cuts a word into.
/// </summary>
/// <remarks>
/// A product is linear in the bits of the codes: bit k of a code weighs 2^k times its input. So the same tables serve codes of every width, those that are cut
/// by a table's or a word's end too. Entries are of bits from which a half is taken, which halves their range, and are rounded when they have been summed:
/// one rounding a field. The step is that of a block of words: so fine that the entries of a word always sum to 16 bits.
/// </remarks>
/// <param name="bits">Bits of a code.</param>
/// <param name="fields">The fields of a word.</param>
/// <param name="offset">What is added to the first entry of a word: <see cref="Offset"/>, or 0 where sums are taken as signed integers.</param>
internal sealed unsafe class WordTables(int bits, WordFields fields, int offset = WordTables.Offset) : IEquatable<WordTables>
{
    /// <summary>Entries of a word's tables with <see cref="WordFields.SixFiveFive"/>.</summary>
    public const int Entries = 128;

    /// <summary>Words of a block of a group's at most.</summary>
    public const int BlockWords = 8;

    /// <summary>Words of any block at most.</summary>
    public const int MostWords = 40;

    /// <summary>What is added to the first entry of a word, so that sums are not negative.</summary>
    public const int Offset = 1 << 15;

    private const int WordBits = 16;
    private const int HalfBits = WordBits / 2;
    private const int MostInputs = 128;
    private const int WordsAtOnce = 8;

    // The entries of a word and their roundings, half a unit each of at most four, stay below 2^15.
    private const float Largest = 32765;

    // Where inputs or their sums are near the ends of what a float can be, others are taken instead of them.
    private const float LeastMagnitude = 1e-25f;
    private const float Down = 1f / 4096;
    private const float Up = 1L << 60;

    // For each half of a word of a unit which input it begins with, which from there on a bit belongs to, and what it makes of it.
    private readonly (int First, Vector256<int> Input, Vector256<float> Weight)[] _phases =
    [
        .. Enumerable.Range(0, 2 * Phases(bits)).Select(half => (
            half * HalfBits / bits,
            Vector256.Create<int>([.. Bits(half).Select(bit => (bit / bits) - (half * HalfBits / bits))]),
            Vector256.Create<float>([.. Bits(half).Select(bit => (float)(1 << (bit % bits)))]))),
    ];

    private (int Bits, WordFields Fields, int Offset) Key => (bits, fields, offset);

    // What the roundings of a word's fields leave out is at most half a unit each.
    private float RemainderScale { get; } = Largest / (.5f * fields.Count);

    /// <summary>Inputs after which words begin with a code again.</summary>
    public int Unit { get; } = UnitOf(bits);

    /// <summary>Inputs after which words of codes of <paramref name="bits"/> bits begin with a code again.</summary>
    public static int UnitOf(int bits) => Phases(bits) * WordBits / bits;

    /// <summary>Whether groups begin with a word that begins with a code.</summary>
    public static bool Fit(int bits, int groupSize) => groupSize % UnitOf(bits) == 0;

    /// <summary>Inputs of a block: as many as divide a group, at most eight words of them.</summary>
    public static int BlockSize(int groupSize, int bits)
    {
        int unit = UnitOf(bits), units = groupSize / unit, most = Math.Max(1, BlockWords * WordBits / bits / unit);
        for (int count = Math.Min(units, most); ; count--)
        {
            if (units % count == 0)
            {
                return count * unit;
            }
        }
    }

    /// <summary>Whether both make the same of a row: weights share what was made of it.</summary>
    public bool Equals(WordTables? other) => other is not null && Key == other.Key;

    public override bool Equals(object? obj) => Equals(obj as WordTables);

    public override int GetHashCode() => Key.GetHashCode();

    /// <summary>Makes the tables of a block.</summary>
    /// <param name="x">The block's inputs.</param>
    /// <param name="count">How many: units, at most <see cref="MostWords"/> words and 128 inputs.</param>
    /// <param name="tables">The entries of each word.</param>
    /// <param name="sum">The sum of the inputs.</param>
    /// <returns>The step of an entry; NaN if an input is not finite.</returns>
    public float Make(float* x, int count, ushort* tables, out float sum) => Fill(x, count, remainder: 0, tables, out sum);

    /// <summary>Makes tables of what rounding left out of those of <see cref="Make"/>; returns their step.</summary>
    public float MakeRemainder(float* x, int count, ushort* tables) => Fill(x, count, RemainderScale, tables, out _) / RemainderScale;

    private static int Phases(int bits) => bits switch
    {
        5 => 5,
        3 or 6 => 3,
        _ => 1,
    };

    private static IEnumerable<int> Bits(int half) => Enumerable.Range(half * HalfBits, HalfBits);

    /// <summary>Makes the tables of a block, or, if <paramref name="remainder"/> is not 0, of that many times what rounding left out of them.</summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private float Fill(float* x, int count, float remainder, ushort* tables, out float sum)
    {
        float* weights = stackalloc float[MostWords * WordBits];
        int words = Weights(x, count, weights, out float magnitude, out sum);
        float factor = 1;
        if (!(magnitude >= LeastMagnitude && float.IsFinite(magnitude)))
        {
            (words, magnitude, factor) = Scaled(x, count, weights, magnitude);
        }

        // Half of the sum of what a word's bits weigh is its largest value.
        float step = magnitude / (2 * Largest);
        float perStep = step == 0 ? 0 : 1 / step;
        if (fields == WordFields.Nibbles)
        {
            NibbleTables.Fill(weights, words, perStep, (ushort)offset, remainder, tables);
            return step / factor;
        }
        Vector512<float> inverse = Vector512.Create(perStep), half = Vector512.Create(.5f);

        // The bits of the entry that a lane makes, less a half: a pack takes four lanes of each of two vectors in turn, so bit 2 is the vector's.
        Vector512<float> bit0 = Vector512.Create(-.5f, .5f, -.5f, .5f, -.5f, .5f, -.5f, .5f, -.5f, .5f, -.5f, .5f, -.5f, .5f, -.5f, .5f);
        Vector512<float> bit1 = Vector512.Create(-.5f, -.5f, .5f, .5f, -.5f, -.5f, .5f, .5f, -.5f, -.5f, .5f, .5f, -.5f, -.5f, .5f, .5f);
        Vector512<float> bit3 = Vector512.Create(-.5f, -.5f, -.5f, -.5f, .5f, .5f, .5f, .5f, -.5f, -.5f, -.5f, -.5f, .5f, .5f, .5f, .5f);
        Vector512<float> bit4 = Vector512.Create(-.5f, -.5f, -.5f, -.5f, -.5f, -.5f, -.5f, -.5f, .5f, .5f, .5f, .5f, .5f, .5f, .5f, .5f);
        Vector512<ushort> added = Vector512.Create((ushort)offset);
        for (float* w = weights, end = weights + (words * WordBits); w < end; w += WordBits, tables += Entries)
        {
            Vector512<float> four = Sum(bit0, bit1, bit3, bit4, w), two = half * Vector512.Create(w[2]), five = half * Vector512.Create(w[5]);
            Vector512<float> low = four - five, high = four + five;
            (Pack(low - two, low + two, inverse, remainder) ^ added).Store(tables);
            (Pack(high - two, high + two, inverse, remainder) ^ added).Store(tables + 32);
            four = Sum(bit0, bit1, bit3, bit4, w + 6);
            two = half * Vector512.Create(w[8]);
            Pack(four - two, four + two, inverse, remainder).Store(tables + 64);
            four = Sum(bit0, bit1, bit3, bit4, w + 11);
            two = half * Vector512.Create(w[13]);
            Pack(four - two, four + two, inverse, remainder).Store(tables + 96);
        }
        return step / factor;
    }

    /// <summary>As <see cref="Weights"/> of inputs times a factor with which their sums are numbers of full precision, if there is one.</summary>
    private (int Words, float Magnitude, float Factor) Scaled(float* x, int count, float* weights, float magnitude)
    {
        float* scaled = stackalloc float[MostInputs];
        float factor = magnitude < LeastMagnitude ? Up : Down;
        TensorPrimitives.Multiply(new ReadOnlySpan<float>(x, count), factor, new Span<float>(scaled, count));
        int words = Weights(scaled, count, weights, out magnitude, out _);
        return (words, float.IsFinite(magnitude) ? magnitude : float.NaN, factor);
    }

    /// <summary>
    /// What the bits of each word weigh, the largest sum of magnitudes that a word has (infinite or NaN if one is), and the sum of the inputs.
    /// </summary>
    [SkipLocalsInit]
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Weights(float* x, int count, float* weights, out float magnitude, out float sum)
    {
        // Units of fewer than 16 inputs are loaded with what follows them.
        float* inputs = stackalloc float[MostInputs + WordBits];
        Vector512<float> sums = Vector512<float>.Zero;
        int j = 0;
        for (; j <= count - WordBits; j += WordBits)
        {
            Vector512<float> next = Vector512.Load(x + j);
            next.Store(inputs + j);
            sums += next;
        }
        Vector512<float>.Zero.Store(inputs + count);
        if (j < count)
        {
            Vector512<float>.Zero.Store(inputs + j);
            for (int i = j; i < count; i++)
            {
                inputs[i] = x[i];
            }
            sums += Vector512.Load(inputs + j);
        }
        sum = Sum(sums);

        float* to = weights;
        for (j = 0; j < count; j += Unit)
        {
            foreach ((int first, Vector256<int> input, Vector256<float> weight) in _phases)
            {
                (Avx2.PermuteVar8x32(Vector256.Load(inputs + j + first), input) * weight).Store(to);
                to += HalfBits;
            }
        }
        int words = (int)(to - weights) / WordBits;
        for (int w = words; w % WordsAtOnce != 0; w++)
        {
            Vector512<float>.Zero.Store(weights + (w * WordBits));
        }
        magnitude = LargestSum(weights);
        for (int w = WordsAtOnce; w < words; w += WordsAtOnce)
        {
            // What is not a number is neither less than another nor equal to it.
            float next = LargestSum(weights + (w * WordBits));
            magnitude = next <= magnitude ? magnitude : float.IsNaN(magnitude) ? magnitude : next;
        }
        return words;
    }

    /// <summary>
    /// The largest of the sums of magnitudes of eight words: sums of half as many lanes each time, two words in a vector, then four, then eight.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float LargestSum(float* weights)
    {
        Vector256<float> four = Avx.HorizontalAdd(Pair(weights), Pair(weights + (2 * WordBits)));
        Vector256<float> eight = Avx.HorizontalAdd(Pair(weights + (4 * WordBits)), Pair(weights + (6 * WordBits)));
        Vector256<float> all = Avx.Permute2x128(four, eight, 0x20) + Avx.Permute2x128(four, eight, 0x31);

        // As integers, sums of magnitudes are in the same order, and what is not a number is the largest.
        Vector256<int> ordered = all.AsInt32();
        Vector128<int> quarter = Vector128.Max(ordered.GetLower(), ordered.GetUpper());
        quarter = Vector128.Max(quarter, Vector128.Shuffle(quarter, Vector128.Create(2, 3, 0, 1)));
        return BitConverter.Int32BitsToSingle(Math.Max(quarter.ToScalar(), quarter.GetElement(1)));
    }

    /// <summary>Two words' magnitudes, summed to 128 bits each: halves of these alternate.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Pair(float* weights) => Avx.HorizontalAdd(Magnitudes(weights), Magnitudes(weights + WordBits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> Magnitudes(float* word) => Vector256.Abs(Vector256.Load(word)) + Vector256.Abs(Vector256.Load(word + HalfBits));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Sum(Vector512<float> vector)
    {
        Vector256<float> eight = vector.GetLower() + vector.GetUpper();
        Vector128<float> four = eight.GetLower() + eight.GetUpper();
        four += Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1));
        return four.ToScalar() + four.GetElement(1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> Sum(Vector512<float> bit0, Vector512<float> bit1, Vector512<float> bit3, Vector512<float> bit4, float* w)
    {
        Vector512<float> sum = bit0 * Vector512.Create(w[0]);
        sum = Vector512.FusedMultiplyAdd(bit1, Vector512.Create(w[1]), sum);
        sum = Vector512.FusedMultiplyAdd(bit3, Vector512.Create(w[3]), sum);
        return Vector512.FusedMultiplyAdd(bit4, Vector512.Create(w[4]), sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<ushort> Pack(Vector512<float> low, Vector512<float> high, Vector512<float> inverse, float remainder)
    {
        low *= inverse;
        high *= inverse;
        if (remainder != 0)
        {
            Vector512<float> factor = Vector512.Create(remainder);
            low = (low - Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(low))) * factor;
            high = (high - Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(high))) * factor;
        }
        return Avx512BW.PackSignedSaturate(Avx512F.ConvertToVector512Int32(low), Avx512F.ConvertToVector512Int32(high)).AsUInt16();
    }
}
