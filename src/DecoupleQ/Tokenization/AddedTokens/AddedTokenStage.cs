using DecoupleQ.Tokenization.Streaming;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tokenization.AddedTokens;

/// <summary>Takes a text apart into added tokens and the stretches between them: from left to right, at each place the longest token.</summary>
internal sealed class AddedTokenStage(AddedTokenFinder finder, TextSink next, EncodingWork work) : TextStage(work)
{
    private static readonly Lazy<CodePointLookup> WordCharacters = new(() => CharacterClasses.Word().ToLookup());
    private static readonly CodePointLookup Space = CharacterClasses.WhiteSpace.ToLookup();

    // From the first byte that is not done: where text begins that has not been handed on, and where tokens are looked for.
    private int _start;
    private int _position;

    // The white space that follows belongs to a token; what else begins in it is a token all the same.
    private bool _isStripping;
    private long _done;
    private bool _first;
    private bool _isOpen;

    // White space that was passed over, so that no token does so again.
    private int _blanksFrom;
    private int _blanksTo;

    /// <summary>Where control tokens are text, in bytes from where the stretch begins.</summary>
    public PlainStretches Plain { get; set; } = PlainStretches.None;

    /// <summary>Where the stretch that is being handed on begins, in bytes.</summary>
    public int StretchStart { get; private set; }

    protected override void OnBegin(bool first)
    {
        (_start, _position, _done, _isStripping, _isOpen, _first) = (0, 0, 0, false, false, first);
    }

    protected override void OnEnd() => Close();

    public override void Token(int id) => next.Token(id);

    protected override int Process(ReadOnlySpan<byte> text, bool last)
    {
        (_blanksFrom, _blanksTo) = (0, 0);
        if (_isStripping)
        {
            _start = EndOfBlanks(text, _start);
        }
        AddedTokenFinder.Search search = finder.In(text);
        while (search.Next(ref _position, last) is { } found)
        {
            if (!last && found.End == text.Length && found.Token.SingleWord)
            {
                break;
            }
            Take(text, found);
        }
        int certain = _position;
        if (!last && finder.Strips)
        {
            certain = StartOfBlanks(text, certain, _start);
        }
        _isStripping &= !last && _start == text.Length;
        if (_start < certain)
        {
            Write(text, certain);
            _start = certain;
        }
        int done = Math.Min(_start, _position);
        if (finder.AsksForWords && done > 0 && !last)
        {
            done = Utf8.Previous(text, done);
        }
        _start -= done;
        _position -= done;
        _done += done;
        return done;
    }

    private void Take(ReadOnlySpan<byte> text, AddedTokenFinder.Found found)
    {
        AddedToken token = found.Token;
        int start = _position;
        _position = found.End;
        if (finder.ControlIds.Contains(token.Id) && IsPlain(start, found.End) || token.SingleWord && TouchesWord(text, start, found.End))
        {
            return;
        }
        if (token.StripLeft)
        {
            start = StartOfBlanks(text, start, _start);
        }
        if (_start < start)
        {
            Write(text, start);
        }
        Close();
        next.Token(token.Id);
        _start = token.StripRight ? EndOfBlanks(text, found.End) : found.End;
        _isStripping = token.StripRight;
    }

    private bool IsPlain(int start, int end) => Plain == PlainStretches.All || !Plain.IsEmpty && Plain.Touches((int)(_done + start), (int)(_done + end));

    private void Write(ReadOnlySpan<byte> text, int end)
    {
        if (!_isOpen)
        {
            StretchStart = (int)Math.Min(_done + _start, int.MaxValue);
            next.Begin(_first && _done + _start == 0);
            _isOpen = true;
        }
        next.Text(text[_start..end]);
    }

    private void Close()
    {
        if (_isOpen)
        {
            next.End();
            _isOpen = false;
        }
    }

    private static int StartOfBlanks(ReadOnlySpan<byte> text, int end, int least)
    {
        while (end > least && Utf8.Previous(text, end) is var before && Space.Contains(Utf8.Decode(text, before, out _)))
        {
            end = before;
        }
        return end;
    }

    private int EndOfBlanks(ReadOnlySpan<byte> text, int start)
    {
        if (start >= _blanksFrom && start < _blanksTo)
        {
            return _blanksTo;
        }
        int end = start;
        while (end < text.Length && Space.Contains(Utf8.Decode(text, end, out int length)))
        {
            end += length;
        }
        (_blanksFrom, _blanksTo) = (start, end);
        return end;
    }

    private static bool TouchesWord(ReadOnlySpan<byte> text, int start, int end) =>
        start > 0 && WordCharacters.Value.Contains(Utf8.Decode(text, Utf8.Previous(text, start), out _)) ||
        end < text.Length && WordCharacters.Value.Contains(Utf8.Decode(text, end, out _));
}
