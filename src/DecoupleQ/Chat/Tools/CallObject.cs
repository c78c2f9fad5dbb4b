namespace DecoupleQ.Chat.Tools;

/// <summary>Reads a call that is a JSON object of a name and arguments, in any order and with other keys between, character by character.</summary>
/// <param name="argumentKeys">The keys that arguments may have; an object with two of them is no call.</param>
internal sealed class CallObject(IReadOnlyList<string> argumentKeys)
{
    private readonly JsonScanner _json = new();
    private Key _key;

    private enum Key
    {
        Other, Name, Arguments,
    }

    /// <summary>The name, once it is known.</summary>
    public string? Name { get; private set; }

    /// <summary>Whether the arguments have begun.</summary>
    public bool HasArguments { get; private set; }

    /// <summary>Whether the arguments are complete.</summary>
    public bool HasAllArguments { get; private set; }

    /// <summary>Whether the last character belongs to the arguments.</summary>
    public bool IsArgument { get; private set; }

    /// <summary>Whether the object is complete.</summary>
    public bool IsDone => _json.IsDone;

    /// <summary>Takes the next character; the first is the opening brace.</summary>
    /// <returns>False if this is no call; nothing may be added then.</returns>
    public bool Push(char character)
    {
        IsArgument = false;
        bool begins = _json.Depth == 1 && _json.ExpectsValue && character is not (' ' or '\t' or '\n' or '\r');
        if (begins && !MayBegin(character))
        {
            return false;
        }
        bool within = HasArguments && !HasAllArguments;
        if (!_json.Push(character))
        {
            return false;
        }
        if (within)
        {
            IsArgument = true;
            HasAllArguments = _json.Depth == 1;
        }
        else if (begins && _key == Key.Arguments)
        {
            IsArgument = HasArguments = true;
        }
        return _json.Text is not string text || Take(text);
    }

    private bool MayBegin(char character) => _key switch
    {
        Key.Name => character == '"',
        Key.Arguments => character == '{',
        _ => true,
    };

    private bool Take(string text)
    {
        if (!_json.TextIsKey)
        {
            if (_key == Key.Name)
            {
                Name = text;
            }
            return true;
        }
        _key = text == "name" ? Key.Name : argumentKeys.Contains(text) ? Key.Arguments : Key.Other;
        return _key switch
        {
            Key.Name => Name is null,
            Key.Arguments => !HasArguments,
            _ => true,
        };
    }
}
