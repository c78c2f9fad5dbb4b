namespace DecoupleQ.Tokenization;

/// <summary>
/// Decodes ids one by one: each gives the text that is now certain, and all pieces together are what <see cref="Tokenizer.Decode"/> gives for
/// all ids. Held back are the last characters of an incomplete UTF-8 sequence.
/// </summary>
public sealed class TokenStream
{
    // A UTF-8 sequence that lacks its end has at most 3 bytes, each of which may show as one U+FFFD.
    private const int LongestIncomplete = 3;

    private const int LongestWindow = 16;
    private const int ShortestWindow = 4;

    // No tokenizer needs so many ids to decode what comes next; one that was made to would have every id decoded again with each further one.
    private const int LargestWindow = 1024;

    private readonly Tokenizer _tokenizer;

    // The last ids of the stream: enough of them that what comes next decodes as it would after all of them.
    private List<int> _window;
    private string _text;
    private int _returned;

    /// <summary>Starts a stream.</summary>
    /// <param name="tokenizer">Any tokenizer.</param>
    /// <param name="context">
    /// Ids that come before the stream and whose text is not returned, such as the prompt: a space at the start of what follows them is kept.
    /// </param>
    public TokenStream(Tokenizer tokenizer, IReadOnlyList<int>? context = null)
    {
        _tokenizer = tokenizer;
        _window = [.. context ?? []];
        _text = tokenizer.Decode(_window);
        _returned = _text.Length;
        Shorten();
    }

    /// <summary>Takes the next id and returns the text that is now certain; it may be empty.</summary>
    /// <param name="id">The id.</param>
    public string Push(int id)
    {
        _window.Add(id);
        _text = _tokenizer.Decode(_window);
        int certain = _text.Length;
        while (certain > 0 && certain > _text.Length - LongestIncomplete && _text[certain - 1] == '\uFFFD')
        {
            certain--;
        }
        string piece = Return(certain);
        Shorten();
        return piece;
    }

    /// <summary>Returns what is still held back; the stream ends here.</summary>
    public string Flush() => Return(_text.Length);

    private string Return(int end)
    {
        string piece = end > _returned ? _text[_returned..end] : "";
        _returned = Math.Max(_returned, end);
        return piece;
    }

    /// <summary>Forgets the oldest ids if the others decode to the end of the same text, some of which has been returned.</summary>
    private void Shorten()
    {
        if (_window.Count <= LongestWindow)
        {
            return;
        }
        List<int> shorter = _window[^ShortestWindow..];
        string text = _tokenizer.Decode(shorter);
        int returned = _returned - (_text.Length - text.Length);
        // Ids without any text, such as control tokens, leave what follows as it is.
        if (returned > 0 && _text.EndsWith(text, StringComparison.Ordinal) || _text.Length == 0 && text.Length == 0)
        {
            (_window, _text, _returned) = (shorter, text, returned);
        }
        else if (_window.Count > LargestWindow)
        {
            (_window, _text, _returned) = (shorter, text, text.Length);
        }
    }
}
