using DecoupleQ.Kernels.Attending;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Tensors;

namespace DecoupleQ.Inference.States;

/// <summary>
/// Keys and values of one sequence in one attention: a list of pages that grows, is shared with forks, and forgets what a sliding window has passed.
/// </summary>
internal sealed unsafe class KeyValueState : OperationState
{
    private const int Positions = PageLayout.Positions;

    private readonly KeyValueStore _store;
    private readonly AttentionShape _shape;
    private readonly List<Page?> _pages = [];
    private AlignedArray<nint> _table = new(16);
    private int _forgotten;
    private volatile bool _overflowed;

    /// <param name="store">Where pages come from.</param>
    /// <param name="shape">The attention.</param>
    /// <param name="format">How numbers are kept.</param>
    public KeyValueState(KeyValueStore store, AttentionShape shape, KeyValueFormat format)
    {
        _store = store;
        _shape = shape;
        Layout = new PageLayout(format, shape.KeyValueHeads, shape.HeadSize, shape.ValueSize);
    }

    /// <summary>How pages are laid out.</summary>
    public PageLayout Layout { get; }

    /// <summary>The pages as kernels see them; valid until the state is changed.</summary>
    public PagedSequence Pages => new(Layout, (nint)_table.Pointer);

    /// <summary>Whether a key or value was too large for the format.</summary>
    public bool Overflowed => _overflowed;

    public override long Bytes => (long)(_pages.Count - _forgotten) * Layout.Bytes;

    /// <summary>Makes room for tokens to be written: no page among theirs is shared.</summary>
    /// <exception cref="DecoupleQException">The store's limit is reached; the state is as before.</exception>
    public void Reserve(int tokens)
    {
        int first = Length / Positions, end = (Length + tokens + Positions - 1) / Positions;
        if (first < _pages.Count && _pages[first] is { References: > 1 } shared)
        {
            Page own = _store.Rent(Layout);
            own.CopyFrom(shared);
            _store.Return(shared);
            Set(first, own);
        }
        while (_pages.Count < end)
        {
            Page page = _store.Rent(Layout);
            _pages.Add(null);
            Set(_pages.Count - 1, page);
        }
    }

    /// <summary>
    /// Writes one head's key and value of the token at <paramref name="position"/>, for which there is room. Several threads may write at once.
    /// </summary>
    public void Write(int position, int head, ReadOnlySpan<float> key, ReadOnlySpan<float> value)
    {
        if (!PageWriter.Write(Layout, Pages.Page(position), position % Positions, head, key, value))
        {
            _overflowed = true;
        }
    }

    /// <summary>Counts tokens that were written.</summary>
    public void Advance(int tokens)
    {
        Length += tokens;
        if (_shape.Window is null)
        {
            return;
        }
        // Kernels begin with the block that the first visible position lies in.
        int seen = _shape.FirstVisible(Length) / PagedHeads.KeysAtOnce * PagedHeads.KeysAtOnce / Positions;
        for (; _forgotten < seen; _forgotten++)
        {
            _store.Return(_pages[_forgotten]!);
            Set(_forgotten, null);
        }
    }

    public override bool CanTruncate(int length) =>
        length == Length || _forgotten <= _shape.FirstVisible(length) / PagedHeads.KeysAtOnce * PagedHeads.KeysAtOnce / Positions;

    public override void Truncate(int length)
    {
        int pages = (length + Positions - 1) / Positions;
        for (int i = pages; i < _pages.Count; i++)
        {
            if (_pages[i] is Page page)
            {
                _store.Return(page);
            }
        }
        _pages.RemoveRange(Math.Min(pages, _pages.Count), Math.Max(0, _pages.Count - pages));
        _forgotten = Math.Min(_forgotten, _pages.Count);
        Length = length;
    }

    public override OperationState Fork()
    {
        var fork = new KeyValueState(_store, _shape, Layout.Format) { Length = Length, _forgotten = _forgotten };
        int needed = (Length + Positions - 1) / Positions;
        for (int i = 0; i < needed; i++)
        {
            fork._pages.Add(null);
            if (_pages[i] is Page page)
            {
                KeyValueStore.Share(page);
                fork.Set(i, page);
            }
        }
        return fork;
    }

    public override void Dispose()
    {
        foreach (Page? page in _pages)
        {
            if (page is not null)
            {
                _store.Return(page);
            }
        }
        _pages.Clear();
        _forgotten = 0;
        Length = 0;
    }

    private void Set(int index, Page? page)
    {
        _pages[index] = page;
        if (index >= _table.Length)
        {
            var grown = new AlignedArray<nint>(Math.Max(index + 1, 2 * _table.Length));
            new ReadOnlySpan<nint>(_table.Pointer, (int)_table.Length).CopyTo(new Span<nint>(grown.Pointer, (int)grown.Length));
            _table = grown;
        }
        _table.Pointer[index] = page is null ? 0 : (nint)page.Memory;
    }
}
