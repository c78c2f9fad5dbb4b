using System.Text;
using CsCheck;
using DecoupleQ.Tokenization.AddedTokens;
using DecoupleQ.Tokenization.Streaming;
using DecoupleQ.Tokenization.Unicode;

namespace DecoupleQ.Tests.Tokenization.AddedTokens;

public sealed class AddedTokenStageTests
{
    private static readonly CodePointSet Words = CharacterClasses.Word();

    private static readonly Gen<string> Letters = Gen.OneOf(
        Gen.Int[0, 5].Select(i => "ab é\n_"[i].ToString()), Gen.Int[1, 70].Select(n => new string('a', n)), Gen.Int[1, 9].Select(n => new string(' ', n)));

    private static readonly Gen<AddedToken> Token = Gen.Select(
        Letters.Array[1, 3], Gen.Bool, Gen.Bool, Gen.Bool,
        (text, left, right, word) => new AddedToken(string.Concat(text), 0, StripLeft: left, StripRight: right, SingleWord: word));

    [Fact]
    public void Segments_are_those_of_the_definition_whatever_the_parts()
    {
        Gen.Select(Token.Array[1, 6], Letters.Array[0, 200], Gen.Int[1, 60]).Sample((tokens, letters, part) =>
        {
            AddedToken[] numbered = [.. tokens.DistinctBy(token => token.Text).Select((token, i) => token with { Id = i })];
            byte[] text = Encoding.UTF8.GetBytes(string.Concat(letters));
            var segments = new Segments();
            var stage = new AddedTokenStage(new AddedTokenFinder(numbered.Select(token => (token.Text, token)), _ => false), segments, new EncodingWork());
            stage.Begin(first: true);
            for (int at = 0; at < text.Length;)
            {
                int end = Math.Min(at + part, text.Length);
                while (end < text.Length && (text[end] & 0xC0) == 0x80)
                {
                    end++;
                }
                stage.Text(text.AsSpan(at..end));
                at = end;
            }
            stage.End();
            return segments.ToString() == Definition(numbered, text);
        }, iter: 400);
    }

    // Each of these took the square of the text's length, or of the token's: hours.
    [Fact]
    public void Tokens_that_nearly_match_everywhere_take_linear_time()
    {
        string nearly = new string('a', 1023) + "b", text = new('a', 2_000_000);
        AddedToken[] tokens = [new("a", 0), new(nearly, 1), new(nearly[1..] + "c", 2)];
        Assert.Equal(string.Concat(Enumerable.Repeat("[0]", text.Length)), Run(tokens, text));
    }

    [Fact]
    public void Tokens_of_blanks_that_take_the_blanks_around_them_take_linear_time()
    {
        string text = new(' ', 1_000_000);
        AddedToken[] tokens = [new(" ", 0, StripLeft: true, StripRight: true), new("\t", 1, StripRight: true)];
        Assert.Equal(string.Concat(Enumerable.Repeat("[0]", text.Length)), Run(tokens, text));
    }

    [Fact]
    public void More_bytes_of_tokens_than_any_tokenizer_has_are_refused()
    {
        IEnumerable<(string, AddedToken)> tokens = Enumerable.Range(0, 3000).Select(i => ($"{i}{new string('a', 1000)}", new AddedToken("a", i)));
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => new AddedTokenFinder(tokens, _ => false, "tokenizer.json"));
        Assert.StartsWith("tokenizer.json: The added tokens are too long", error.Message, StringComparison.Ordinal);
    }

    private static string Run(AddedToken[] tokens, string text)
    {
        var segments = new Segments();
        new AddedTokenStage(new AddedTokenFinder(tokens.Select(token => (token.Text, token)), _ => false), segments, new EncodingWork()).Whole(
            Encoding.UTF8.GetBytes(text), first: true);
        return segments.ToString();
    }

    /// <summary>From left to right the longest token at each place; what it strips is its own, and other tokens may begin in it all the same.</summary>
    private static string Definition(AddedToken[] tokens, byte[] bytes)
    {
        string text = Encoding.UTF8.GetString(bytes);
        var output = new StringBuilder();
        int done = 0;
        for (int at = 0; at < text.Length;)
        {
            AddedToken? token = tokens.Where(token => text.AsSpan(at).StartsWith(token.Text)).MaxBy(token => token.Text.Length);
            if (token is null)
            {
                at++;
                continue;
            }
            (int start, int end) = (at, at + token.Text.Length);
            at = end;
            if (token.SingleWord && (start > 0 && IsWord(text[start - 1]) || end < text.Length && IsWord(text[end])))
            {
                continue;
            }
            while (token.StripLeft && start > done && char.IsWhiteSpace(text[start - 1]))
            {
                start--;
            }
            while (token.StripRight && end < text.Length && char.IsWhiteSpace(text[end]))
            {
                end++;
            }
            Write(start);
            output.Append('[').Append(token.Id).Append(']');
            done = end;
        }
        Write(text.Length);
        return output.ToString();

        void Write(int end)
        {
            if (done < end)
            {
                output.Append(done == 0 ? '^' : '<').Append(text.AsSpan(done, end - done)).Append('>');
            }
        }
    }

    private static bool IsWord(char c) => Words.Contains(c);

    /// <summary>Writes down what comes: <c>^text></c> where the text begins, <c>&lt;text></c> elsewhere, <c>[id]</c>.</summary>
    private sealed class Segments : TextSink
    {
        private readonly StringBuilder _output = new();

        public override void Begin(bool first) => _output.Append(first ? '^' : '<');

        public override void Text(ReadOnlySpan<byte> part) => _output.Append(Encoding.UTF8.GetString(part));

        public override void End() => _output.Append('>');

        public override void Token(int id) => _output.Append('[').Append(id).Append(']');

        public override string ToString() => _output.ToString();
    }
}
