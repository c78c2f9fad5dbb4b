using System.Text;
using DecoupleQ.Chat;
using DecoupleQ.Storage;

namespace DecoupleQ.Tests.Storage;

/// <summary>What is read from standard input, which says no length.</summary>
public sealed class BoundedStreamTests
{
    private static readonly FileKind Small = new("small", 5);

    [Fact]
    public void As_many_bytes_as_a_file_may_have_are_read_and_no_more()
    {
        Assert.Equal("12345", Read("12345"));
        Assert.Equal("", Read(""));
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => Read("123456"));
        Assert.Equal("input: It has more than 5 bytes. (expected: at most 5)", error.Message);

        static string Read(string text)
        {
            using BoundedStream bounded = new(new MemoryStream(Encoding.UTF8.GetBytes(text)), "input", Small);
            using StreamReader reader = new(bounded);
            return reader.ReadToEnd();
        }
    }

    [Fact]
    public void A_text_is_read_and_copied_as_from_a_file()
    {
        string text = string.Concat(Enumerable.Repeat("wörter 模型 \U0001F600\r\n", 20_000));
        byte[] bytes = [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text)];
        Assert.Equal(text, TextFile.Read(new MemoryStream(bytes), "input"));
        using StringWriter copy = new();
        TextFile.Copy(new MemoryStream(bytes), "input", copy);
        Assert.Equal(text, copy.ToString());
        Assert.StartsWith("input: ", Assert.Throws<DecoupleQException>(() => TextFile.Read(new MemoryStream([0x41, 0xFF]), "input")).Message);
    }

    [Fact]
    public void A_conversation_is_read_as_from_a_file()
    {
        const string Messages = """[{"role":"user","content":"Hi"}]""";
        Assert.Equal(Messages, ConversationJson.Read(new MemoryStream(Encoding.UTF8.GetBytes(Messages)), "input").ToJsonString());
        Assert.Equal(FileKind.Conversation.MostBytes, ConversationJson.MostBytes);
    }

    [Fact]
    public void What_the_system_refuses_is_an_error_that_names_it()
    {
        using Stream broken = new BrokenStream();
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => ConversationJson.Read(broken, "input"));
        Assert.Equal("input: It cannot be read: broken", error.Message);
    }

    private sealed class BrokenStream : MemoryStream
    {
        public override int Read(Span<byte> buffer) => throw new IOException("broken");

        public override int Read(byte[] buffer, int offset, int count) => throw new IOException("broken");
    }
}
