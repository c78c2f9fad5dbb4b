using System.Runtime.CompilerServices;

namespace DecoupleQ.Tokenization.Streaming;

/// <summary>A list of ids in blocks: it grows without copying, so that many ids take little more than their own 4 bytes each.</summary>
internal sealed class IdBuffer
{
    private const int BlockLength = 1 << 14;

    private readonly List<int[]> _blocks = [new int[BlockLength]];
    private int[] _block;
    private int _used;
    private int _full;

    public IdBuffer() => _block = _blocks[0];

    /// <summary>How many there are.</summary>
    public long Count => (long)_full * BlockLength + _used;

    /// <summary>Adds an id.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Add(int id)
    {
        if (_used == BlockLength)
        {
            NextBlock();
        }
        _block[_used++] = id;
    }

    /// <summary>Adds ids.</summary>
    public void AddRange(ReadOnlySpan<int> ids)
    {
        if (ids.Length <= BlockLength - _used)
        {
            ids.CopyTo(_block.AsSpan(_used));
            _used += ids.Length;
            return;
        }
        foreach (int id in ids)
        {
            Add(id);
        }
    }

    /// <summary>The ids, which are forgotten here.</summary>
    /// <exception cref="DecoupleQException">They are more than an array holds.</exception>
    public int[] Take()
    {
        if (Count > Array.MaxLength)
        {
            throw new DecoupleQException($"The text has {Count} tokens.", expected: $"at most {Array.MaxLength} tokens in one piece");
        }
        var ids = new int[Count];
        for (int i = 0; i <= _full; i++)
        {
            _blocks[i].AsSpan(0, i < _full ? BlockLength : _used).CopyTo(ids.AsSpan(i * BlockLength));
        }
        Clear();
        return ids;
    }

    /// <summary>Forgets all.</summary>
    public void Clear()
    {
        _blocks.RemoveRange(1, _blocks.Count - 1);
        (_block, _used, _full) = (_blocks[0], 0, 0);
    }

    private void NextBlock()
    {
        if (++_full == _blocks.Count)
        {
            _blocks.Add(new int[BlockLength]);
        }
        (_block, _used) = (_blocks[_full], 0);
    }
}
