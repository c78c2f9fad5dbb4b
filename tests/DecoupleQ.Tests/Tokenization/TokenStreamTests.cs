using System.Text;
using CsCheck;
using DecoupleQ.ModelFiles;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Tests.Tokenization;

public sealed class TokenStreamTests
{
    private static readonly Tokenizer Books = TokenizerFiles.Load(Paths.Model);

    [Fact]
    public void Streamed_pieces_together_are_the_decoded_text()
    {
        Gen.OneOf(Gen.Int[0, 258], Gen.Int[0, 4095], Gen.Const(1), Gen.Const(4028), Gen.Const(0xE2 + 3), Gen.Const(0x81 + 3)).Array[0, 80].Sample(ids =>
        {
            var stream = new TokenStream(Books);
            var text = new StringBuilder();
            foreach (int id in ids)
            {
                text.Append(stream.Push(id));
            }
            return text.Append(stream.Flush()).ToString() == Books.Decode(ids);
        });
    }

    [Fact]
    public void A_stream_continues_its_context()
    {
        int[] prompt = [1, .. Books.Encode("Once upon a time there was a captain of the ship, and the other two were")];
        foreach (int[] context in new[] { prompt, prompt[..2], prompt[..1], [] })
        {
            int[] rest = [.. Books.Encode("standing on deck 🙂."), 2];
            var stream = new TokenStream(Books, context);
            string text = string.Concat(rest.Select(stream.Push)) + stream.Flush();
            Assert.Equal(Books.Decode([.. context, .. rest]), Books.Decode(context) + text);
        }
    }

    [Fact]
    public void A_stream_returns_a_character_as_soon_as_its_last_byte_is_there()
    {
        var stream = new TokenStream(Books);
        string[] pieces = [.. Books.Encode("ab 🙂 é!").Select(stream.Push)];
        Assert.Equal("ab 🙂 é!", string.Concat(pieces));
        Assert.Equal("", stream.Flush());
        Assert.Contains("🙂", pieces);
    }

    [Fact]
    public void A_long_stream_decodes_to_the_whole_text()
    {
        string text = File.ReadAllText(Path.Combine(Paths.Samples, "text", "validation.txt"))[..20_000];
        var stream = new TokenStream(Books);
        string streamed = string.Concat(Books.Encode(text).Select(stream.Push)) + stream.Flush();
        Assert.Equal(text, streamed);
    }
}
