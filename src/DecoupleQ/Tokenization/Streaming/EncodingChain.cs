using System.Text;

namespace DecoupleQ.Tokenization.Streaming;

/// <summary>Feeds a text to the steps of encoding in blocks of UTF-8: no copy of the whole is made.</summary>
internal sealed class EncodingChain
{
    private const int LongestBlock = 1 << 15;

    private readonly TextSink _head;
    private readonly IdBuffer _ids;
    private readonly Encoder _encoder = Encoding.UTF8.GetEncoder();
    private readonly char[] _pending = new char[LongestBlock];
    private readonly byte[] _bytes = new byte[Encoding.UTF8.GetMaxByteCount(LongestBlock)];
    private int _pendingCount;

    /// <param name="head">The first step; the last one writes to <paramref name="ids"/>.</param>
    /// <param name="ids">What comes out.</param>
    /// <param name="work">What the text may take.</param>
    public EncodingChain(TextSink head, IdBuffer ids, EncodingWork work)
    {
        _head = head;
        _ids = ids;
        Work = work;
    }

    /// <summary>What the text may take.</summary>
    public EncodingWork Work { get; }

    /// <summary>Whether each part is fed to the steps as it comes, however short; otherwise short parts wait for a block of some length.</summary>
    public bool FeedsAtOnce { get; set; }

    /// <summary>Begins a text.</summary>
    /// <param name="cancellation">Ends the work.</param>
    public void Begin(CancellationToken cancellation)
    {
        Work.Begin(cancellation);
        _encoder.Reset();
        _ids.Clear();
        _pendingCount = 0;
        FeedsAtOnce = false;
        _head.Begin(first: true);
    }

    /// <summary>Takes the next part of the text, which may end between the halves of a surrogate pair.</summary>
    public void Append(ReadOnlySpan<char> part)
    {
        while (!part.IsEmpty)
        {
            if (_pendingCount == 0 && part.Length >= LongestBlock)
            {
                Feed(part[..LongestBlock]);
                part = part[LongestBlock..];
                continue;
            }
            int taken = Math.Min(part.Length, LongestBlock - _pendingCount);
            part[..taken].CopyTo(_pending.AsSpan(_pendingCount));
            _pendingCount += taken;
            part = part[taken..];
            if (FeedsAtOnce || _pendingCount == LongestBlock)
            {
                Feed(_pending.AsSpan(0, _pendingCount));
                _pendingCount = 0;
            }
        }
    }

    /// <summary>Ends the text.</summary>
    public void End()
    {
        Feed(_pending.AsSpan(0, _pendingCount), flush: true);
        _pendingCount = 0;
        _head.End();
    }

    /// <summary>The ids that are certain and have not been taken.</summary>
    public int[] Take() => _ids.Take();

    private void Feed(ReadOnlySpan<char> characters, bool flush = false)
    {
        Work.Check();
        int count = _encoder.GetBytes(characters, _bytes, flush);
        Work.Grant(count);
        if (count > 0)
        {
            _head.Text(_bytes.AsSpan(0, count));
        }
    }
}
