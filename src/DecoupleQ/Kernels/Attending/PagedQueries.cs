using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Tensors;

namespace DecoupleQ.Kernels.Attending;

/// <summary>Prompts: attention of consecutive queries of one sequence to keys and values in pages.</summary>
/// <remarks>The bits of a query's result do not depend on the queries that it is asked together with.</remarks>
internal abstract unsafe class PagedQueries
{
    /// <summary>Query t stands at <c>past + t</c>; its key and value, and those before it, are in the pages.</summary>
    /// <param name="shape">Heads and sizes.</param>
    /// <param name="queries">tokens x (Heads x HeadSize).</param>
    /// <param name="sequence">Keys and values.</param>
    /// <param name="past">Position of the first query.</param>
    /// <param name="tokens">Queries.</param>
    /// <param name="output">tokens x (Heads x ValueSize).</param>
    /// <param name="workers">The team.</param>
    public abstract void Run(in AttentionShape shape, float* queries, PagedSequence sequence, int past, int tokens, float* output, Workers workers);

    /// <summary>The kernel of a format and an instruction set.</summary>
    public static PagedQueries For(KeyValueFormat format, InstructionSet set) => set switch
    {
        InstructionSet.Avx512 => For<SingleLanes512, Vector512<float>>(format, set),
        InstructionSet.Avx2 => For<SingleLanes256, Vector256<float>>(format, set),
        InstructionSet.Vector128 => For<SingleLanes128, Vector128<float>>(format, set),
        _ => For<SingleLanes1, float>(format, set),
    };

    private static PagedQueries For<TLanes, TVector>(KeyValueFormat format, InstructionSet set)
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged => format switch
        {
            KeyValueFormat.F32 => new Of<TLanes, TVector, SinglePages>(set),
            KeyValueFormat.F16 => new Of<TLanes, TVector, HalfPages>(set),
            _ => new Of<TLanes, TVector, BytePages>(set),
        };

    private sealed class Of<TLanes, TVector, TFormat>(InstructionSet set) : PagedQueries
        where TLanes : ISingleLanes<TVector>
        where TVector : unmanaged
        where TFormat : unmanaged, IPageFormat
    {
        public override void Run(in AttentionShape shape, float* queries, PagedSequence sequence, int past, int tokens, float* output, Workers workers)
        {
            var blocks = new QueryBlocks<PagesAttended<TLanes, TVector, TFormat>, PagedKeys<TLanes, TVector, TFormat>, PagedValues<TLanes, TVector, TFormat>>(
                shape, queries, new PagesAttended<TLanes, TVector, TFormat>(sequence), past, tokens, output, set);
            workers.For(blocks.Items, blocks);
        }
    }
}
