using System.Text;
using DecoupleQ.Storage;

namespace DecoupleQ.Cli.Json;

/// <summary>A text writer as a stream of UTF-8 that is written to.</summary>
/// <param name="output">Where the text goes; not disposed.</param>
internal sealed class TextStream(TextWriter output) : WriteOnlyStream
{
    private readonly Decoder _decoder = Encoding.UTF8.GetDecoder();
    private char[] _text = [];

    protected override void Take(ReadOnlySpan<byte> bytes)
    {
        int most = Encoding.UTF8.GetMaxCharCount(bytes.Length);
        if (_text.Length < most)
        {
            _text = new char[most];
        }
        int count = _decoder.GetChars(bytes, _text, flush: false);
        output.Write(_text, 0, count);
    }
}
