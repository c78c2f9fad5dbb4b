using System.Globalization;
using System.Text;

namespace DecoupleQ.Chat.Tools;

/// <summary>
/// Checks JSON (RFC 8259) as it comes, character by character: strictly, no deeper than <see cref="MostDepth"/>, and with strings whose surrogates are paired.
/// </summary>
internal sealed class JsonScanner
{
    /// <summary>The most arrays and objects within each other; what System.Text.Json reads by default.</summary>
    public const int MostDepth = 64;

    // Longer strings are neither keys nor names of interest.
    private const int MostCaptured = 1024;

    private readonly StringBuilder _captured = new();
    private Place _place = Place.Value;
    private ulong _objects;
    private string _literal = "";
    private int _literalAt;
    private int _escaped;
    private int _escapedDigits;
    private Half _half;
    private bool _isKey;

    /// <summary>What is expected next.</summary>
    private enum Place
    {
        Value, ValueOrEnd, Key, KeyOrEnd, Colon, CommaOrEnd, Text, Escape, Unicode, Literal, Minus, Zero, Integer, Point, Fraction, Exponent, ExponentSign,
        ExponentDigits, Done,
    }

    /// <summary>The first half of a surrogate pair that waits for its second, and how it was written.</summary>
    private enum Half
    {
        None, Plain, Escaped,
    }

    /// <summary>Arrays and objects that are open.</summary>
    public int Depth { get; private set; }

    /// <summary>Whether a value has not begun yet that the last comma or colon, or the start, asks for.</summary>
    public bool ExpectsValue => _place is Place.Value or Place.ValueOrEnd;

    /// <summary>Whether the whole value has been read.</summary>
    public bool IsDone => _place == Place.Done;

    /// <summary>
    /// The string that ended with the last character, if it is a key or value of the outermost object or array and has at most some thousand characters; else
    /// null.
    /// </summary>
    public string? Text { get; private set; }

    /// <summary>Whether <see cref="Text"/> is a key.</summary>
    public bool TextIsKey => _isKey;

    /// <summary>Takes the next character.</summary>
    /// <returns>False if the text is no JSON; nothing may be added then.</returns>
    public bool Push(char character)
    {
        Text = null;
        return _place switch
        {
            Place.Text => InText(character),
            Place.Escape => AfterBackslash(character),
            Place.Unicode => InUnicode(character),
            Place.Literal => InLiteral(character),
            >= Place.Minus and <= Place.ExponentDigits => InNumber(character),
            _ => character is ' ' or '\t' or '\n' or '\r' ? _place != Place.Done : Structure(character),
        };
    }

    private bool Structure(char character)
    {
        switch (_place)
        {
            case Place.ValueOrEnd when character == ']':
            case Place.KeyOrEnd when character == '}':
                return Close();
            case Place.Value or Place.ValueOrEnd:
                return BeginValue(character);
            case Place.Key or Place.KeyOrEnd when character == '"':
                return BeginText(isKey: true);
            case Place.Colon when character == ':':
                _place = Place.Value;
                return true;
            case Place.CommaOrEnd when character == ',':
                _place = IsInObject ? Place.Key : Place.Value;
                return true;
            case Place.CommaOrEnd when character == (IsInObject ? '}' : ']'):
                return Close();
            default:
                return false;
        }
    }

    private bool IsInObject => (_objects & 1) != 0;

    private bool BeginValue(char character)
    {
        switch (character)
        {
            case '{' or '[':
                if (Depth == MostDepth)
                {
                    return false;
                }
                Depth++;
                _objects = _objects << 1 | (character == '{' ? 1UL : 0);
                _place = character == '{' ? Place.KeyOrEnd : Place.ValueOrEnd;
                return true;
            case '"':
                return BeginText(isKey: false);
            case 't' or 'f' or 'n':
                (_place, _literal, _literalAt) = (Place.Literal, character switch { 't' => "true", 'f' => "false", _ => "null" }, 1);
                return true;
            case '-':
                _place = Place.Minus;
                return true;
            case '0':
                _place = Place.Zero;
                return true;
            case >= '1' and <= '9':
                _place = Place.Integer;
                return true;
            default:
                return false;
        }
    }

    private bool Close()
    {
        Depth--;
        _objects >>= 1;
        return EndValue();
    }

    private bool EndValue()
    {
        _place = Depth == 0 ? Place.Done : Place.CommaOrEnd;
        return true;
    }

    private bool BeginText(bool isKey)
    {
        _isKey = isKey;
        _captured.Clear();
        _place = Place.Text;
        return true;
    }

    private bool InText(char character)
    {
        switch (character)
        {
            case '"' when _half == Half.None:
                Text = Depth == 1 && _captured.Length <= MostCaptured ? _captured.ToString() : null;
                _place = Place.Colon;
                return _isKey || EndValue();
            case '\\':
                _place = Place.Escape;
                return true;
            case < ' ' or '"':
                return false;
            default:
                return Capture(character, Half.Plain);
        }
    }

    private bool AfterBackslash(char character)
    {
        if (character == 'u')
        {
            (_place, _escaped, _escapedDigits) = (Place.Unicode, 0, 0);
            return true;
        }
        _place = Place.Text;
        return character switch
        {
            '"' or '\\' or '/' => Capture(character, Half.Escaped),
            'b' => Capture('\b', Half.Escaped),
            'f' => Capture('\f', Half.Escaped),
            'n' => Capture('\n', Half.Escaped),
            'r' => Capture('\r', Half.Escaped),
            't' => Capture('\t', Half.Escaped),
            _ => false,
        };
    }

    private bool InUnicode(char character)
    {
        if (!char.IsAsciiHexDigit(character))
        {
            return false;
        }
        _escaped = _escaped << 4 | int.Parse([character], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
        if (++_escapedDigits < 4)
        {
            return true;
        }
        _place = Place.Text;
        return Capture((char)_escaped, Half.Escaped);
    }

    /// <summary>Takes a character of a string, if its surrogates are in order: the second half is written as the first is.</summary>
    private bool Capture(char character, Half written)
    {
        if (char.IsLowSurrogate(character) ? _half != written : _half != Half.None)
        {
            return false;
        }
        _half = char.IsHighSurrogate(character) ? written : Half.None;
        if (Depth == 1 && _captured.Length <= MostCaptured)
        {
            _captured.Append(character);
        }
        return true;
    }

    private bool InLiteral(char character)
    {
        if (character != _literal[_literalAt])
        {
            return false;
        }
        return ++_literalAt < _literal.Length || EndValue();
    }

    private bool InNumber(char character)
    {
        Place next = (_place, character) switch
        {
            (Place.Minus, '0') => Place.Zero,
            (Place.Minus or Place.Integer, >= '0' and <= '9') => Place.Integer,
            (Place.Zero or Place.Integer, '.') => Place.Point,
            (Place.Point or Place.Fraction, >= '0' and <= '9') => Place.Fraction,
            (Place.Zero or Place.Integer or Place.Fraction, 'e' or 'E') => Place.Exponent,
            (Place.Exponent, '+' or '-') => Place.ExponentSign,
            (Place.Exponent or Place.ExponentSign or Place.ExponentDigits, >= '0' and <= '9') => Place.ExponentDigits,
            _ => Place.Done,
        };
        if (next != Place.Done)
        {
            _place = next;
            return true;
        }
        // Only what follows a number ends it.
        return _place is Place.Zero or Place.Integer or Place.Fraction or Place.ExponentDigits && EndValue() && Push(character);
    }
}
