using DecoupleQ.ModelFiles;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.Json;

namespace DecoupleQ.Quantization.Tests.Calibration;

[Collection(nameof(ProcessWide))]
public sealed class LongTextTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_long_text_is_never_held_as_a_whole(bool hasBlanks)
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = TokenizerFiles.Load(Paths.Model);
        string file = folder["long.txt"], part = File.ReadAllText(Path.Combine(Paths.Samples, "text", "calibration.txt"));
        part = hasBlanks ? part : string.Concat(part.Where(char.IsLetterOrDigit));
        using (StreamWriter writer = new(file))
        {
            for (int i = 0; i < 6; i++)
            {
                writer.Write(part);
            }
        }
        long before = GC.GetTotalMemory(forceFullCollection: true), most = 0;
        using (new Timer(_ => most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true)), null, 0, 30))
        {
            CalibrationWindows.FromTexts([file], tokenizer, 4, 0, 32, 0, mostTextBytes: 1 << 20);
        }
        // 9 MB of text: its characters and ids together took 60 MB.
        Assert.InRange(most - before, 0, 8 << 20);
    }

    [Fact]
    public void A_stretch_that_cannot_be_cut_is_refused_by_file_and_place_before_it_takes_more_than_its_share()
    {
        const string Json = """
            {"pre_tokenizer":{"type":"Split","pattern":{"Regex":"[^ ]+| +"},"behavior":"Isolated","invert":false},
             "model":{"type":"BPE","unk_token":"?","vocab":{"?":0,"a":1," ":2},"merges":[]}}
            """;
        Tokenizer tokenizer = TokenizerJson.Parse(System.Text.Encoding.UTF8.GetBytes(Json), "tokenizer.json");
        using var folder = new TemporaryFolder();
        string words = string.Concat(Enumerable.Repeat("a a a ", 1000)), some = folder["some.txt"], more = folder["more.txt"];
        File.WriteAllText(some, words + new string('a', 1_000_000));
        File.WriteAllText(more, words + new string('a', 1_200_000));
        Assert.InRange(CalibrationWindows.FromTexts([some], tokenizer, 4, 0, 32, 0, mostTextBytes: 0).LongestStretch, 900_000, 1_000_000);
        Assert.InRange(CalibrationWindows.FromTexts([more], tokenizer, 4, 0, 32, 0, mostTextBytes: 24 << 20).LongestStretch, 1_100_000, 1_200_000);
        var error = Assert.Throws<DecoupleQException>(() => CalibrationWindows.FromTexts([some, more], tokenizer, 4, 0, 32, 0, mostTextBytes: 0));
        Assert.Equal(more, error.File);
        Assert.Contains($"Near byte {words.Length} a stretch begins that the tokenizer cannot cut, of more than 1048576 bytes.", error.Message);
    }
}
