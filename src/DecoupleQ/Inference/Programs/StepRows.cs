using System.Runtime.InteropServices;
using DecoupleQ.Inference.States;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Models.Plans;

namespace DecoupleQ.Inference.Programs;

/// <summary>Consecutive tokens of one sequence in a step.</summary>
/// <param name="State">The sequence.</param>
/// <param name="FirstRow">Row of the first token.</param>
/// <param name="Rows">Tokens.</param>
internal readonly record struct Segment(SequenceState State, int FirstRow, int Rows);

/// <summary>The rows of a step and the values that are made of them: working memory that is used again by the next step.</summary>
/// <remarks>Rows that decode come first, one a sequence; then those of prompts, sequence by sequence.</remarks>
internal sealed unsafe class StepRows : IRowValues
{
    private readonly List<Segment> _segments = [];
    private AlignedArray<float>?[] _values = [];
    private RowPlace[] _places = [];
    private bool[] _exact = [];

    /// <summary>Rows that decode.</summary>
    public int Decoding { get; private set; }

    /// <summary>All rows.</summary>
    public int Count { get; private set; }

    /// <summary>Rows of prompts.</summary>
    public int Prompts => Count - Decoding;

    /// <summary>Whether the rows of prompts go through products in float32.</summary>
    public bool ExactPrompts { get; private set; }

    /// <summary>For each row that decodes whether its products are as exact as in float32.</summary>
    public bool[] Exact => _exact;

    /// <summary>The sequences: those that decode first.</summary>
    public ReadOnlySpan<Segment> Segments => CollectionsMarshal.AsSpan(_segments);

    /// <summary>The sequence that a row belongs to.</summary>
    public Segment SegmentOf(int row)
    {
        int index = 0;
        while (row >= _segments[index].FirstRow + _segments[index].Rows)
        {
            index++;
        }
        return _segments[index];
    }

    /// <summary>Begins a step without rows.</summary>
    public void Clear()
    {
        _segments.Clear();
        Decoding = Count = 0;
    }

    /// <summary>Begins a step of rows that stand at no position.</summary>
    /// <param name="decoding">Rows that decode; set <see cref="Exact"/> of each afterwards.</param>
    /// <param name="prompts">Rows of prompts.</param>
    /// <param name="exactPrompts">Whether these go through products in float32.</param>
    public void Reset(int decoding, int prompts, bool exactPrompts = false)
    {
        Clear();
        ExactPrompts = exactPrompts;
        Fit(ref _exact, decoding);
        Decoding = decoding;
        Count = decoding + prompts;
    }

    /// <summary>Adds tokens of a sequence after those that it has computed.</summary>
    /// <param name="state">The sequence.</param>
    /// <param name="rows">Tokens; one if it decodes.</param>
    /// <param name="decodes">Whether it decodes; such sequences are added before the others.</param>
    public void Add(SequenceState state, int rows, bool decodes)
    {
        if (decodes && (rows != 1 || Decoding != Count))
        {
            throw new InvalidOperationException("Rows that decode come first, one a sequence.");
        }
        _segments.Add(new Segment(state, Count, rows));
        Fit(ref _places, Count + rows);
        if (decodes)
        {
            Fit(ref _exact, Count + 1);
            _exact[Count] = state.Exact;
        }
        else
        {
            ExactPrompts = state.Exact;
        }
        for (int i = 0; i < rows; i++)
        {
            _places[Count + i] = new RowPlace(state.Length + i, state.ExpectedLength);
        }
        Count += rows;
        Decoding += decodes ? 1 : 0;
    }

    private static void Fit<T>(ref T[] array, int length)
    {
        if (array.Length < length)
        {
            Array.Resize(ref array, Math.Max(length, 2 * array.Length));
        }
    }

    /// <summary>Makes room for every value of a plan.</summary>
    public void Prepare(BlockPlan plan)
    {
        if (_values.Length < plan.Values.Length)
        {
            Array.Resize(ref _values, plan.Values.Length);
        }
        foreach (PlanValue value in plan.Values)
        {
            long needed = (long)Count * value.Width;
            if (_values[value.Index] is not { } array || array.Length < needed)
            {
                AlignedArray<float>? old = _values[value.Index];
                _values[value.Index] = new AlignedArray<float>(needed);
                if (value.Index == plan.Input.Index && old is not null)
                {
                    new ReadOnlySpan<float>(old.Pointer, (int)Math.Min(old.Length, needed)).CopyTo(new Span<float>(_values[value.Index]!.Pointer, (int)needed));
                }
            }
        }
    }

    /// <summary>Makes a plan's output what the next one's input is.</summary>
    public void PassOn(PlanValue output, PlanValue input) =>
        (_values[output.Index], _values[input.Index]) = (_values[input.Index], _values[output.Index]);

    /// <summary>Where a row of a value lies.</summary>
    public float* Row(PlanValue value, int row) => _values[value.Index]!.Pointer + ((nint)row * value.Width);

    /// <inheritdoc/>
    public Span<float> Rows(PlanValue value, int first, int count) => new(Row(value, first), count * value.Width);

    /// <inheritdoc/>
    public RowPlace Place(int row) => _places[row];
}
