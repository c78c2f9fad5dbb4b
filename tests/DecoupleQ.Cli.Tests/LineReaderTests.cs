using DecoupleQ.Cli.Commands;

namespace DecoupleQ.Cli.Tests;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("")]
    [InlineData("a")]
    [InlineData("a\n")]
    [InlineData("a\n\nb\r\n\r\nc\rd\r\re\n\rf")]
    [InlineData("\r\n")]
    [InlineData("\n")]
    public void Lines_are_those_of_the_framework(string text)
    {
        using StringReader expected = new(text), input = new(text);
        LineReader lines = new(input, most: 1);
        string? line;
        do
        {
            line = expected.ReadLine();
            Assert.Equal(line, lines.ReadLine());
        }
        while (line is not null);
    }

    [Fact]
    public void A_line_that_ends_with_a_return_does_not_wait_for_more()
    {
        using PausingReader input = new("a\r");
        Assert.Equal("a", new LineReader(input, most: 10).ReadLine());
    }

    [Fact]
    public void A_line_of_more_characters_is_refused()
    {
        using StringReader input = new("abc\nabcd\n");
        LineReader lines = new(input, most: 3);
        Assert.Equal("abc", lines.ReadLine());
        DecoupleQException error = Assert.Throws<DecoupleQException>(lines.ReadLine);
        Assert.Equal("standard input: A message is too long. (expected: at most 3 characters)", error.Message);
    }

    private sealed class PausingReader(string text) : TextReader
    {
        private int _at;

        public override int Read() => _at < text.Length ? text[_at++] : throw new InvalidOperationException("This would wait.");

        public override int Peek() => _at < text.Length ? text[_at] : throw new InvalidOperationException("This would wait.");
    }
}
