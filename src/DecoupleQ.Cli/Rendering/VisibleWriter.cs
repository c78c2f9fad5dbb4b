using System.Text;
using DecoupleQ.Storage;

namespace DecoupleQ.Cli.Rendering;

/// <summary>Writes to a standard stream; where that is a terminal, as <see cref="VisibleText"/>.</summary>
/// <param name="inner">Writes to the stream.</param>
/// <param name="isTerminal">Whether it is a terminal.</param>
internal sealed class VisibleWriter(TextWriter inner, bool isTerminal) : TextWriter
{
    // Whether the last character was a carriage return, which is part of a line end or not depending on what comes next.
    private bool _returned;

    public override Encoding Encoding => inner.Encoding;

    /// <summary>Whether text is written as it is on a terminal too.</summary>
    public bool IsRaw { get; set; } = !isTerminal;

    public override void Write(char value) => Write([value]);

    public override void Write(string? value) => Write(value.AsSpan());

    public override void Write(char[] buffer, int index, int count) => Write(buffer.AsSpan(index, count));

    // All other ways to write come down to these.
    public override void Write(ReadOnlySpan<char> buffer)
    {
        if (buffer.IsEmpty)
        {
            return;
        }
        if (_returned)
        {
            _returned = false;
            inner.Write(buffer[0] == '\n' ? "\r" : VisibleText.Of("\r"));
        }
        if (!IsRaw && buffer[^1] == '\r')
        {
            _returned = true;
            buffer = buffer[..^1];
        }
        if (IsRaw || !VisibleText.Changes(buffer))
        {
            inner.Write(buffer);
        }
        else
        {
            inner.Write(VisibleText.Of(buffer));
        }
    }

    public override void WriteLine(string? value) => Write(value + NewLine);

    public override void Flush() => inner.Flush();

    /// <summary>Writes what waits for the next character: there is none.</summary>
    public void Complete()
    {
        if (_returned)
        {
            _returned = false;
            inner.Write(VisibleText.Of("\r"));
        }
    }
}
