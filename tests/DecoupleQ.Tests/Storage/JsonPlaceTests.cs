using System.Text;
using DecoupleQ.Chat;
using DecoupleQ.Checkpoints;
using DecoupleQ.Storage;

namespace DecoupleQ.Tests.Storage;

public sealed class JsonPlaceTests
{
    // Copied for each of the values, the name would take 4 GB.
    private const int NameLength = 100_000;
    private const int Values = 20_000;

    private static readonly string LongName = new('n', NameLength);
    private static readonly string Numbers = string.Join(", ", Enumerable.Repeat("1", Values));
    private static readonly string Fields = string.Join(", ", Enumerable.Range(0, Values).Select(i => $"\"{i}\": null"));
    private static readonly string Modules = string.Join(", ", Enumerable.Range(0, Values).Select(i => $"\"{i}\": false"));

    [Fact]
    public void A_long_name_is_not_copied_for_each_value_under_it()
    {
        AssertInProportion($"{{\"{LongName}\": [{Numbers}]}}", json => JsonFile.Parse(json, "config.json"));
        AssertInProportion($"{{\"{LongName}\": {{{Fields}}}}}", json => JsonFile.Parse(json, "config.json"));
        AssertInProportion($"[{{\"role\": \"user\", \"content\": \"\", \"{LongName}\": [{Numbers}]}}]", json => ConversationJson.Parse(json, "messages.json"));
        AssertInProportion($"{{\"{LongName}\": [{Numbers}]}}", json => Assert.Equal(Values, Section(json).Required(LongName, "").Items().Count()));
        AssertInProportion($"{{\"{LongName}\": {{{Fields}}}}}", json => Assert.Equal(Values, Section(json).Required(LongName, "").Fields().Count()));
        AssertInProportion($"{{\"{LongName}\": {{{Fields}}}}}", json => new KeyTable("").Check(Section(json).Required(LongName, "")));
        AssertInProportion(
            $"{{\"quantization\": {{\"bits\": 2, \"group_size\": 64, \"{LongName}\": true, {Modules}}}}}",
            json => Assert.Equal(Values + 1, QuantizationConfig.Parse(Section(json))!.Modules.Count));
    }

    [Fact]
    public void Nesting_does_not_multiply_with_what_is_nested()
    {
        const int Depth = 60;
        string open = string.Concat(Enumerable.Repeat($"{{\"{new string('n', 1000)}\": ", Depth));
        AssertInProportion($"{open}[{Numbers}]{new string('}', Depth)}", json => JsonFile.Parse(json, "config.json"));
    }

    [Theory]
    [InlineData("""{"a": {"b": [0, [1e999]]}}""", "a.b[1][0]")]
    [InlineData("""[{"a": 1}, {"a": -1e999}]""", "[1].a")]
    [InlineData("""{"a": 1e999}""", "a")]
    [InlineData("1e999", null)]
    public void A_number_beyond_double_precision_is_refused_where_it_stands(string json, string? field)
    {
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => JsonFile.ParseAny(Encoding.UTF8.GetBytes(json), "file.json"));
        Assert.Equal(("file.json", field), (error.File, error.Field));
        Assert.Contains("not finite", error.Message);
    }

    [Fact]
    public void A_name_is_spelled_in_one_line_and_not_too_long()
    {
        JsonSection section = Section(Encoding.UTF8.GetBytes($"{{\"{LongName}\": {{\"a\\nb\": [1, 2]}}}}")).Required(LongName, "");
        JsonSection item = section.Required("a\nb", "").Items().Last();
        Assert.Equal($"{LongName[..60]}....a b[1]", item.Path);
        Assert.Equal(item.Path, item.Unexpected("a text").Field);
    }

    private static JsonSection Section(byte[] json) => new("config.json", JsonFile.ParseAny(json, "config.json"));

    private static void AssertInProportion(string json, Action<byte[]> read)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(json);
        long before = GC.GetAllocatedBytesForCurrentThread();
        read(bytes);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, (1 << 20) + (128L * bytes.Length));
    }
}
