using System.Text;

namespace DecoupleQ.Chat.Tools;

/// <summary>
/// Reads what may be a call from behind its marker on, character by character, until it is complete or turns out to be none. What is streamed of it goes to a
/// sink as soon as it is certain to be a call: its name is known, and its arguments begin.
/// </summary>
internal sealed class CallReader
{
    /// <summary>What stands between a name and its arguments.</summary>
    public const string ArgumentsMarker = "[ARGS]";

    /// <summary>What stands between a name and an id that the model gives.</summary>
    public const string IdMarker = "[CALL_ID]";

    // More than OpenAI's API lets a name have.
    private const int LongestName = 256;

    private readonly ToolFormat _format;
    private readonly ICallSink _sink;
    private readonly StringBuilder _waiting = new();
    private readonly StringBuilder _name = new();
    private readonly StringBuilder _id = new();
    private readonly StringBuilder _marker = new();
    private Part _part = Part.Beginning;
    private CallObject? _object;
    private JsonScanner? _arguments;

    /// <param name="format">The format.</param>
    /// <param name="isInList">Whether it is a further call of a list: nothing but an object may come.</param>
    /// <param name="sink">What takes the call.</param>
    public CallReader(ToolFormat format, bool isInList, ICallSink sink) => (_format, IsInList, _sink) = (format, isInList, sink);

    private enum Part
    {
        Beginning, Object, Name, Id, BeforeArguments, Arguments,
    }

    /// <summary>Whether it is, or would be, a call of a list.</summary>
    public bool IsInList { get; private set; }

    /// <summary>Whether it is certain to be a call.</summary>
    public bool HasBegun { get; private set; }

    /// <summary>Whether its arguments are complete.</summary>
    public bool HasEnded { get; private set; }

    /// <summary>Whether nothing more belongs to it.</summary>
    public bool IsDone { get; private set; }

    /// <summary>Takes the next character.</summary>
    /// <returns>False if it does not belong to a call; nothing may be added then.</returns>
    public bool Push(char character) => _part switch
    {
        Part.Beginning => Begin(character),
        Part.Object => InObject(character),
        Part.Name or Part.Id => InName(character),
        Part.BeforeArguments => BeforeArguments(character),
        _ => InArguments(character),
    };

    /// <summary>Takes a marker that is a token without text.</summary>
    /// <returns>False if it does not belong to a call.</returns>
    public bool PushMarker(string marker) => _part is Part.Name or Part.Id && _marker.Length == 0 && EndName(marker);

    private bool Begin(char character)
    {
        switch (character)
        {
            case ' ' or '\t' or '\n' or '\r':
                return true;
            case '[' when _format.ReadsLists && !IsInList:
                IsInList = true;
                return true;
            case '{':
                _part = Part.Object;
                _object = new CallObject(_format.ArgumentKeys);
                return InObject(character);
            default:
                _part = Part.Name;
                return _format.ReadsNames && !IsInList && InName(character);
        }
    }

    private bool InObject(char character)
    {
        CallObject call = _object!;
        bool named = call.Name is not null;
        if (!call.Push(character))
        {
            return false;
        }
        if (!named && call.Name is string name && !_sink.Knows(name))
        {
            return false;
        }
        if (call.IsArgument)
        {
            Add(character);
        }
        if (call is { Name: string known, HasArguments: true } && !HasBegun)
        {
            Start(known, null);
        }
        if (HasBegun && call.HasAllArguments && !HasEnded)
        {
            End();
        }
        if (!call.IsDone)
        {
            return true;
        }
        if (!HasBegun)
        {
            if (!_format.MayLackArguments || call.Name is not string lone)
            {
                return false;
            }
            Add('{');
            Add('}');
            Start(lone, null);
            End();
        }
        IsDone = true;
        return true;
    }

    private bool InName(char character)
    {
        if (_marker.Length > 0 || character == '[')
        {
            string marker = _marker.Append(character).ToString();
            if (!ArgumentsMarker.StartsWith(marker, StringComparison.Ordinal) && !IdMarker.StartsWith(marker, StringComparison.Ordinal))
            {
                return false;
            }
            if (character == ']')
            {
                _marker.Clear();
                return EndName(marker);
            }
            return true;
        }
        if (character == '{')
        {
            return EndName(ArgumentsMarker) && BeforeArguments(character);
        }
        StringBuilder part = _part == Part.Name ? _name : _id;
        part.Append(character);
        return part.Length <= LongestName && (char.IsAsciiLetterOrDigit(character) || character is '_' or '-' or '.' or ':' or '/');
    }

    private bool EndName(string marker)
    {
        if (marker == IdMarker)
        {
            bool isFirst = _part == Part.Name;
            _part = Part.Id;
            return isFirst && _name.Length > 0;
        }
        _part = Part.BeforeArguments;
        return marker == ArgumentsMarker && _name.Length > 0 && _sink.Knows(_name.ToString());
    }

    private bool BeforeArguments(char character)
    {
        if (character is ' ' or '\t' or '\n' or '\r')
        {
            return true;
        }
        if (character != '{')
        {
            return false;
        }
        _part = Part.Arguments;
        _arguments = new JsonScanner();
        Start(_name.ToString(), _id.ToString());
        return InArguments(character);
    }

    private bool InArguments(char character)
    {
        if (!_arguments!.Push(character))
        {
            return false;
        }
        Add(character);
        if (_arguments.IsDone)
        {
            End();
            IsDone = true;
        }
        return true;
    }

    private void Add(char character)
    {
        if (HasBegun)
        {
            _sink.Arguments(character);
        }
        else
        {
            _waiting.Append(character);
        }
    }

    private void Start(string name, string? id)
    {
        HasBegun = true;
        _sink.Begin(name, id);
        foreach (ReadOnlyMemory<char> chunk in _waiting.GetChunks())
        {
            foreach (char character in chunk.Span)
            {
                _sink.Arguments(character);
            }
        }
        _waiting.Clear();
    }

    private void End()
    {
        HasEnded = true;
        _sink.End();
    }
}
