using System.Runtime.CompilerServices;
using DecoupleQ.Kernels.Simd;

namespace DecoupleQ.Kernels.Linear;

/// <summary>
/// What a block's sums of look-ups add to outputs: <c>scale (step n + c sum) + bias sum</c>, where n is a sum of codes less their middle c times inputs, in
/// steps.
/// </summary>
internal readonly unsafe struct GroupTotals<TLanes, TVector>(AffineLayout layout)
    where TLanes : ISingleLanes<TVector>
    where TVector : unmanaged
{
    private readonly GroupScales<TLanes, TVector> _scales = new(layout);
    private readonly float _middle = ((1 << layout.Bits) - 1) / 2f;

    /// <summary>Where the scales of a group begin.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint* ScalesAt(nint slab, nint group) => _scales.At(slab, group, 0);

    /// <summary>The middle of codes times the sum of a block's inputs.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public TVector MiddleSum(float sum) => TLanes.Broadcast(_middle * sum);

    /// <summary>Adds a vector of rows.</summary>
    /// <param name="at">Their scales.</param>
    /// <param name="n">Integers.</param>
    /// <param name="step">The block's step.</param>
    /// <param name="middleSum"><see cref="MiddleSum"/> of the block.</param>
    /// <param name="sum">The sum of its inputs.</param>
    /// <param name="y">Outputs.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(uint* at, TVector n, TVector step, TVector middleSum, TVector sum, float* y)
    {
        _scales.Load(at, out TVector scale, out TVector bias);
        Add(n, step, middleSum, sum, scale, bias, y);
    }

    /// <summary>The same for two rows of inputs; the block's step and sum are the first two of its numbers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddTwo(uint* at, TVector nA, float* numberA, float* yA, TVector nB, float* numberB, float* yB)
    {
        _scales.Load(at, out TVector scale, out TVector bias);
        Add(nA, TLanes.Broadcast(numberA[0]), MiddleSum(numberA[1]), TLanes.Broadcast(numberA[1]), scale, bias, yA);
        Add(nB, TLanes.Broadcast(numberB[0]), MiddleSum(numberB[1]), TLanes.Broadcast(numberB[1]), scale, bias, yB);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add(TVector n, TVector step, TVector middleSum, TVector sum, TVector scale, TVector bias, float* y)
    {
        TVector part = TLanes.MultiplyAdd(step, TLanes.ConvertToSingle(n), middleSum);
        TLanes.Store(TLanes.MultiplyAdd(scale, part, TLanes.MultiplyAdd(bias, sum, TLanes.Load(y))), y);
    }
}
