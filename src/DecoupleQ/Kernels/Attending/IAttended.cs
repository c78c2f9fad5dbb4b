using DecoupleQ.Kernels.Products;

namespace DecoupleQ.Kernels.Attending;

/// <summary>Keys and values as factors of matrix products, wherever they lie.</summary>
internal interface IAttended<TKeys, TValues>
    where TKeys : unmanaged, IOperand<float>
    where TValues : unmanaged, IOperand<float>
{
    /// <summary>Where the block of keys begins that <paramref name="position"/>, the first one seen, belongs to.</summary>
    int BlockOf(int position);

    /// <summary>A head's keys from <paramref name="position"/> on: lanes are positions, depth is the features.</summary>
    TKeys Keys(int position, int head);

    /// <summary>A head's values from <paramref name="position"/> on: lanes are features, depth is the positions.</summary>
    TValues Values(int position, int head);
}

/// <summary>Keys and values of consecutive positions, row after row.</summary>
internal readonly unsafe struct RowsAttended(AttentionShape shape, float* keys, float* values) : IAttended<StridedOperand<float>, StridedOperand<float>>
{
    private nint KeyWidth => (nint)shape.KeyValueHeads * shape.HeadSize;

    private nint ValueWidth => (nint)shape.KeyValueHeads * shape.ValueSize;

    public int BlockOf(int position) => position;

    public StridedOperand<float> Keys(int position, int head) => new(keys + (position * KeyWidth) + ((nint)head * shape.HeadSize), KeyWidth, 1);

    public StridedOperand<float> Values(int position, int head) => new(values + (position * ValueWidth) + ((nint)head * shape.ValueSize), 1, ValueWidth);
}

/// <summary>Keys and values in pages.</summary>
internal readonly struct PagesAttended<TLanes, TVector, TFormat>(PagedSequence sequence)
    : IAttended<PagedKeys<TLanes, TVector, TFormat>, PagedValues<TLanes, TVector, TFormat>>
    where TLanes : Simd.ISingleLanes<TVector>
    where TVector : unmanaged
    where TFormat : IPageFormat
{
    // At a multiple, so that a query's sums are the same whatever it is asked together with.
    public int BlockOf(int position) => position / PagedHeads.KeysAtOnce * PagedHeads.KeysAtOnce;

    public PagedKeys<TLanes, TVector, TFormat> Keys(int position, int head) => new(sequence, position, head);

    public PagedValues<TLanes, TVector, TFormat> Values(int position, int head) => new(sequence, position, head);
}
