using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>
/// Two vectors of rows of a <see cref="SuperBlockLayout"/> times one row of inputs in 16-bit integers (<see cref="QuantizedRow"/>): within a super-block products, and their sums times
/// the groups' scales, are integers and exact; what super-blocks make is added in float32.
/// </summary>
internal readonly unsafe struct SuperBlockSlab<TFormat, TLanes, TIntegers, TVector>(SuperBlockLayout layout)
    where TFormat : ISuperBlock
    where TLanes : ISingleLanes<TVector>
    where TIntegers : IIntegerLanes<TVector>
    where TVector : unmanaged
{
    private const int Strips = 8, StripLength = 32, QuadsOfStrip = 8, MostScaleWords = 4;

    private readonly byte* _chunks = layout.Chunks(0);
    private readonly int _blocks = layout.Blocks;
    private readonly int _chunkBytes = layout.ChunkBytes;

    /// <summary>Rows that are worked on together.</summary>
    public static int RowsAtOnce => 2 * TLanes.Count;

    private static int ScaleWords => Strips * StripLength / TFormat.GroupSize / 4;

    /// <summary>The outputs of the 64 rows of <paramref name="slab"/>.</summary>
    /// <param name="slab">The slab.</param>
    /// <param name="x">The row's blocks.</param>
    /// <param name="y">64 outputs.</param>
    public void Multiply(nint slab, uint* x, float* y)
    {
        new Span<float>(y, SuperBlockLayout.SlabRows).Clear();
        byte* chunk = Chunks(slab);
        int bytes = _chunkBytes;
        for (int b = 0; b < _blocks; b++)
        {
            for (int row = 0; row < SuperBlockLayout.SlabRows; row += RowsAtOnce)
            {
                // The same part of the next 64 blocks.
                int part = bytes * RowsAtOnce / SuperBlockLayout.SlabRows;
                Prefetch.Read(chunk + bytes + (row * (bytes / SuperBlockLayout.SlabRows)), part);
                MultiplyBlock((uint*)chunk, row, x, y + row);
            }
            chunk += bytes;
            x += QuantizedRow.BlockWords;
        }
    }

    /// <summary>The weights of rows <paramref name="row"/> .. of <paramref name="slab"/> at columns start .. start + depth - 1, whole strips: depth x <see cref="RowsAtOnce"/> floats.</summary>
    [SkipLocalsInit]
    public void Dequantize(nint slab, int row, int start, int depth, float* panel)
    {
        TVector* scales = stackalloc TVector[4 * MostScaleWords];
        int unpacked = -1;
        for (int end = start + depth; start < end; start += StripLength)
        {
            int b = start / (Strips * StripLength);
            uint* chunk = (uint*)(Chunks(slab) + ((nint)b * _chunkBytes));
            if (b != unpacked)
            {
                LoadScales(chunk + row, scales);
                unpacked = b;
            }
            switch (start / StripLength % Strips)
            {
                case 0:
                    DequantizeStrip<Strip0>(chunk, row, scales, panel);
                    break;
                case 1:
                    DequantizeStrip<Strip1>(chunk, row, scales, panel);
                    break;
                case 2:
                    DequantizeStrip<Strip2>(chunk, row, scales, panel);
                    break;
                case 3:
                    DequantizeStrip<Strip3>(chunk, row, scales, panel);
                    break;
                case 4:
                    DequantizeStrip<Strip4>(chunk, row, scales, panel);
                    break;
                case 5:
                    DequantizeStrip<Strip5>(chunk, row, scales, panel);
                    break;
                case 6:
                    DequantizeStrip<Strip6>(chunk, row, scales, panel);
                    break;
                default:
                    DequantizeStrip<Strip7>(chunk, row, scales, panel);
                    break;
            }
            panel += StripLength * RowsAtOnce;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void MultiplyBlock(uint* chunk, int row, uint* x, float* y)
    {
        TVector* scales = stackalloc TVector[4 * MostScaleWords];
        uint* block = chunk + row;
        LoadScales(block, scales);
        TVector high0 = TLanes.Zero, low0 = TLanes.Zero, high1 = TLanes.Zero, low1 = TLanes.Zero;
        TVector* minima = scales + (2 * MostScaleWords);
        uint* sums = x + (TFormat.GroupSize == 16 ? QuantizedRow.SumsOf16 : QuantizedRow.SumsOf32);
        for (int w = 0; w < ScaleWords; w++)
        {
            AddMinima(minima[w], sums, ref high0, ref low0);
            AddMinima(minima[MostScaleWords + w], sums, ref high1, ref low1);
            sums += 4;
        }

        var products = new Products { MinimumHigh0 = high0, MinimumLow0 = low0, MinimumHigh1 = high1, MinimumLow1 = low1 };
        AddStrip<Strip0>(block, x, scales, &products);
        AddStrip<Strip1>(block, x, scales, &products);
        AddStrip<Strip2>(block, x, scales, &products);
        AddStrip<Strip3>(block, x, scales, &products);
        AddStrip<Strip4>(block, x, scales, &products);
        AddStrip<Strip5>(block, x, scales, &products);
        AddStrip<Strip6>(block, x, scales, &products);
        AddStrip<Strip7>(block, x, scales, &products);

        TVector scale = TLanes.Broadcast(((float*)x)[QuantizedRow.Scale]);
        Finish(chunk, row, scale, products.High0, products.Low0, products.MinimumHigh0, products.MinimumLow0, y);
        Finish(chunk, row + TLanes.Count, scale, products.High1, products.Low1, products.MinimumHigh1, products.MinimumLow1, y + TLanes.Count);
    }

    /// <summary>Scales of the first vector, of the second, minima of the first, of the second; each in <see cref="MostScaleWords"/> vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void LoadScales(uint* block, TVector* scales)
    {
        TFormat.Scales<TLanes, TIntegers, TVector>(block, scales, scales + (2 * MostScaleWords));
        TFormat.Scales<TLanes, TIntegers, TVector>(block + TLanes.Count, scales + MostScaleWords, scales + (3 * MostScaleWords));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddMinima(TVector minima, uint* sums, ref TVector high, ref TVector low)
    {
        TVector even = TIntegers.EvenBytes(minima), odd = TIntegers.OddBytes(minima);
        high = TIntegers.AddIntegers(high, TIntegers.MultiplyShorts(even, TIntegers.Broadcast(sums)));
        low = TIntegers.AddIntegers(low, TIntegers.MultiplyShorts(even, TIntegers.Broadcast(sums + 1)));
        high = TIntegers.AddIntegers(high, TIntegers.MultiplyShorts(odd, TIntegers.Broadcast(sums + 2)));
        low = TIntegers.AddIntegers(low, TIntegers.MultiplyShorts(odd, TIntegers.Broadcast(sums + 3)));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AddStrip<TStrip>(uint* block, uint* x, TVector* scales, Products* products)
        where TStrip : IStrip
    {
        TVector high0 = products->High0, low0 = products->Low0, high1 = products->High1, low1 = products->Low1;
        uint* inputs = x + (2 * QuadsOfStrip * TStrip.Index);
        for (int run = 0; run < QuadsOfStrip; run += TFormat.QuadsPerRun)
        {
            Multiply<TStrip>(block, run, inputs, out TVector h0, out TVector l0, out TVector h1, out TVector l1);
            if (TFormat.QuadsPerRun == 2)
            {
                Add<TStrip>(block, run + 1, inputs, ref h0, ref l0, ref h1, ref l1);
            }
            else if (TFormat.QuadsPerRun == 4)
            {
                Add<TStrip>(block, run + 1, inputs, ref h0, ref l0, ref h1, ref l1);
                Add<TStrip>(block, run + 2, inputs, ref h0, ref l0, ref h1, ref l1);
                Add<TStrip>(block, run + 3, inputs, ref h0, ref l0, ref h1, ref l1);
            }
            else
            {
                for (int quad = run + 1; quad < run + TFormat.QuadsPerRun; quad++)
                {
                    Add<TStrip>(block, quad, inputs, ref h0, ref l0, ref h1, ref l1);
                }
            }
            uint group = ((uint)(TStrip.Index * StripLength) + ((uint)run * 4)) / (uint)TFormat.GroupSize;
            TVector* groups = scales + (group / 4);
            TVector scale = TIntegers.SpreadByte(groups[0], (int)(group % 4));
            high0 = TIntegers.AddIntegers(high0, TIntegers.MultiplyShorts(h0, scale));
            low0 = TIntegers.AddIntegers(low0, TIntegers.MultiplyShorts(l0, scale));
            scale = TIntegers.SpreadByte(groups[MostScaleWords], (int)(group % 4));
            high1 = TIntegers.AddIntegers(high1, TIntegers.MultiplyShorts(h1, scale));
            low1 = TIntegers.AddIntegers(low1, TIntegers.MultiplyShorts(l1, scale));
        }
        products->High0 = high0;
        products->Low0 = low0;
        products->High1 = high1;
        products->Low1 = low1;
    }

    /// <summary>The products of a quad with the high and the low bytes of its inputs, for both vectors of rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply<TStrip>(uint* block, int quad, uint* inputs, out TVector high0, out TVector low0, out TVector high1, out TVector low1)
        where TStrip : IStrip
    {
        TVector codes0 = TFormat.Codes<TStrip, TLanes, TIntegers, TVector>(block, quad);
        TVector codes1 = TFormat.Codes<TStrip, TLanes, TIntegers, TVector>(block + TLanes.Count, quad);
        TVector high = TIntegers.Broadcast(inputs + (2 * quad)), low = TIntegers.Broadcast(inputs + (2 * quad) + 1);
        high0 = TIntegers.MultiplyBytes(codes0, high);
        low0 = TIntegers.MultiplyBytes(codes0, low);
        high1 = TIntegers.MultiplyBytes(codes1, high);
        low1 = TIntegers.MultiplyBytes(codes1, low);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TStrip>(uint* block, int quad, uint* inputs, ref TVector high0, ref TVector low0, ref TVector high1, ref TVector low1)
        where TStrip : IStrip
    {
        Multiply<TStrip>(block, quad, inputs, out TVector h0, out TVector l0, out TVector h1, out TVector l1);
        high0 = TIntegers.AddShorts(high0, h0);
        low0 = TIntegers.AddShorts(low0, l0);
        high1 = TIntegers.AddShorts(high1, h1);
        low1 = TIntegers.AddShorts(low1, l1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(uint* chunk, int row, TVector inputScale, TVector high, TVector low, TVector minimumHigh, TVector minimumLow, float* y)
    {
        TFormat.Halves<TLanes, TVector>(chunk, row, out TVector scale, out TVector minimum);
        if (TFormat.Offset > 0)
        {
            // A power of two.
            int shift = System.Numerics.BitOperations.Log2((uint)TFormat.Offset);
            high = TIntegers.SubtractIntegers(high, TLanes.ShiftLeft(minimumHigh, shift));
            low = TIntegers.SubtractIntegers(low, TLanes.ShiftLeft(minimumLow, shift));
        }
        TVector sum = TLanes.Multiply(scale, Join(high, low));
        if (TFormat.Offset == 0)
        {
            sum = TLanes.Subtract(sum, TLanes.Multiply(minimum, Join(minimumHigh, minimumLow)));
        }
        TLanes.Store(TLanes.MultiplyAdd(inputScale, sum, TLanes.Load(y)), y);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Join(TVector high, TVector low) =>
        TLanes.MultiplyAdd(TLanes.ConvertToSingle(high), TLanes.Broadcast(256), TLanes.ConvertToSingle(low));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void DequantizeStrip<TStrip>(uint* chunk, int row, TVector* scales, float* panel)
        where TStrip : IStrip
    {
        for (int half = 0; half < 2; half++)
        {
            TFormat.Halves<TLanes, TVector>(chunk, row + (half * TLanes.Count), out TVector scale, out TVector minimum);
            uint* block = chunk + row + (half * TLanes.Count);
            TVector* own = scales + (half * MostScaleWords);
            TVector factor = TLanes.Zero, term = TLanes.Zero, mask = TLanes.BroadcastBits(0xFF);
            float* to = panel + (half * TLanes.Count);
            for (int quad = 0; quad < QuadsOfStrip; quad++)
            {
                int column = (TStrip.Index * StripLength) + (quad * 4);
                if (column % TFormat.GroupSize == 0)
                {
                    int group = column / TFormat.GroupSize;
                    factor = TLanes.Multiply(scale, SignedByte(own[group / 4], group % 4));
                    term = TFormat.Offset > 0
                        ? TLanes.Multiply(TLanes.Broadcast(-TFormat.Offset), factor)
                        : TLanes.Multiply(TLanes.Multiply(TLanes.Broadcast(-1), minimum), SignedByte(own[(2 * MostScaleWords) + (group / 4)], group % 4));
                }
                TVector codes = TFormat.Codes<TStrip, TLanes, TIntegers, TVector>(block, quad);
                for (int c = 0; c < 4; c++)
                {
                    TLanes.Store(TLanes.MultiplyAdd(factor, TLanes.ConvertToSingle(TLanes.And(codes, mask)), term), to);
                    codes = TLanes.ShiftRight(codes, 8);
                    to += RowsAtOnce;
                }
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector SignedByte(TVector bytes, int index) =>
        TLanes.ConvertToSingle(TLanes.ShiftRightArithmetic(TIntegers.SpreadByte(bytes, index), 16));

    private byte* Chunks(nint slab) => _chunks + (slab * _blocks * _chunkBytes);

    /// <summary>Sums over a super-block for two vectors of rows: of codes times inputs times scales, and of inputs times minima; of the high and the low bytes of inputs.</summary>
    private struct Products
    {
        public TVector High0, Low0, High1, Low1, MinimumHigh0, MinimumLow0, MinimumHigh1, MinimumLow1;
    }
}
