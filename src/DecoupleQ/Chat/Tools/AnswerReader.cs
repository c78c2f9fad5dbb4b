using System.Text;
using DecoupleQ.Generation;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Chat.Tools;

/// <summary>
/// Tells the parts of an answer apart while it is written: text, reasoning, and calls of tools, whose arguments are passed on as they come. All updates
/// together do not depend on how the text is cut into tokens.
/// </summary>
/// <remarks>
/// <para>
/// Reasoning is what the answer begins with, from <c>&lt;think&gt;</c> to <c>&lt;/think&gt;</c>; the tags anywhere else are text. Calls are read after it, not
/// within it.
/// </para>
/// <para>
/// Blanks (space, tab, line feed, carriage return) next to what is no text are dropped: those before and after the reasoning, those at its start and end, those
/// before a call and those after it. Everything else is kept to the letter.
/// </para>
/// <para>
/// What looks like a call and is none comes out as text, as it was written: no strict JSON, deeper than 64, no name, the name of no tool, arguments that are no
/// object. If arguments were streamed already, the call stays without its <see cref="ToolCallEnd"/>, and the text goes on with the first character that does
/// not fit; so does the text with what does not fit behind complete arguments. An answer that was cut ends as it is: with half a call, or, if that had not
/// begun, with its text, unless <see cref="AnswerReaderOptions.CallsAreHeld"/> says that it was none.
/// </para>
/// <para>The work is linear in the text: no character is looked at again but for those of half a marker. Not for several threads at once.</para>
/// </remarks>
public sealed class AnswerReader
{
    internal const string ReasoningStart = "<think>";
    internal const string ReasoningEnd = "</think>";

    private readonly ToolFormat? _format;
    private readonly bool _callsAreHeld;
    private readonly AnswerMarkers _markers;
    private readonly IReadOnlyDictionary<int, string> _silent;
    private readonly CallUpdates _calls;
    private readonly UpdateBuilder _updates = new();

    // Markers that are tokens without text, and how many characters of the answer come before each.
    private readonly Queue<(long At, string Marker)> _announced = new();
    private readonly StringBuilder _pending = new();
    private readonly StringBuilder _blank = new();
    private readonly StringBuilder _written = new();
    private CallReader? _call;
    private AnswerPlace _place;
    private long _received;
    private bool _finished;

    /// <summary>Begins an answer.</summary>
    /// <param name="options">What it may hold.</param>
    /// <param name="tokenizer">
    /// The model's tokenizer, for markers that are special tokens and thus not in the text; null if every marker is in the text.
    /// </param>
    public AnswerReader(AnswerReaderOptions options, Tokenizer? tokenizer = null)
        : this(options, tokenizer is null ? new() : SilentMarkers.Of(tokenizer, options.Format))
    {
    }

    /// <param name="options">What the answer may hold.</param>
    /// <param name="silent">Markers that are tokens without text, by id.</param>
    internal AnswerReader(AnswerReaderOptions options, Dictionary<int, string> silent)
    {
        _format = options.Format;
        _callsAreHeld = options.CallsAreHeld;
        _silent = silent;
        _markers = new AnswerMarkers(options.Format, options.ReadsReasoning);
        _calls = new CallUpdates(_updates, options.Tools?.Select(tool => tool.Name).ToHashSet(), options.NewCallId ?? CallIds.New);
        _place = options is { ReasoningIsOpen: true, ReadsReasoning: true } ? AnswerPlace.ReasoningStart : AnswerPlace.Start;
    }

    /// <summary>Whether the answer holds a call so far.</summary>
    public bool HasCalls => _calls.Count > 0;

    /// <summary>Takes the next token; the last one finishes the answer.</summary>
    /// <returns>What is certain with it, perhaps nothing.</returns>
    public IReadOnlyList<AnswerUpdate> Push(GeneratedToken token)
    {
        ArgumentNullException.ThrowIfNull(token);
        if (_silent.TryGetValue(token.Id, out string? marker))
        {
            _announced.Enqueue((_received + token.Text.Length + token.HeldBack, marker));
        }
        IReadOnlyList<AnswerUpdate> updates = Push(token.Text);
        return token.FinishReason is null ? updates : [.. updates, .. Finish()];
    }

    /// <summary>Takes more text of the answer, of a length of its own.</summary>
    /// <returns>What is certain with it, perhaps nothing.</returns>
    public IReadOnlyList<AnswerUpdate> Push(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (_finished)
        {
            throw new InvalidOperationException("The answer is finished.");
        }
        foreach (char character in text)
        {
            TakeAnnounced();
            Take(character);
            _received++;
        }
        TakeAnnounced();
        return _updates.Take(last: false);
    }

    /// <summary>Says that no more comes.</summary>
    /// <returns>What was held back; nothing the second time.</returns>
    public IReadOnlyList<AnswerUpdate> Finish()
    {
        if (_finished)
        {
            return [];
        }
        _finished = true;
        if (_call is not null)
        {
            // Half a call that had not begun is text; of one that had, nothing was held back that is not part of it.
            LeaveCall(isText: !_call.HasBegun && !_callsAreHeld);
        }
        // Half a marker next to a call is what the end has left of the whole.
        else if (_place is not (AnswerPlace.AfterCall or AnswerPlace.AfterListedCall or AnswerPlace.AfterClosing))
        {
            ReleasePending();
        }
        Emit(_blank);
        return _updates.Take(last: true);
    }

    private void TakeAnnounced()
    {
        while (_announced.TryPeek(out (long At, string Marker) next) && next.At <= _received)
        {
            _announced.Dequeue();
            if (_call is not null)
            {
                if (_call.PushMarker(next.Marker))
                {
                    continue;
                }
                LeaveCall(isText: true);
            }
            ReleasePending();
            if (_markers.Has(_place, next.Marker))
            {
                Handle(next.Marker, written: "");
            }
        }
    }

    private void Take(char character)
    {
        if (_call is null)
        {
            TakeText(character);
            return;
        }
        bool had = _call.HasEnded;
        if (!_call.Push(character))
        {
            LeaveCall(isText: true);
            TakeText(character);
            return;
        }
        if (_call.HasBegun && !had)
        {
            // What was written belongs to a call, and so do the blanks before it.
            _blank.Clear();
            _written.Clear();
        }
        else
        {
            _written.Append(character);
        }
        if (_call.IsDone)
        {
            LeaveCall(isText: false);
        }
    }

    /// <summary>Ends the reading of a call; what was held back of it is text, or nothing.</summary>
    private void LeaveCall(bool isText)
    {
        if (_call!.HasBegun)
        {
            _place = _call.IsInList ? AnswerPlace.AfterListedCall : AnswerPlace.AfterCall;
        }
        _call = null;
        string written = isText ? _written.ToString() : "";
        _written.Clear();
        foreach (char character in written)
        {
            Release(character);
        }
    }

    private void TakeText(char character)
    {
        _pending.Append(character);
        while (_pending.Length > 0)
        {
            switch (_markers.Match(_place, _pending, out string? marker))
            {
                case MarkerMatch.Whole:
                    _pending.Clear();
                    Handle(marker!, written: marker!);
                    return;
                case MarkerMatch.Beginning:
                    return;
                default:
                    char first = _pending[0];
                    _pending.Remove(0, 1);
                    // It may change the place, and so which markers there are.
                    Release(first);
                    break;
            }
        }
    }

    private void ReleasePending()
    {
        string pending = _pending.ToString();
        _pending.Clear();
        foreach (char character in pending)
        {
            Release(character);
        }
    }

    /// <summary>Takes a marker that has a meaning where it stands.</summary>
    private void Handle(string marker, string written)
    {
        switch (marker)
        {
            case ReasoningStart:
                _blank.Clear();
                _place = AnswerPlace.ReasoningStart;
                break;
            case ReasoningEnd:
                _blank.Clear();
                _place = AnswerPlace.AfterReasoning;
                break;
            case AnswerMarkers.ListEnd:
                _place = AnswerPlace.AfterClosing;
                break;
            case not null when marker == _format!.CallEnd:
                _place = AnswerPlace.AfterClosing;
                break;
            default:
                _call = new CallReader(_format!, isInList: marker == AnswerMarkers.ListSeparator, _calls);
                if (marker == AnswerMarkers.Brace)
                {
                    Take(marker[0]);
                }
                else
                {
                    _written.Append(written);
                }
                break;
        }
    }

    /// <summary>Takes a character that belongs to no marker.</summary>
    private void Release(char character)
    {
        if (character is ' ' or '\t' or '\n' or '\r')
        {
            // Kept only if neither what comes before nor what comes after is a marker.
            if (_place is AnswerPlace.Start or AnswerPlace.Text or AnswerPlace.Reasoning)
            {
                _blank.Append(character);
            }
            return;
        }
        if (_place is AnswerPlace.ReasoningStart)
        {
            _place = AnswerPlace.Reasoning;
        }
        else if (_place is not AnswerPlace.Reasoning)
        {
            _place = AnswerPlace.Text;
        }
        Emit(_blank);
        Emit(character);
    }

    private void Emit(StringBuilder text)
    {
        foreach (ReadOnlyMemory<char> chunk in text.GetChunks())
        {
            foreach (char character in chunk.Span)
            {
                Emit(character);
            }
        }
        text.Clear();
    }

    private void Emit(char character)
    {
        if (_place is AnswerPlace.Reasoning)
        {
            _updates.Reasoning(character);
        }
        else
        {
            _updates.Answer(character);
        }
    }
}
