namespace DecoupleQ.Tokenization.Streaming;

/// <summary>Takes a text in order: stretches between added tokens, each in parts that end between two characters, and the tokens.</summary>
internal abstract class TextSink
{
    /// <summary>A stretch of text begins.</summary>
    /// <param name="first">Whether the text that is being encoded begins with it.</param>
    public abstract void Begin(bool first);

    /// <summary>The next part of the stretch, in UTF-8.</summary>
    public abstract void Text(ReadOnlySpan<byte> part);

    /// <summary>The stretch ends.</summary>
    public abstract void End();

    /// <summary>A whole stretch.</summary>
    /// <param name="text">Its text, in UTF-8.</param>
    /// <param name="first">Whether the text that is being encoded begins with it.</param>
    public virtual void Whole(ReadOnlySpan<byte> text, bool first)
    {
        Begin(first);
        Text(text);
        End();
    }

    /// <summary>A token between two stretches.</summary>
    public abstract void Token(int id);
}
