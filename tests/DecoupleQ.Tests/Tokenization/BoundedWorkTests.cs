using System.Text;
using System.Text.Json.Nodes;
using DecoupleQ.ModelFiles;
using DecoupleQ.Storage;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.Json;
using DecoupleQ.Tokenization.Streaming;

namespace DecoupleQ.Tests.Tokenization;

/// <summary>What a tokenizer's file or a text may make encoding and decoding take.</summary>
public sealed class BoundedWorkTests
{
    /// <summary>What is promised of encoding: so many bytes, and so many a byte of the text.</summary>
    private const long FreeBytes = 64 << 20, BytesPerByte = 32;

    private const string Thousand = """{"type":"Replace","pattern":{"String":"a"},"content":"CONTENT"}""";

    [Fact]
    public void A_normalizer_that_makes_text_grow_without_end_is_refused()
    {
        string step = Thousand.Replace("CONTENT", new string('a', 1000), StringComparison.Ordinal);
        Tokenizer tokenizer = Parse(("normalizer", $$"""{"type":"Sequence","normalizers":[{{step}},{{step}},{{step}}]}"""));
        Assert.Equal(1000, Parse(("normalizer", step)).Encode("a").Count);
        AssertRefused(() => tokenizer.Encode("aaa"), "times as long");
    }

    [Fact]
    public void Pre_tokenizers_that_make_text_grow_without_end_are_refused()
    {
        string[] steps = [.. Enumerable.Range(0, 8).Select(i => $$"""
            {"type":"Split","pattern":{"Regex":"."},"behavior":"Isolated","invert":false},
            {"type":"Metaspace","replacement":"{{(char)(0x100 + i)}}","prepend_scheme":"always","split":false}
            """)];
        Tokenizer tokenizer = Parse(("pre_tokenizer", $$"""{"type":"Sequence","pretokenizers":[{{string.Join(',', steps)}}]}"""));
        AssertRefused(() => tokenizer.Encode(new string('a', 1000)), "times as long");
    }

    [Fact]
    public void A_decoder_that_makes_text_grow_without_end_is_refused()
    {
        string step = Thousand.Replace("CONTENT", new string('a', 1000), StringComparison.Ordinal);
        Tokenizer tokenizer = Parse(("decoder", $$"""{"type":"Sequence","decoders":[{{step}},{{step}},{{step}}]}"""));
        AssertRefused(() => tokenizer.Decode([1]), "times as long");
    }

    // Each piece was granted ten million steps.
    [Fact]
    public void The_steps_of_a_pattern_are_bounded_by_the_whole_text_and_not_by_each_piece()
    {
        Tokenizer tokenizer = Parse(("pre_tokenizer", """
            {"type":"Sequence","pretokenizers":[
              {"type":"Split","pattern":{"Regex":" ?[^ ]+"},"behavior":"Isolated","invert":false},
              {"type":"Split","pattern":{"Regex":"(?:a+)+b"},"behavior":"Isolated","invert":false}]}
            """));
        string text = string.Concat(Enumerable.Repeat(" " + new string('a', 20), 1200));
        AssertRefused(() => tokenizer.Encode(text), "too many steps");
        AssertRefused(() => tokenizer.Encode(string.Concat(Enumerable.Repeat(" " + new string('a', 1000), 25))), "too many steps");
        Assert.NotEmpty(tokenizer.Encode(string.Concat(Enumerable.Repeat(" aab", 1200))));
    }

    [Fact]
    public void A_pattern_that_looks_for_its_end_from_every_place_is_refused_on_a_long_text()
    {
        Tokenizer tokenizer = Parse(("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"a[^b]*b"},"behavior":"Isolated","invert":false}"""));
        AssertRefused(() => tokenizer.Encode(new string('a', 200_000)), "too many steps");
        Assert.Equal(1001, tokenizer.Encode(new string('a', 1000) + "b").Count);
    }

    // Four hundred of each, none of which matches or takes anything, were tried for nothing at every place: 17 s on a megabyte.
    [Theory]
    [InlineData("b*")]
    [InlineData("b?")]
    [InlineData("(?!b)")]
    [InlineData("(?=a)")]
    [InlineData("(?!bb)")]
    [InlineData("(?=aa?)")]
    [InlineData("(?:bb)??")]
    public void Parts_of_a_pattern_that_take_nothing_count_too(string part)
    {
        string pattern = string.Concat(Enumerable.Repeat(part, 400)) + ".";
        Tokenizer tokenizer = Parse((
            "pre_tokenizer", $$"""{"type":"Split","pattern":{"Regex":"{{pattern}}"},"behavior":"Isolated","invert":false}"""));
        AssertRefused(() => tokenizer.Encode(new string('a', 20_000)), "too many steps");
        Assert.Equal(100, tokenizer.Encode(new string('a', 100)).Count);
    }

    [Fact]
    public void More_steps_that_split_than_published_tokenizers_have_are_refused_when_the_file_is_read()
    {
        string Steps(int count) => string.Join(
            ',', Enumerable.Repeat("""{"type":"Split","pattern":{"Regex":"."},"behavior":"Isolated","invert":false}""", count));
        Assert.Equal(3, Parse(("pre_tokenizer", $$"""{"type":"Sequence","pretokenizers":[{{Steps(16)}}]}""")).Encode("aab").Count);
        DecoupleQException error = Assert.Throws<DecoupleQException>(
            () => Parse(("pre_tokenizer", $$"""{"type":"Sequence","pretokenizers":[{{Steps(17)}}]}""")));
        Assert.Equal("pre_tokenizer.pretokenizers[16]", error.Field);
    }

    [Fact]
    public void Normalizing_again_and_again_counts()
    {
        string steps = string.Join(',', Enumerable.Repeat("""{"type":"NFC"}""", 64));
        Tokenizer tokenizer = Parse(("normalizer", $$"""{"type":"Sequence","normalizers":[{{steps}}]}"""));
        AssertRefused(() => tokenizer.Encode(string.Concat(Enumerable.Repeat("a\u0301\u0316", 5000))), "take too much");
        Assert.NotEmpty(tokenizer.Encode("a\u0301\u0316"));
    }

    [Fact]
    public void An_error_names_the_file_and_the_step_and_shows_the_pattern()
    {
        Tokenizer tokenizer = Parse(("pre_tokenizer", """
            {"type":"Sequence","pretokenizers":[
              {"type":"Digits","individual_digits":true},
              {"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":"(?:a|aa)+\n\\u0062"},"behavior":"Isolated","invert":false}]}]}
            """));
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => tokenizer.Encode(new string('a', 1000)));
        Assert.Equal(("tokenizer.json", "pre_tokenizer.pretokenizers[1].pretokenizers[0]"), (error.File, error.Field));
        Assert.Contains("'(?:a|aa)+\\u000A\\u0062'", error.Message, StringComparison.Ordinal);

        string replace = Thousand.Replace("CONTENT", new string('a', 1000), StringComparison.Ordinal);
        error = Assert.Throws<DecoupleQException>(
            () => Parse(("normalizer", $$"""{"type":"Sequence","normalizers":[{"type":"NFC"},{{replace}},{{replace}},{{replace}}]}""")).Encode("aaa"));
        Assert.Equal(("tokenizer.json", "normalizer.normalizers[2]"), (error.File, error.Field));
        error = Assert.Throws<DecoupleQException>(
            () => Parse(("decoder", $$"""{"type":"Sequence","decoders":[{"type":"Fuse"},{{replace}},{{replace}},{{replace}}]}""")).Decode([1]));
        Assert.Equal(("tokenizer.json", "decoder.decoders[2]"), (error.File, error.Field));
    }

    [Fact]
    public void A_long_pattern_is_shown_shortened()
    {
        string pattern = "(?:a|aa)+" + string.Concat(Enumerable.Repeat("😀", 100));
        Tokenizer tokenizer = Parse((
            "pre_tokenizer", $$"""{"type":"Split","pattern":{"Regex":"{{pattern}}"},"behavior":"Isolated","invert":false}"""));
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => tokenizer.Encode(new string('a', 1000)));
        Assert.Contains($"'(?:a|aa)+{string.Concat(Enumerable.Repeat("😀", 51))}...'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pattern_that_leaves_too_many_ways_open_is_named_too()
    {
        Tokenizer tokenizer = Parse((
            "pre_tokenizer", """{"type":"Split","pattern":{"Regex":"(?:a|b|[ab])+c"},"behavior":"Isolated","invert":false}"""));
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => tokenizer.Encode(new string('a', 3_000_000)));
        Assert.Equal(("tokenizer.json", "pre_tokenizer"), (error.File, error.Field));
    }

    // Only a tokenizer that was made to exhaust whoever loads it may come near what is granted.
    [Theory]
    [InlineData("deepseek-v3")]
    [InlineData("gemma3")]
    [InlineData("gpt-oss")]
    [InlineData("llama3")]
    [InlineData("mistral")]
    [InlineData("qwen3")]
    [InlineData("smollm2")]
    public void Published_tokenizers_need_a_tenth_of_what_is_granted_on_the_worst_texts(string name)
    {
        Tokenizer tokenizer = TokenizerFiles.Load(Paths.Golden("tokenizers", name, "tokenizer.json"));
        var random = new Random(1);
        string[] parts =
        [
            " ", "\t a", "\n", " \n", "1", "1a", "!a", "a", "A", "Aa", "aA", "'s", "日", "e\u0301", "한", "😀", "\0",
            new string([.. Enumerable.Range(0, 5000).Select(_ => (char)random.Next(0x7F))]),
            new string([.. Enumerable.Range(0, 5000).Select(_ => (char)random.Next(0x20, 0xD7FF))]),
        ];
        foreach (string part in parts)
        {
            string text = string.Concat(Enumerable.Repeat(part, 1 + (30_000 / part.Length)));
            TextEncoder encoder = tokenizer.BeginEncoding();
            EncodingWork work = encoder.Work;
            encoder.Append(text);
            encoder.Finish();
            var granted = new EncodingWork();
            long free = granted.Steps;
            granted.Grant(Encoding.UTF8.GetByteCount(text));
            Assert.InRange(granted.Steps - work.Steps, 0, (granted.Steps - free) / 10);
        }
    }

    [Theory]
    [InlineData("a")]
    [InlineData("\0")]
    [InlineData(" ")]
    [InlineData("\u0301")]
    [InlineData("日")]
    public void Encoding_a_long_text_takes_little_memory(string part)
    {
        string text = string.Concat(Enumerable.Repeat(part, 1_500_000 / Encoding.UTF8.GetByteCount(part)));
        Tokenizer[] tokenizers = [TokenizerFiles.Load(Paths.Model), Parse(("normalizer", """{"type":"NFC"}""")), Parse(("normalizer", """{"type":"NFD"}"""))];
        foreach (Tokenizer tokenizer in tokenizers)
        {
            long allocated = AllocatedBy(() => tokenizer.Encode(text));
            Assert.InRange(allocated, 0, FreeBytes + (BytesPerByte * Encoding.UTF8.GetByteCount(text)));
        }
    }

    [Fact]
    public void A_text_in_parts_takes_the_memory_of_its_longest_word()
    {
        Tokenizer tokenizer = TokenizerFiles.Load(Paths.Model);
        TextEncoder encoder = tokenizer.BeginEncoding();
        string part = string.Concat(Enumerable.Repeat("word by word ", 5000));
        encoder.Append(part);
        long before = GC.GetAllocatedBytesForCurrentThread();
        int ids = 0;
        for (int i = 0; i < 50; i++)
        {
            ids += encoder.Append(part).Count;
            Assert.InRange(encoder.Held, 0, 1 << 17);
        }
        // Ids, which are given out, and no more than a few bytes a character beside them: of this thread alone, whatever other tests do.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 50L * part.Length * 32);
        Assert.InRange(ids, 50 * 5000, int.MaxValue);
        Assert.NotEmpty(encoder.Finish());
    }

    [Fact]
    public void A_text_without_blanks_in_parts_takes_little_memory_too()
    {
        string prose = File.ReadAllText(Path.Combine(Paths.Samples, "text", "validation.txt"));
        string[] parts = ["日本語の文章には空白がない。", string.Concat(prose.Where(char.IsLetter))];
        // Nothing but merges splits a text of either.
        foreach (Tokenizer tokenizer in (Tokenizer[])[TokenizerFiles.Load(Paths.Model), Parse(("pre_tokenizer", "null"))])
        {
            foreach (string part in parts)
            {
                string piece = string.Concat(Enumerable.Repeat(part, 1 + (200_000 / part.Length)));
                TextEncoder encoder = tokenizer.BeginEncoding();
                int ids = 0;
                for (int i = 0; i < 10; i++)
                {
                    ids += encoder.Append(piece).Count;
                }
                Assert.InRange(encoder.Held, 0, 1 << 20);
                Assert.InRange(ids, 100_000, int.MaxValue);
            }
        }
    }

    [Fact]
    public void A_longer_stretch_that_cannot_be_cut_than_may_be_held_is_refused_where_it_is()
    {
        Tokenizer tokenizer = Parse(("pre_tokenizer", """{"type":"Split","pattern":{"Regex":"[^ ]+| +"},"behavior":"Isolated","invert":false}"""));
        string words = string.Concat(Enumerable.Repeat("word by word ", 40_000));
        Assert.Equal(tokenizer.Encode(words), Read(words));
        Assert.Equal(tokenizer.Encode(words + new string('x', 99_000)), Read(words + new string('x', 99_000)));
        var error = Assert.Throws<DecoupleQException>(() => Read(words + new string('x', 200_000) + words));
        Assert.Equal("text.txt", error.File);
        Assert.StartsWith($"text.txt: Near byte {words.Length} a stretch begins that the tokenizer cannot cut, of more than 100000 bytes.", error.Message);

        int[] Read(string text) =>
            [.. new TextIds(StringPieces.Of(text), "text.txt", tokenizer) { MostHeld = 100_000 }.Read(CancellationToken.None).SelectMany(ids => ids)];
    }

    [Fact]
    public void Encoding_ends_when_it_is_to_end()
    {
        using var source = new CancellationTokenSource();
        Tokenizer tokenizer = TokenizerFiles.Load(Paths.Model);
        TextEncoder encoder = tokenizer.BeginEncoding(cancellationToken: source.Token);
        encoder.Append("Once upon a time");
        source.Cancel();
        Assert.Throws<OperationCanceledException>(() => encoder.Finish());
        Assert.Throws<InvalidOperationException>(() => encoder.Finish());
        Assert.Throws<OperationCanceledException>(() => tokenizer.Encode("a", cancellationToken: source.Token));
        Assert.Throws<OperationCanceledException>(() => tokenizer.Encode("a", [], source.Token));
        Assert.Throws<OperationCanceledException>(() => tokenizer.EncodeWithTemplate("a", source.Token));
        Assert.NotEmpty(tokenizer.Encode("a"));
    }

    [Fact]
    public void A_stream_of_ids_without_text_forgets_them()
    {
        Tokenizer tokenizer = TokenizerFiles.Load(Paths.Model);
        var stream = new TokenStream(tokenizer);
        // With every id the stream would decode all before it again: for an hour.
        for (int i = 0; i < 100_000; i++)
        {
            Assert.Equal("", stream.Push(tokenizer.BeginningId!.Value));
        }
        int[] ids = [.. tokenizer.Encode("Once upon")];
        Assert.Equal("Once upon", string.Concat(ids.Select(stream.Push)) + stream.Flush());
    }

    [Fact]
    public void A_decoder_that_takes_all_text_away_lets_a_stream_forget_too()
    {
        Tokenizer tokenizer = Parse((
            "decoder", """{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Strip","content":"a","start":2147483647,"stop":0}]}"""));
        var stream = new TokenStream(tokenizer);
        for (int i = 0; i < 100_000; i++)
        {
            Assert.Equal("", stream.Push(1));
        }
    }

    private static void AssertRefused(Func<object> work, string problem)
    {
        DecoupleQException? error = null;
        long allocated = AllocatedBy(() => error = Assert.Throws<DecoupleQException>(work));
        Assert.Contains(problem, error!.Message, StringComparison.Ordinal);
        Assert.InRange(allocated, 0, FreeBytes);
    }

    private static long AllocatedBy(Action work)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        work();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    /// <summary>A tokenizer of letters with the given step.</summary>
    private static Tokenizer Parse((string Key, string Step) step)
    {
        var vocabulary = new JsonObject { ["?"] = 0 };
        foreach (char letter in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ")
        {
            vocabulary[letter.ToString()] = vocabulary.Count;
        }
        var tokenizer = new JsonObject
        {
            [step.Key] = JsonNode.Parse(step.Step),
            ["model"] = new JsonObject { ["type"] = "BPE", ["unk_token"] = "?", ["vocab"] = vocabulary, ["merges"] = new JsonArray() },
        };
        return TokenizerJson.Parse(Encoding.UTF8.GetBytes(tokenizer.ToJsonString()), "tokenizer.json");
    }
}
