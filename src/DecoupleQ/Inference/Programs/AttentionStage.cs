using System.Collections.Immutable;
using System.Numerics.Tensors;
using DecoupleQ.Inference.States;
using DecoupleQ.Kernels.Attending;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;

namespace DecoupleQ.Inference.Programs;

/// <summary>
/// Attention with each sequence's own keys and values, and what makes queries and keys of what the layers before gave: norms of heads, rotation.
/// </summary>
/// <remarks>
/// Long contexts are split at fixed positions, so that all threads have work and the sums do not depend on how many there are. The parts of a head are
/// then merged in order.
/// </remarks>
internal sealed unsafe class AttentionStage : Stage
{
    /// <summary>Positions of a part.</summary>
    private const int PartPositions = 512;

    private readonly ThreadOperations _before;
    private readonly AttentionOperation _attention;
    private readonly AttentionShape _shape;
    private readonly BlockWeights _weights;
    private readonly int _slot;
    private readonly PagedHeads?[] _kernels = new PagedHeads?[3];
    private readonly PagedQueries?[] _prompts = new PagedQueries?[3];
    private readonly Action<int> _attend;
    private readonly Action<int> _merge;

    // Of each decoding row the number of its first work item, and at the end the number of all.
    private int[] _firstItem = [];
    private AlignedArray<float> _parts = new(0);
    private RunningSoftmax[] _partSoftmax = [];
    private StepRows _rows = null!;
    private PaddedCounter _next;

    /// <param name="before">Operations before the attention, row by row, in order.</param>
    /// <param name="attention">The attention.</param>
    /// <param name="weights">The block's weights.</param>
    /// <param name="slot">The number of its state among a sequence's.</param>
    public AttentionStage(ImmutableArray<Operation> before, AttentionOperation attention, BlockWeights weights, int slot)
    {
        _before = new ThreadOperations(before, weights);
        _attention = attention;
        _shape = attention.Shape;
        _weights = weights;
        _slot = slot;
        _attend = Attend;
        _merge = Merge;
    }

    public override void Run(StepRows rows, Workers workers)
    {
        _rows = rows;
        if (rows.Decoding > 0)
        {
            Decode(workers);
        }
        if (rows.Prompts > 0)
        {
            RunPrompts(workers);
        }
        foreach (Segment segment in rows.Segments)
        {
            State(segment).Advance(segment.Rows);
        }
    }

    private KeyValueState State(in Segment segment) => segment.State.Operation<KeyValueState>(_slot);

    private void Decode(Workers workers)
    {
        int rows = _rows.Decoding;
        if (_firstItem.Length <= rows)
        {
            Array.Resize(ref _firstItem, rows + 1);
        }
        bool split = false;
        for (int r = 0; r < rows; r++)
        {
            int parts = Parts(State(_rows.Segments[r]).Length);
            split |= parts > 1;
            _firstItem[r + 1] = _firstItem[r] + (parts * _shape.KeyValueHeads);
        }
        int items = _firstItem[rows];
        if (split)
        {
            long length = (long)items * _shape.Group * _shape.ValueSize;
            if (_parts.Length < length)
            {
                _parts = new AlignedArray<float>(length);
                Array.Resize(ref _partSoftmax, items * _shape.Group);
            }
        }
        _next.Value = 0;
        workers.For(Math.Min(workers.Count, items), _attend);
        if (split)
        {
            workers.For(rows, _merge);
        }
    }

    // The parts that positions 0 .. position (those of them that are seen) lie in.
    private int Parts(int position) => (position / PartPositions) - (_shape.FirstVisible(position) / PartPositions) + 1;

    // One item a thread, which makes queries and keys of a row once for all the heads of it that it comes to.
    private void Attend(int thread)
    {
        int items = _firstItem[_rows.Decoding], group = _shape.Group, size = _shape.HeadSize, valueSize = _shape.ValueSize, row = 0, made = -1;
        using Scratch memory = Scratch.Rent<float>(_before.Width + ((long)group * (size + valueSize + PagedHeads.KeysAtOnce)) + 32);
        float* own = (float*)memory.Pointer, queries = own + _before.Width;
        float* scores = queries + (((group * size) + 15) / 16 * 16), weighted = scores + (group * PagedHeads.KeysAtOnce);
        Span<RunningSoftmax> softmax = stackalloc RunningSoftmax[group];
        for (int item = Interlocked.Increment(ref _next.Value) - 1; item < items; item = Interlocked.Increment(ref _next.Value) - 1)
        {
            while (item >= _firstItem[row + 1])
            {
                row++;
            }
            var values = new ThreadRow(_before, _rows, own);
            if (made != row)
            {
                values.Make(row);
                made = row;
            }
            KeyValueState state = State(_rows.Segments[row]);
            int position = state.Length, parts = Parts(position), keyHead = (item - _firstItem[row]) / parts, part = (item - _firstItem[row]) % parts;
            if (part == parts - 1)
            {
                state.Write(
                    position, keyHead, values.Rows(_attention.Keys, row, 1).Slice(keyHead * size, size),
                    values.Rows(_attention.Values, row, 1).Slice(keyHead * valueSize, valueSize));
            }
            TensorPrimitives.Multiply(
                values.Rows(_attention.Queries, row, 1).Slice(keyHead * group * size, group * size), _shape.Scale, new Span<float>(queries, group * size));
            int firstPart = _shape.FirstVisible(position) / PartPositions;
            int from = Math.Max(_shape.FirstVisible(position), (firstPart + part) * PartPositions);
            int to = Math.Min(position + 1, (firstPart + part + 1) * PartPositions);
            if (parts == 1)
            {
                Kernel(state).Attend(state.Pages, keyHead, from, to, group, queries, softmax, weighted, scores);
                Normalise(weighted, softmax, row, keyHead);
            }
            else
            {
                Kernel(state).Attend(
                    state.Pages, keyHead, from, to, group, queries,
                    _partSoftmax.AsSpan(item * group, group), _parts.Pointer + ((nint)item * group * valueSize), scores);
            }
        }
    }

    /// <summary>Adds up the parts of a row's heads in the order of their positions.</summary>
    private void Merge(int row)
    {
        int parts = Parts(State(_rows.Segments[row]).Length), group = _shape.Group, valueSize = _shape.ValueSize;
        for (int keyHead = 0; keyHead < _shape.KeyValueHeads && parts > 1; keyHead++)
        {
            int first = _firstItem[row] + (keyHead * parts);
            float* sums = _parts.Pointer + ((nint)first * group * valueSize);
            Span<RunningSoftmax> softmax = _partSoftmax.AsSpan(first * group, group);
            for (int part = 1; part < parts; part++)
            {
                for (int h = 0; h < group; h++)
                {
                    (float own, float other) = softmax[h].Merge(_partSoftmax[((first + part) * group) + h]);
                    var to = new Span<float>(sums + ((nint)h * valueSize), valueSize);
                    TensorPrimitives.Multiply(to, own, to);
                    TensorPrimitives.MultiplyAdd(new ReadOnlySpan<float>(sums + ((((nint)part * group) + h) * valueSize), valueSize), other, to, to);
                }
            }
            Normalise(sums, softmax, row, keyHead);
        }
    }

    private void Normalise(float* weighted, ReadOnlySpan<RunningSoftmax> softmax, int row, int keyHead)
    {
        int group = _shape.Group, valueSize = _shape.ValueSize;
        for (int h = 0; h < group; h++)
        {
            var to = new Span<float>(_rows.Row(_attention.Output, row) + (((nint)keyHead * group) + h) * valueSize, valueSize);
            TensorPrimitives.Multiply(new ReadOnlySpan<float>(weighted + ((nint)h * valueSize), valueSize), softmax[h].Normaliser, to);
        }
    }

    private void RunPrompts(Workers workers)
    {
        SharedRows.Run(_before.Operations, _weights, _rows, _rows.Decoding, _rows.Prompts, workers);
        workers.For(_rows.Prompts, WritePrompt);
        for (int i = _rows.Decoding; i < _rows.Segments.Length; i++)
        {
            Segment segment = _rows.Segments[i];
            KeyValueState state = State(segment);
            Prompt(state).Run(
                _shape, _rows.Row(_attention.Queries, segment.FirstRow), state.Pages, state.Length, segment.Rows,
                _rows.Row(_attention.Output, segment.FirstRow), workers);
        }
    }

    private void WritePrompt(int index)
    {
        int row = _rows.Decoding + index, size = _shape.HeadSize, valueSize = _shape.ValueSize;
        Segment segment = _rows.SegmentOf(row);
        ReadOnlySpan<float> keys = _rows.Rows(_attention.Keys, row, 1), values = _rows.Rows(_attention.Values, row, 1);
        for (int h = 0; h < _shape.KeyValueHeads; h++)
        {
            State(segment).Write(_rows.Place(row).Position, h, keys.Slice(h * size, size), values.Slice(h * valueSize, valueSize));
        }
    }

    private PagedHeads Kernel(KeyValueState state) => _kernels[(int)state.Layout.Format] ??= PagedHeads.For(state.Layout.Format, InstructionSets.Best);

    private PagedQueries Prompt(KeyValueState state) => _prompts[(int)state.Layout.Format] ??= PagedQueries.For(state.Layout.Format, InstructionSets.Best);
}
