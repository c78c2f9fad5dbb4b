using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Tests.Fuzzing;

namespace DecoupleQ.Server.Tests.Fuzzing;

/// <summary>Makes requests that clients may send by mistake or with intent: bodies that are damaged in what they say or as bytes, and damaged heads.</summary>
internal sealed class RequestDamage
{
    private const int DeepestNesting = 20_000;

    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly JsonMutation _mutation = new(RequestSamples.All.Select(sample => sample.Body), RequestSamples.Extremes);
    private readonly (string Name, JsonNode? Value)[] _fields =
        [.. RequestSamples.All.SelectMany(sample => sample.Body).Select(field => (field.Key, field.Value)).DistinctBy(field => field.Key)];

    /// <summary>A request; the same for the same state of <paramref name="random"/>.</summary>
    public DamagedRequest Of(Random random)
    {
        (string path, JsonObject original) = RequestSamples.All[random.Next(RequestSamples.All.Count)];
        if (random.Next(5) == 0)
        {
            byte[] good = Encoding.UTF8.GetBytes(original.ToJsonString());
            return new DamagedRequest(HeadDamage.Of(path, good, random), IsWhole: false);
        }
        return new DamagedRequest(Whole(random.Next(16) == 0 ? Another(random) : path, Body(original, random)), IsWhole: true);
    }

    /// <summary>A request with a good head.</summary>
    public static byte[] Whole(string path, byte[] body) =>
    [
        .. Encoding.ASCII.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n")),
        .. body,
    ];

    private static string Another(Random random) => RequestSamples.All[random.Next(RequestSamples.All.Count)].Path;

    private byte[] Body(JsonObject original, Random random)
    {
        string text = original.ToJsonString();
        byte[] bytes = Encoding.UTF8.GetBytes(text);
        switch (random.Next(16))
        {
            case 0:
                return Mutation.Of(bytes, random);
            case 1:
                return bytes[..random.Next(bytes.Length)];
            case 2:
                // The field that there is, and another of the same name with some value.
                (string name, _) = original.ElementAt(random.Next(original.Count));
                return Encoding.UTF8.GetBytes($"{{\"{name}\":{Extreme(random)},{text[1..]}");
            case 3:
                string nested = Nested(random);
                return Encoding.UTF8.GetBytes(Replaced(original, nested, random));
            case 4:
                return Encoded(text, random);
            case 5:
                string[] numbers = ["1e999", "-1e999", "1e-999", "00", "1.", "+1", "NaN", "Infinity", "0x10", new string('9', random.Next(20, 5000)), "1E400"];
                return Encoding.UTF8.GetBytes(Replaced(original, numbers[random.Next(numbers.Length)], random));
            case 6:
                // A lone surrogate, or an escape that is none.
                string[] escapes = ["\"\\ud800\"", "\"\\udfff\\ud800\"", "\"\\x41\"", "\"\\u12\"", "\"\n\"", "'a'", "\"a\" /* b */", "a"];
                return Encoding.UTF8.GetBytes(Replaced(original, escapes[random.Next(escapes.Length)], random));
            case 7:
                // What another endpoint takes, or this one and the sample did not have.
                (string added, JsonNode? value) = _fields[random.Next(_fields.Length)];
                var more = (JsonObject)original.DeepClone();
                more[added] = random.Next(2) == 0 ? value?.DeepClone() : JsonNode.Parse(Extreme(random));
                return Encoding.UTF8.GetBytes((random.Next(2) == 0 ? more : _mutation.Of(more, random)).ToJsonString());
            case 8:
                return bytes;
            default:
                return Encoding.UTF8.GetBytes(_mutation.Of(original, random).ToJsonString());
        }
    }

    private static string Extreme(Random random) => RequestSamples.Extremes[random.Next(RequestSamples.Extremes.Count)];

    private static string Nested(Random random)
    {
        int depth = random.Next(3) == 0 ? random.Next(1, DeepestNesting) : random.Next(1, 70);
        (string open, string close) = random.Next(2) == 0 ? ("[", "]") : ("{\"a\":", "}");
        var text = new StringBuilder();
        text.Insert(0, open, depth);
        if (random.Next(4) > 0)
        {
            text.Append('1').Insert(text.Length, close, depth);
        }
        return text.ToString();
    }

    // The text of an object, one of whose fields, or of a field's fields, has another value, which need not be JSON.
    private static string Replaced(JsonObject original, string value, Random random)
    {
        const string Mark = "\uE000";
        var marked = (JsonObject)original.DeepClone();
        JsonObject place = marked;
        string name = place.ElementAt(random.Next(place.Count)).Key;
        while (place[name] is JsonObject { Count: > 0 } inner && random.Next(3) > 0)
        {
            place = inner;
            name = place.ElementAt(random.Next(place.Count)).Key;
        }
        place[name] = Mark;
        return marked.ToJsonString(Plain).Replace($"\"{Mark}\"", value, StringComparison.Ordinal);
    }

    private static byte[] Encoded(string text, Random random) => random.Next(6) switch
    {
        0 => Encoding.Unicode.GetBytes(text),
        1 => Encoding.UTF32.GetBytes(text),
        2 => [0xEF, 0xBB, 0xBF, .. Encoding.UTF8.GetBytes(text)],
        3 => Encoding.Latin1.GetBytes(text.Replace("H", "\u00C4", StringComparison.Ordinal).Replace("a", "\u00E4", StringComparison.Ordinal)),
        4 => [.. Encoding.UTF8.GetBytes(text), 0, .. "more"u8],
        // Overlong, beyond Unicode, and surrogates in UTF-8.
        _ => WithBytes(text, ((byte[][])[[0xC0, 0xAF], [0xF5, 0x80, 0x80, 0x80], [0xED, 0xA0, 0x80], [0x80]])[random.Next(4)], random),
    };

    private static byte[] WithBytes(string text, byte[] bytes, Random random)
    {
        int at = random.Next(text.Length);
        return [.. Encoding.UTF8.GetBytes(text[..at]), .. bytes, .. Encoding.UTF8.GetBytes(text[at..])];
    }
}
