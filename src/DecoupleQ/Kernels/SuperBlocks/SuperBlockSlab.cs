using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.SuperBlocks;

/// <summary>
/// Two vectors of rows of a <see cref="SuperBlockLayout"/> times one row of inputs in 16-bit integers (<see cref="QuantizedRow"/>): within a super-block
/// products, and their sums times
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

    /// <summary>Vectors that <see cref="LoadScales"/> fills.</summary>
    public const int ScaleVectors = 4 * MostScaleWords;

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
                // The next 64 blocks, in as many parts as there are passes over these.
                byte* ahead = chunk + bytes + (row * (bytes / SuperBlockLayout.SlabRows));
                MultiplyBlock((uint*)chunk, row, x, y + row, ahead, BytesAhead(bytes));
            }
            chunk += bytes;
            x += QuantizedRow.BlockWords;
        }
    }

    /// <summary>
    /// The weights of rows <paramref name="row"/> .. of <paramref name="slab"/> at columns start .. start + depth - 1, whole strips: depth x <see
    /// cref="RowsAtOnce"/> floats.
    /// </summary>
    [SkipLocalsInit]
    public void Dequantize(nint slab, int row, int start, int depth, float* panel)
    {
        TVector* scales = stackalloc TVector[ScaleVectors];
        int unpacked = -1;
        for (int end = start + depth; start < end; start += StripLength)
        {
            int b = start / (Strips * StripLength);
            uint* chunk = Chunk(slab, b);
            if (b != unpacked)
            {
                LoadScales(chunk + row, scales);
                unpacked = b;
            }
            int strip = start / StripLength % Strips;
            switch (strip / 2)
            {
                case 0:
                    DequantizeStrip<StripPair0>(chunk, row, strip, scales, panel);
                    break;
                case 1:
                    DequantizeStrip<StripPair1>(chunk, row, strip, scales, panel);
                    break;
                case 2:
                    DequantizeStrip<StripPair2>(chunk, row, strip, scales, panel);
                    break;
                default:
                    DequantizeStrip<StripPair3>(chunk, row, strip, scales, panel);
                    break;
            }
            panel += StripLength * RowsAtOnce;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    [SkipLocalsInit]
    private static void MultiplyBlock(uint* chunk, int row, uint* x, float* y, byte* ahead, int step)
    {
        TVector* scales = stackalloc TVector[ScaleVectors];
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
        AddPair<StripPair0>(block, x, scales, &products, ahead + (0 * QuadsOfStrip * step), step);
        AddPair<StripPair1>(block, x, scales, &products, ahead + (1 * QuadsOfStrip * step), step);
        AddPair<StripPair2>(block, x, scales, &products, ahead + (2 * QuadsOfStrip * step), step);
        AddPair<StripPair3>(block, x, scales, &products, ahead + (3 * QuadsOfStrip * step), step);

        TVector scale = TLanes.Broadcast(((float*)x)[QuantizedRow.Scale]);
        Finish(chunk, row, scale, products.High0, products.Low0, products.MinimumHigh0, products.MinimumLow0, y);
        Finish(chunk, row + TLanes.Count, scale, products.High1, products.Low1, products.MinimumHigh1, products.MinimumLow1, y + TLanes.Count);
    }

    /// <summary>Scales of the first vector, of the second, minima of the first, of the second; each in <see cref="MostScaleWords"/> vectors.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void LoadScales(uint* block, TVector* scales)
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
    private static void AddPair<TPair>(uint* block, uint* x, TVector* scales, Products* products, byte* ahead, int step)
        where TPair : IStripPair
    {
        TVector high0 = products->High0, low0 = products->Low0, high1 = products->High1, low1 = products->Low1;
        uint* inputs = x + (4 * QuadsOfStrip * TPair.Index);
        for (int run = 0; run < QuadsOfStrip; run += TFormat.QuadsPerRun)
        {
            // A few lines at a time: many at once would wait for each other, and what follows for them.
            Prefetch.Read(ahead, TFormat.QuadsPerRun * step);
            ahead += TFormat.QuadsPerRun * step;
            Multiply<TPair>(block, run, inputs, out Quads even, out Quads odd);
            if (TFormat.QuadsPerRun == 2)
            {
                Add<TPair>(block, run + 1, inputs, ref even, ref odd);
            }
            else if (TFormat.QuadsPerRun == 4)
            {
                Add<TPair>(block, run + 1, inputs, ref even, ref odd);
                Add<TPair>(block, run + 2, inputs, ref even, ref odd);
                Add<TPair>(block, run + 3, inputs, ref even, ref odd);
            }
            else
            {
                for (int quad = run + 1; quad < run + TFormat.QuadsPerRun; quad++)
                {
                    Add<TPair>(block, quad, inputs, ref even, ref odd);
                }
            }
            uint group = ((uint)(2 * TPair.Index * StripLength) + ((uint)run * 4)) / (uint)TFormat.GroupSize;
            AddRun(even, scales + (group / 4), (int)(group % 4), TFormat.OddShift, ref high0, ref low0, ref high1, ref low1);
            group += (uint)(StripLength / TFormat.GroupSize);
            AddRun(odd, scales + (group / 4), (int)(group % 4), 0, ref high0, ref low0, ref high1, ref low1);
        }
        products->High0 = high0;
        products->Low0 = low0;
        products->High1 = high1;
        products->Low1 = low1;
    }

    /// <summary>Adds the products of a run times the scale of its group.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddRun(in Quads run, TVector* scales, int index, int shift, ref TVector high0, ref TVector low0, ref TVector high1, ref TVector low1)
    {
        TVector scale = TIntegers.SpreadByte(scales[0], index, shift);
        high0 = TIntegers.AddIntegers(high0, TIntegers.MultiplyShorts(run.High0, scale));
        low0 = TIntegers.AddIntegers(low0, TIntegers.MultiplyShorts(run.Low0, scale));
        scale = TIntegers.SpreadByte(scales[MostScaleWords], index, shift);
        high1 = TIntegers.AddIntegers(high1, TIntegers.MultiplyShorts(run.High1, scale));
        low1 = TIntegers.AddIntegers(low1, TIntegers.MultiplyShorts(run.Low1, scale));
    }

    /// <summary>The products of a quad of both strips with the high and the low bytes of their inputs, for both vectors of rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply<TPair>(uint* block, int quad, uint* inputs, out Quads even, out Quads odd)
        where TPair : IStripPair
    {
        TFormat.Codes<TPair, TLanes, TIntegers, TVector>(block, quad, out TVector even0, out TVector odd0);
        TFormat.Codes<TPair, TLanes, TIntegers, TVector>(block + TLanes.Count, quad, out TVector even1, out TVector odd1);
        inputs += 2 * quad;
        TVector high = TIntegers.Broadcast(inputs), low = TIntegers.Broadcast(inputs + 1);
        even.High0 = TIntegers.MultiplyBytes(even0, high);
        even.Low0 = TIntegers.MultiplyBytes(even0, low);
        even.High1 = TIntegers.MultiplyBytes(even1, high);
        even.Low1 = TIntegers.MultiplyBytes(even1, low);
        inputs += 2 * QuadsOfStrip;
        high = TIntegers.Broadcast(inputs);
        low = TIntegers.Broadcast(inputs + 1);
        odd.High0 = TIntegers.MultiplyBytes(odd0, high);
        odd.Low0 = TIntegers.MultiplyBytes(odd0, low);
        odd.High1 = TIntegers.MultiplyBytes(odd1, high);
        odd.Low1 = TIntegers.MultiplyBytes(odd1, low);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<TPair>(uint* block, int quad, uint* inputs, ref Quads even, ref Quads odd)
        where TPair : IStripPair
    {
        Multiply<TPair>(block, quad, inputs, out Quads evenQuad, out Quads oddQuad);
        even.Add(evenQuad);
        odd.Add(oddQuad);
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
        scale = TLanes.Multiply(scale, TLanes.Broadcast(1f / (1 << TFormat.OddShift)));
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
    private static void DequantizeStrip<TPair>(uint* chunk, int row, int strip, TVector* scales, float* panel)
        where TPair : IStripPair
    {
        bool isOdd = strip % 2 == 1;
        float unit = isOdd ? 1f / (1 << TFormat.OddShift) : 1;
        for (int half = 0; half < 2; half++)
        {
            uint* block = chunk + row + (half * TLanes.Count);
            TVector factor = TLanes.Zero, term = TLanes.Zero, mask = TLanes.BroadcastBits(0xFF);
            float* to = panel + (half * TLanes.Count);
            for (int quad = 0; quad < QuadsOfStrip; quad++)
            {
                int column = (strip * StripLength) + (quad * 4);
                if (column % TFormat.GroupSize == 0)
                {
                    Factors(chunk, row, half, scales, column / TFormat.GroupSize, out factor, out term);
                    factor = TLanes.Multiply(factor, TLanes.Broadcast(unit));
                }
                TFormat.Codes<TPair, TLanes, TIntegers, TVector>(block, quad, out TVector codes, out TVector odd);
                if (isOdd)
                {
                    codes = odd;
                }
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
        TLanes.ConvertToSingle(TLanes.ShiftRightArithmetic(TIntegers.SpreadByte(bytes, index, 0), 16));

    /// <summary>Bytes to ask for with each quad, so that a pass over all of them asks for its part of the next blocks.</summary>
    private static int BytesAhead(int bytes)
    {
        int part = bytes * RowsAtOnce / SuperBlockLayout.SlabRows, quads = Strips / 2 * QuadsOfStrip;
        return (part + quads - 1) / quads;
    }

    /// <summary>The 64 rows' blocks of a column of super-blocks.</summary>
    public uint* Chunk(nint slab, int block) => (uint*)(Chunks(slab) + ((nint)block * _chunkBytes));

    /// <summary>A group's scale and bias for a vector of rows: a weight is <c>scale * code + bias</c>.</summary>
    /// <param name="chunk">The slab's blocks.</param>
    /// <param name="row">The first row of two vectors.</param>
    /// <param name="vector">Which of the two, 0 or 1.</param>
    /// <param name="scales">What <see cref="LoadScales"/> made for both.</param>
    /// <param name="group">The group.</param>
    /// <param name="scale">Scales.</param>
    /// <param name="bias">Biases.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Factors(uint* chunk, int row, int vector, TVector* scales, int group, out TVector scale, out TVector bias)
    {
        TFormat.Halves<TLanes, TVector>(chunk, row + (vector * TLanes.Count), out TVector unit, out TVector minimum);
        TVector* own = scales + (vector * MostScaleWords) + (group / 4);
        scale = TLanes.Multiply(unit, SignedByte(own[0], group % 4));
        bias = TFormat.Offset > 0
            ? TLanes.Multiply(TLanes.Broadcast(-TFormat.Offset), scale)
            : TLanes.Multiply(TLanes.Multiply(TLanes.Broadcast(-1), minimum), SignedByte(own[2 * MostScaleWords], group % 4));
    }

    private byte* Chunks(nint slab) => _chunks + (slab * _blocks * _chunkBytes);

    /// <summary>
    /// Sums over a super-block for two vectors of rows: of codes times inputs times scales, and of inputs times minima; of the high and the low bytes of
    /// inputs.
    /// </summary>
    private struct Products
    {
        public TVector High0, Low0, High1, Low1, MinimumHigh0, MinimumLow0, MinimumHigh1, MinimumLow1;
    }

    /// <summary>16-bit sums of products of quads: of the high and the low bytes of inputs, for two vectors of rows.</summary>
    private struct Quads
    {
        public TVector High0, Low0, High1, Low1;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Add(in Quads other)
        {
            High0 = TIntegers.AddShorts(High0, other.High0);
            Low0 = TIntegers.AddShorts(Low0, other.Low0);
            High1 = TIntegers.AddShorts(High1, other.High1);
            Low1 = TIntegers.AddShorts(Low1, other.Low1);
        }
    }
}
