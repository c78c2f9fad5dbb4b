using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>Codes and scales of a <see cref="WordBlockLayout{TFormat, TPairs}"/>, group by group, as vectors of rows.</summary>
internal unsafe struct WordBlockGroups<TFormat, TPairs>
    where TFormat : ISuperBlock
    where TPairs : IScalePairs
{
    /// <summary>Vectors that a caller lends for scales: as many again for minima.</summary>
    public const int MostPairs = 8;

    private Vector512<short>* _scales, _minima;
    private Vector512<float> _d, _least;

    /// <summary>Unpacks the scales of 16 rows of a slab.</summary>
    /// <param name="packed">The slab's scales of a super-block.</param>
    /// <param name="row">The first row.</param>
    /// <param name="memory">Twice <see cref="MostPairs"/> vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Load(byte* packed, int row, Vector512<short>* memory)
    {
        _scales = memory;
        _minima = memory + MostPairs;
        TPairs.Unpack((uint*)packed + row, _scales, _minima, 1);
        ushort* halves = WordBlockMap<TFormat, TPairs>.Halves(packed) + row;
        _d = Float16Format.Load<SingleLanes512, Vector512<float>>(halves);
        if (TFormat.Offset == 0)
        {
            _least = Float16Format.Load<SingleLanes512, Vector512<float>>(halves + SuperBlockLayout.SlabRows);
        }
    }

    /// <summary>A group's scale and bias: a weight is <c>scale * code + bias</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly void Factors(int group, out Vector512<float> scale, out Vector512<float> bias)
    {
        int pair = (group / WordBlocks.Four * 2) + (group % 2);
        bool second = group % WordBlocks.Four >= 2;
        scale = _d * Half(_scales[pair], second);
        bias = TFormat.Offset == 0 ? -(_least * Half(_minima[pair], second)) : scale * -TFormat.Offset;

        static Vector512<float> Half(Vector512<short> pairs, bool second)
        {
            Vector512<int> both = pairs.AsInt32();
            return Vector512.ConvertToSingle((second ? both : both << 16) >> 16);
        }
    }

    /// <summary>A code of 32 rows, in the order of a word's.</summary>
    /// <param name="words">The first word of the group, from the rows on.</param>
    /// <param name="index">Which code of the group.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<ushort> Code(byte* words, int index)
    {
        int bit = index * TFormat.Bits, shift = bit % WordBlocks.WordBits;
        byte* at = words + (bit / WordBlocks.WordBits * WordBlockMap<TFormat, TPairs>.WordBytes);
        Vector512<ushort> code = Vector512.ShiftRightLogical(Vector512.Load((ushort*)at), shift);
        if (shift + TFormat.Bits > WordBlocks.WordBits)
        {
            Vector512<ushort> next = Vector512.Load((ushort*)(at + WordBlockMap<TFormat, TPairs>.WordBytes));
            code |= Vector512.ShiftLeft(next, WordBlocks.WordBits - shift);
        }
        return code & Vector512.Create((ushort)((1 << TFormat.Bits) - 1));
    }
}
