namespace DecoupleQ.Tokenization.Streaming;

/// <summary>
/// A step of encoding that takes text in parts and does what it would do with the whole: what may come out otherwise once more text is there is kept until
/// it is.
/// </summary>
/// <remarks>
/// Kept text is looked at again only when it has doubled, so that the work is linear however much has to be kept and however small the parts are.
/// </remarks>
/// <param name="work">What the text may take.</param>
internal abstract class TextStage(EncodingWork work) : TextSink
{
    // A buffer that one long text needed is not kept for the next.
    private const int LargestIdle = 1 << 20;

    private byte[] _kept = [];
    private int _count;
    private int _wanted;

    /// <summary>What the text may take.</summary>
    protected EncodingWork Work { get; } = work;

    /// <summary>Does the step on text that begins where the last call ended.</summary>
    /// <param name="text">The text; it may be empty.</param>
    /// <param name="last">Whether the stretch ends with it. All of it is to be done then.</param>
    /// <returns>How many bytes are done; the others come again, with more behind them.</returns>
    protected abstract int Process(ReadOnlySpan<byte> text, bool last);

    /// <summary>Told when a stretch begins, before any text.</summary>
    protected abstract void OnBegin(bool first);

    /// <summary>Told when a stretch has ended and all its text is done.</summary>
    protected abstract void OnEnd();

    public sealed override void Begin(bool first)
    {
        (_count, _wanted) = (0, 0);
        OnBegin(first);
    }

    public sealed override void Text(ReadOnlySpan<byte> part)
    {
        if (_count == 0)
        {
            Keep(part[Process(part, last: false)..]);
            _wanted = 2 * _count;
            return;
        }
        Keep(part);
        if (_count >= _wanted)
        {
            int done = Process(_kept.AsSpan(0, _count), last: false);
            _kept.AsSpan(done, _count - done).CopyTo(_kept);
            _count -= done;
            _wanted = (int)Math.Min(2L * _count, Array.MaxLength);
        }
    }

    public sealed override void End()
    {
        Process(_kept.AsSpan(0, _count), last: true);
        _count = 0;
        if (_kept.Length > LargestIdle)
        {
            _kept = [];
        }
        OnEnd();
    }

    public sealed override void Whole(ReadOnlySpan<byte> text, bool first)
    {
        Begin(first);
        Process(text, last: true);
        OnEnd();
    }

    private void Keep(ReadOnlySpan<byte> part)
    {
        Work.Hold((long)_count + part.Length);
        if (_kept.Length - _count < part.Length)
        {
            Array.Resize(ref _kept, (int)Math.Min(Math.Max((long)_count + part.Length, 2L * _kept.Length), Array.MaxLength));
        }
        part.CopyTo(_kept.AsSpan(_count));
        _count += part.Length;
    }
}
