using System.Text.Json;
using CsCheck;
using DecoupleQ.Chat.Tools;

namespace DecoupleQ.Tests.Chat.Tools;

public sealed class JsonScannerTests
{
    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", ",", ":", "\"a\"", "\"", "\\", "\\u00e9", "\\ud83d", "\\ude00", "1", "0", "-", ".", "e", "true", "null", " ", "\n", "[]", "{}",
        "\"b\":", "1.5",
    ];

    [Theory]
    [InlineData("""{"a": [1, -0, 0.5e+10, 1E3, true, false, null, "x\"\\\/\b\f\n\r\t\u00e9", {}, []]}""", true)]
    [InlineData(" \t\r\n[ ] \n", true)]
    [InlineData("[01]", false)]
    [InlineData("[1.]", false)]
    [InlineData("[.5]", false)]
    [InlineData("[-]", false)]
    [InlineData("[+1]", false)]
    [InlineData("[1e]", false)]
    [InlineData("[1,]", false)]
    [InlineData("[,1]", false)]
    [InlineData("""{"a": 1,}""", false)]
    [InlineData("{a: 1}", false)]
    [InlineData("""{"a" 1}""", false)]
    [InlineData("""{"a": 1]""", false)]
    [InlineData("""["\x"]""", false)]
    [InlineData("""["\u12g4"]""", false)]
    [InlineData("[nul]", false)]
    [InlineData("[\"\t\"]", false)]
    [InlineData("[\u00a01]", false)]
    [InlineData("[] []", false)]
    [InlineData("""["\ud83d\ude00"]""", true)]
    [InlineData("""["\ud83d"]""", false)]
    [InlineData("""["\ude00"]""", false)]
    [InlineData("""["\ud83dx"]""", false)]
    [InlineData("""["\ud83d\n"]""", false)]
    public void Only_JSON_is_taken(string text, bool valid)
    {
        Assert.Equal(valid, IsJson(text));
        Assert.Equal(valid, IsJsonToThePlatform(text));
    }

    [Fact]
    public void Random_texts_are_JSON_where_the_platform_says_so()
    {
        int valid = 0;
        Gen.Int[0, Pieces.Length - 1].Array[1, 9].Select(pieces => string.Concat(pieces.Select(piece => Pieces[piece])))
            .Sample(
                text =>
                {
                    // The scanner is used on objects and arrays.
                    string list = $"[{text}]";
                    Assert.True(IsJson(list) == IsJsonToThePlatform(list), list);
                    valid += IsJson(list) ? 1 : 0;
                },
                iter: 8_000, threads: 1);
        Assert.True(valid > 80, $"{valid}");
    }

    private static bool IsJson(string text)
    {
        var scanner = new JsonScanner();
        return text.TrimEnd().All(scanner.Push) && scanner.IsDone;
    }

    private static bool IsJsonToThePlatform(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text);
            return Strings(document.RootElement);
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            return false;
        }

        // Throws on lone surrogates.
        static bool Strings(JsonElement element) => element.ValueKind switch
        {
            JsonValueKind.Array => element.EnumerateArray().All(Strings),
            JsonValueKind.Object => element.EnumerateObject().All(property => property.Name is not null && Strings(property.Value)),
            JsonValueKind.String => element.GetString() is not null,
            _ => true,
        };
    }
}
