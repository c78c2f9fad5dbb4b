using System.Runtime.InteropServices;
using DecoupleQ.Kernels.Attending;
using DecoupleQ.Tensors;

namespace DecoupleQ.Inference.States;

/// <summary>One text: its ids, and what the operations keep of those that have been computed.</summary>
/// <remarks>
/// Ids may be ahead of what is computed: those that were added, and those that must be computed again because a state could not go back to where the text
/// was cut. One thread at a time.
/// </remarks>
internal sealed class SequenceState : IDisposable
{
    // Kept at the ends of prompts, where conversations come back to; older ones are dropped.
    private const int MostSnapshots = 4;

    private readonly StateFactory _factory;
    private readonly List<int> _ids = [];
    private readonly List<OperationState[]> _snapshots = [];
    private OperationState[] _states;

    /// <param name="factory">Makes states.</param>
    /// <param name="format">How keys and values are kept.</param>
    /// <param name="expectedLength">The length that the sequence is given: what rotary factors that depend on it are taken for.</param>
    /// <param name="exact">Whether prompts go through products in float32.</param>
    public SequenceState(StateFactory factory, KeyValueFormat format, int expectedLength, bool exact = false)
        : this(factory, format, expectedLength, exact, factory.Begin(format))
    {
    }

    private SequenceState(StateFactory factory, KeyValueFormat format, int expectedLength, bool exact, OperationState[] states)
    {
        _factory = factory;
        Format = format;
        ExpectedLength = expectedLength;
        Exact = exact;
        _states = states;
    }

    /// <summary>How keys and values are kept.</summary>
    public KeyValueFormat Format { get; private set; }

    /// <summary>The length that the sequence was given.</summary>
    public int ExpectedLength { get; }

    /// <summary>Whether prompts go through products in float32.</summary>
    public bool Exact { get; }

    /// <summary>All ids.</summary>
    public List<int> Ids => _ids;

    /// <summary>Ids computed, from the first on.</summary>
    public int Length { get; private set; }

    /// <summary>Ids not computed yet.</summary>
    public int Pending => _ids.Count - Length;

    /// <summary>Bytes kept, snapshots left out.</summary>
    public long Bytes => _states.Sum(s => s.Bytes);

    /// <summary>Whether a key or value was too large for the format.</summary>
    public bool Overflowed
    {
        get
        {
            foreach (OperationState state in _states)
            {
                if (state is KeyValueState { Overflowed: true })
                {
                    return true;
                }
            }
            return false;
        }
    }

    /// <summary>The state of operation number <paramref name="slot"/> among those that have one.</summary>
    public T Operation<T>(int slot)
        where T : OperationState => (T)_states[slot];

    /// <summary>Makes room for tokens in all states, or in none.</summary>
    /// <exception cref="DecoupleQException">There is not enough memory.</exception>
    public void Reserve(int tokens)
    {
        try
        {
            foreach (OperationState state in _states)
            {
                (state as KeyValueState)?.Reserve(tokens);
            }
        }
        catch
        {
            // What the first ones got, others may need.
            foreach (OperationState state in _states)
            {
                (state as KeyValueState)?.Truncate(state.Length);
            }
            throw;
        }
    }

    /// <summary>Counts tokens that all operations have seen.</summary>
    public void Advance(int tokens) => Length += tokens;

    /// <summary>Brings all states back to what is counted as computed: after a step that did not end.</summary>
    public void Repair()
    {
        // After every step of every sequence: without an enumerator or a closure, so that a step allocates nothing.
        foreach (OperationState state in _states)
        {
            if (state.Length != Length)
            {
                GoBack(Length);
                return;
            }
        }
    }

    /// <summary>Keeps a copy of what could not be undone later.</summary>
    public void Snapshot()
    {
        if (_states.All(s => s.CanTruncate(0)) || (_snapshots.Count > 0 && _snapshots[^1][0].Length == Length))
        {
            return;
        }
        _snapshots.Add(Fork(_states));
        if (_snapshots.Count > MostSnapshots)
        {
            Free(_snapshots[0]);
            _snapshots.RemoveAt(0);
        }
    }

    /// <summary>
    /// Forgets all but the first <paramref name="length"/> ids. What cannot go back so far goes back further, and is computed again with the next ids.
    /// </summary>
    public void Truncate(int length)
    {
        _ids.RemoveRange(length, _ids.Count - length);
        if (Length > length)
        {
            GoBack(length);
        }
    }

    /// <summary>A sequence of its own with the same ids; keys and values are shared until one of the two changes them.</summary>
    public SequenceState Fork()
    {
        var fork = new SequenceState(_factory, Format, ExpectedLength, Exact, Fork(_states)) { Length = Length };
        fork._ids.AddRange(_ids);
        fork._snapshots.AddRange(_snapshots.Select(Fork));
        return fork;
    }

    /// <summary>Begins again with another format: everything is to be computed again.</summary>
    public void Restart(KeyValueFormat format)
    {
        Free(_states);
        FreeSnapshots();
        Format = format;
        _states = _factory.Begin(format);
        Length = 0;
    }

    /// <summary>How many of the first ids <paramref name="ids"/> begins with too.</summary>
    public int CommonPrefix(ReadOnlySpan<int> ids) => CollectionsMarshal.AsSpan(_ids).CommonPrefixLength(ids);

    public void Dispose()
    {
        Free(_states);
        FreeSnapshots();
    }

    private void GoBack(int length)
    {
        while (_snapshots.Count > 0 && _snapshots[^1][0].Length > length)
        {
            Free(_snapshots[^1]);
            _snapshots.RemoveAt(_snapshots.Count - 1);
        }
        if (_states.All(s => s.CanTruncate(length)))
        {
            foreach (OperationState state in _states)
            {
                state.Truncate(length);
            }
            Length = length;
            return;
        }
        Free(_states);
        _states = _snapshots.Count > 0 ? Fork(_snapshots[^1]) : _factory.Begin(Format);
        Length = _states[0].Length;
    }

    private static OperationState[] Fork(OperationState[] states) => Array.ConvertAll(states, s => s.Fork());

    private static void Free(OperationState[] states)
    {
        foreach (OperationState state in states)
        {
            state.Dispose();
        }
    }

    private void FreeSnapshots()
    {
        _snapshots.ForEach(Free);
        _snapshots.Clear();
    }
}
