using DecoupleQ.Kernels.Products;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Attending;

/// <summary>A head's keys as they lie in pages: each feature is a run of positions, which is how a panel wants them.</summary>
/// <param name="sequence">The pages.</param>
/// <param name="first">Position of lane 0, a multiple of 64.</param>
/// <param name="head">The head.</param>
internal readonly unsafe struct PagedKeys<TLanes, TVector, TFormat>(PagedSequence sequence, int first, int head) : IOperand<float>
    where TLanes : ISingleLanes<TVector>
    where TVector : unmanaged
    where TFormat : IPageFormat
{
    public void Pack(nint lane, int lanes, nint start, int depth, int width, float* panel)
    {
        // A panel is a part of a page: its width divides 64. What the page has beyond the lanes asked for does no harm.
        int position = first + (int)lane, slot = position % PageLayout.Positions;
        byte* page = sequence.Page(position), keys = page + sequence.Layout.Keys(head);
        float* scales = (float*)(page + sequence.Layout.KeyScales(head)) + slot;
        for (int d = 0; d < depth; d++)
        {
            nint at = ((start + d) * PageLayout.Positions) + slot;
            for (int l = 0; l < width; l += TLanes.Count)
            {
                TVector key = TFormat.Load<TLanes, TVector>(keys, at + l);
                TLanes.Store(TFormat.Scaled ? TLanes.Multiply(key, TLanes.Load(scales + l)) : key, panel + l);
            }
            panel += width;
        }
    }
}

/// <summary>A head's values as they lie in pages.</summary>
/// <param name="sequence">The pages.</param>
/// <param name="first">Position of depth 0, a multiple of 64.</param>
/// <param name="head">The head.</param>
internal readonly unsafe struct PagedValues<TLanes, TVector, TFormat>(PagedSequence sequence, int first, int head) : IOperand<float>
    where TLanes : ISingleLanes<TVector>
    where TVector : unmanaged
    where TFormat : IPageFormat
{
    public void Pack(nint lane, int lanes, nint start, int depth, int width, float* panel)
    {
        for (int d = 0; d < depth; d++)
        {
            int position = first + (int)start + d, slot = position % PageLayout.Positions;
            byte* page = sequence.Page(position);
            float scale = TFormat.Scaled ? ((float*)(page + sequence.Layout.ValueScales(head)))[slot] : 1;
            byte* values = page + sequence.Layout.Values(head);
            nint at = ((nint)slot * sequence.Layout.ValueSize) + lane;
            int l = 0;
            for (; l <= lanes - TLanes.Count; l += TLanes.Count)
            {
                TVector value = TFormat.Load<TLanes, TVector>(values, at + l);
                TLanes.Store(TFormat.Scaled ? TLanes.Multiply(value, TLanes.Broadcast(scale)) : value, panel + l);
            }
            for (; l < lanes; l++)
            {
                panel[l] = TFormat.Load<SingleLanes1, float>(values, at + l) * scale;
            }
            for (; l < width; l++)
            {
                panel[l] = 0;
            }
            panel += width;
        }
    }
}
