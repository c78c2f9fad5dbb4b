using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Grammars;
using DecoupleQ.Tests.Fuzzing;
using Json.Schema;

namespace DecoupleQ.Tests.Grammars;

/// <summary>Schemas made by chance, answers held against another validator.</summary>
public sealed class JsonSchemaTests
{
    private static readonly JsonSerializerOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private const int FirstDamaged = 0;

    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Answers_that_end_by_themselves_satisfy_the_schema(int seed)
    {
        int ended = 0;
        for (int round = 0; round < 40; round++)
        {
            var random = new Random((1000 * seed) + round);
            JsonObject schema = new RandomSchema(random).Next();
            string text = schema.ToJsonString();
            Grammar grammar = Grammar.JsonSchema(text);
            JsonSchema validator = Validator(text);
            for (int answer = 0; answer < 3; answer++)
            {
                (byte[] bytes, bool hasEnded) = Answers.Write(grammar, Vocabularies.All[answer % 2], random, most: 150, impatience: 0.7);
                if (hasEnded)
                {
                    ended++;
                    AssertValid(validator, Strict.GetString(bytes), text);
                }
            }
        }
        Assert.True(ended > 60, $"{ended} answers ended.");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Valid_values_may_be_written_token_by_token_and_what_is_accepted_is_valid(int seed)
    {
        (int accepted, int refused) = (0, 0);
        for (int round = 0; round < 120; round++)
        {
            var random = new Random((2000 * seed) + round);
            var made = new RandomSchema(random);
            JsonObject schema = made.Next();
            string text = schema.ToJsonString();
            Grammar grammar = Grammar.JsonSchema(text);
            JsonSchema validator = Validator(text);
            for (int value = 0; value < 3; value++)
            {
                string instance = made.Value(schema)?.ToJsonString(Compact) ?? "null";
                AssertValid(validator, instance, text);
                int which = value % 2;
                Assert.True(
                    Answers.MayBeWritten(grammar, Vocabularies.All[which], Vocabularies.Tokenizers[which], instance), $"{instance} under {text}");
                for (int damage = 0; damage < 6; damage++)
                {
                    string damaged = Damaged(instance, random);
                    if (grammar.Accepts(damaged))
                    {
                        accepted++;
                        AssertValid(validator, damaged, text);
                    }
                    else
                    {
                        refused++;
                    }
                }
            }
        }
        Assert.True(accepted > 50 && refused > 1000, $"{accepted} accepted, {refused} refused");
    }

    [Fact]
    public void Answers_under_damaged_schemas_satisfy_what_they_say_now()
    {
        using var target = new JsonSchemaTarget();
        int ended = 0;
        for (int number = FirstDamaged; number < FirstDamaged + 600; number++)
        {
            var random = new Random(number);
            string text = Encoding.UTF8.GetString(target.Damage(random));
            Grammar grammar;
            JsonSchema validator;
            try
            {
                grammar = Grammar.JsonSchema(text);
                validator = Validator(text);
            }
            catch (Exception error) when (error is DecoupleQException or JsonException or InvalidOperationException or OverflowException)
            {
                // What no value comes to, such as a member of what must be a number, the validator looks at too.
                continue;
            }
            for (int answer = 0; answer < 4; answer++)
            {
                (byte[] bytes, bool hasEnded) = Answers.Write(grammar, Vocabularies.All[1], random, most: 60, impatience: 0.8);
                if (hasEnded)
                {
                    ended++;
                    AssertValid(validator, Strict.GetString(bytes), text);
                }
            }
        }
        Assert.True(ended > 100, $"{ended} answers ended.");
    }

    [Theory]
    [InlineData("{}", "{\"a\": [1, -0.5e+10, \"\\u00e9\\ud83d\\ude00\\/\"], \"b\": {}}", true)]
    [InlineData("{}", "\"\\ud83d\"", false)]
    [InlineData("{}", "\"\\ud83d\\u0041\"", false)]
    [InlineData("{}", "\"\\udc00\"", false)]
    [InlineData("{}", "\"a\tb\"", false)]
    [InlineData("{}", "\"a\\qb\"", false)]
    [InlineData("{}", "01", false)]
    [InlineData("{}", "1.", false)]
    [InlineData("{}", ".5", false)]
    [InlineData("{}", "+1", false)]
    [InlineData("{}", "1e5", true)]
    [InlineData("{}", "1e555", false)]
    [InlineData("{}", "[1,]", false)]
    [InlineData("{}", "{\"a\":1,}", false)]
    [InlineData("{}", "{\n  \"a\": 1,\n  \"b\": [\n    2\n  ]\n}", true)]
    [InlineData("{}", "{  \"a\":1}", false)]
    [InlineData("{}", "{\n\n\"a\":1}", false)]
    [InlineData("""{"type":"string","maxLength":2}""", "\"\\ud83d\\ude00\\\\\"", true)]
    [InlineData("""{"type":"string","maxLength":2}""", "\"\\ud83d\\ude00\\\\x\"", false)]
    [InlineData("""{"type":"string","minLength":3}""", "\"\\n😀\"", false)]
    [InlineData("""{"type":"string","maxLength":70000}""", "\"x\"", true)]
    [InlineData("""{"properties":{"a":{"type":"integer"}}}""", "7", true)]
    [InlineData("""{"properties":{"a":{"type":"integer"}}}""", "{\"a\":\"x\"}", false)]
    [InlineData("""{"properties":{"a":{"type":"integer"}}}""", "{\"\\u0061\":\"x\"}", false)]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{}},"required":["b"],"additionalProperties":false}""", "{\"b\":1}", true)]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{}},"required":["b"],"additionalProperties":false}""", "{\"a\":1}", false)]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{}},"required":["b"],"additionalProperties":false}""", "{,\"b\":1}", false)]
    [InlineData("""{"type":"object","properties":{"a":{},"b":{}},"required":["b"],"additionalProperties":false}""", "{\"b\":1,\"c\":2}", false)]
    [InlineData("""{"type":"object","required":["z"],"properties":{"a":false}}""", "{\"z\":1}", true)]
    [InlineData("""{"type":"object","required":["z"],"properties":{"a":false}}""", "{\"a\":1,\"z\":1}", false)]
    [InlineData("""{"type":"object","required":["z"],"properties":{"a":false}}""", "{\"z\":1,\"a\":1}", false)]
    [InlineData("""{"type":"integer","minimum":9.5,"exclusiveMaximum":12}""", "10", true)]
    [InlineData("""{"type":"integer","minimum":9.5,"exclusiveMaximum":12}""", "9", false)]
    [InlineData("""{"type":"integer","minimum":9.5,"exclusiveMaximum":12}""", "12", false)]
    [InlineData("""{"type":"number","minimum":-1.5,"maximum":99.25}""", "-1.50000", true)]
    [InlineData("""{"type":"number","minimum":-1.5,"maximum":99.25}""", "-1.500001", false)]
    [InlineData("""{"type":"number","minimum":-1.5,"maximum":99.25}""", "99.3", false)]
    [InlineData("""{"type":"number","exclusiveMinimum":0}""", "0.000", false)]
    [InlineData("""{"type":"number","exclusiveMinimum":0}""", "0.0001", true)]
    [InlineData("""{"type":"integer","multipleOf":7,"allOf":[{"multipleOf":3}]}""", "-42", true)]
    [InlineData("""{"type":"integer","multipleOf":7,"allOf":[{"multipleOf":3}]}""", "14", false)]
    [InlineData("""{"type":"integer","minimum":-9223372036854775808,"maximum":9223372036854775807}""", "9223372036854775807", true)]
    [InlineData("""{"type":"integer","minimum":-9223372036854775808,"maximum":9223372036854775807}""", "9223372036854775808", false)]
    [InlineData("""{"enum":["a","bb",3,4.5],"type":["string","integer"],"minLength":2,"minimum":4}""", "\"bb\"", true)]
    [InlineData("""{"enum":["a","bb",3,4],"type":["string","integer"],"minLength":2,"minimum":4}""", "3", false)]
    [InlineData("""{"enum":["a","bb",3,4],"type":["string","integer"],"minLength":2,"minimum":4}""", "4", true)]
    [InlineData("""{"enum":["a","bb",3,4],"type":["string","integer"],"minLength":2,"minimum":4}""", "\"a\"", false)]
    [InlineData("""{"$schema":"http://json-schema.org/draft-07/schema#","items":[{"const":1},{"const":2}],"additionalItems":{"const":3}}""", "[1,2,3,3]", true)]
    [InlineData("""{"$schema":"http://json-schema.org/draft-07/schema#","items":[{"const":1},{"const":2}],"additionalItems":{"const":3}}""", "[1,2,2]", false)]
    [InlineData("""{"definitions":{"a/b~":{"const":1}},"$ref":"#/definitions/a~1b~0"}""", "1", true)]
    [InlineData("""{"$id":"https://example.org/s","anyOf":[{"const":0},{"type":"array","items":{"$ref":"https://example.org/s"}}]}""", "[[0],[]]", true)]
    [InlineData("""{"anyOf":[{"type":"string"},{"type":"integer"}],"minimum":5,"maxLength":1}""", "5", true)]
    [InlineData("""{"anyOf":[{"type":"string"},{"type":"integer"}],"minimum":5,"maxLength":1}""", "4", false)]
    [InlineData("""{"type":"string","format":"date"}""", "\"2023-02-29\"", false)]
    [InlineData("""{"type":"string","format":"date"}""", "\"1900-02-29\"", false)]
    [InlineData("""{"type":"string","format":"ipv6"}""", "\"1::2::3\"", false)]
    [InlineData("""{"type":"string","format":"ipv4"}""", "\"256.1.1.1\"", false)]
    public void Values_are_accepted_or_not(string schema, string value, bool accepts) => Assert.Equal(accepts, Grammar.JsonSchema(schema).Accepts(value));

    [Theory]
    [InlineData("{\"type\":\"object\"", "The schema is not valid JSON")]
    [InlineData("[]", "#: It is no schema")]
    [InlineData("""{"properties":{"a b":{"type":"strin"}}}""", "#/properties/a b/type: strin is no type")]
    [InlineData("""{"not":{}}""", "#/not: The keyword not is not supported")]
    [InlineData("""{"if":{},"then":{}}""", "#/if: The keyword if is not supported")]
    [InlineData("""{"items":{"uniqueItems":true}}""", "#/items/uniqueItems: Arrays without equal items are not supported")]
    [InlineData("""{"patternProperties":{}}""", "The keyword patternProperties is not supported")]
    [InlineData("""{"dependentRequired":{}}""", "The keyword dependentRequired is not supported")]
    [InlineData("""{"propertyNames":{}}""", "The keyword propertyNames is not supported")]
    [InlineData("""{"contains":{}}""", "The keyword contains is not supported")]
    [InlineData("""{"nullable":true}""", "The keyword nullable is not supported")]
    [InlineData("""{"$schema":"http://json-schema.org/draft-04/schema#"}""", "It is no draft that is supported")]
    [InlineData("""{"$schema":"http://json-schema.org/draft-07/schema","items":{"$ref":"#","type":"object"}}""", "Beside $ref the keyword type has no effect")]
    [InlineData("""{"$ref":"#/$defs/a"}""", "#/$ref: It leads nowhere")]
    [InlineData("""{"$ref":"other.json"}""", "It refers to another document")]
    [InlineData("""{"$ref":"#"}""", "It refers to itself without anything between")]
    [InlineData("""{"anyOf":[{"type":"null"},{"$ref":"#"}]}""", "It refers to itself without anything between")]
    [InlineData("""{"oneOf":[{"type":"number"},{"type":"integer"}]}""", "#/oneOf/1: A value may satisfy it and #/oneOf/0")]
    [InlineData("""{"oneOf":[{"properties":{"a":{"const":1}}},{"properties":{"a":{"const":2}}}]}""", "#/oneOf/1: A value may satisfy it")]
    [InlineData("""{"type":"string","format":"color"}""", "#/format: The format color is not supported")]
    [InlineData("""{"type":"string","pattern":"(?=a)"}""", "#/pattern: Character 3 of the regular expression")]
    [InlineData("""{"type":"string","pattern":"[a-z]{500}x*","maxLength":900}""", "#/maxLength: The pattern, with what else")]
    [InlineData("""{"minLength":-1}""", "#/minLength: It is no count")]
    [InlineData("""{"maxItems":1.5}""", "#/maxItems: It is no count")]
    [InlineData("""{"minimum":"3"}""", "#/minimum: It is no number")]
    [InlineData("""{"multipleOf":0}""", "#/multipleOf: It is not above 0")]
    [InlineData("""{"type":"integer","multipleOf":123456789}""", "take too many states")]
    [InlineData("""{"type":"null","minItems":"a"}""", "#/minItems: It is no number")]
    [InlineData("""{"type":"null","additionalProperties":1}""", "#/additionalProperties: It is no schema")]
    [InlineData("""{"anyOf":[]}""", "#/anyOf: It is empty")]
    [InlineData("""{"type":[]}""", "#/type: It is empty")]
    [InlineData("""{"required":[1]}""", "#/required/0: It is no string")]
    [InlineData("""{"required":"a"}""", "#/required: It is no array")]
    [InlineData("""{"properties":[]}""", "#/properties: It is no object")]
    [InlineData("""{"minProperties":1}""", "#/minProperties: It asks for more members")]
    [InlineData("""{"type":"object","maxProperties":1}""", "#/maxProperties: It allows fewer members")]
    [InlineData("""{"enum":[{"a":1}],"required":["a"]}""", "#/required: Beside constants")]
    [InlineData("""{"type":"string","enum":[1,2]}""", "No text satisfies it")]
    [InlineData("""{"type":"object","properties":{"a":false},"required":["a"]}""", "No text satisfies it")]
    [InlineData("""{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}""", "No text satisfies it")]
    [InlineData("""{"title":"\ud800"}""", "half of a surrogate pair")]
    [InlineData("""{"a":1,"a":2}""", "The schema is not valid JSON")]
    [InlineData("false", "No text satisfies it")]
    public void What_cannot_be_honoured_is_refused_by_its_place(string schema, string expected) =>
        Assert.Contains(expected, Assert.Throws<DecoupleQException>(() => Grammar.JsonSchema(schema)).Message);

    [Theory]
    [InlineData("date")]
    [InlineData("time")]
    [InlineData("date-time")]
    [InlineData("duration")]
    [InlineData("email")]
    [InlineData("hostname")]
    [InlineData("ipv4")]
    [InlineData("ipv6")]
    [InlineData("uri")]
    [InlineData("uuid")]
    public void Texts_of_a_format_are_read_by_the_platform(string format)
    {
        Grammar grammar = Grammar.JsonSchema($$"""{"type":"string","format":"{{format}}"}""");
        int ended = 0;
        for (int seed = 0; seed < 60; seed++)
        {
            (byte[] bytes, bool hasEnded) = Answers.Write(grammar, Vocabularies.All[seed % 2], new Random(seed), most: 120, impatience: 1);
            if (hasEnded)
            {
                ended++;
                using JsonDocument document = JsonDocument.Parse(bytes);
                string text = document.RootElement.GetString()!;
                Assert.True(Reads(format, text), text);
            }
        }
        Assert.True(ended >= 10, $"{ended} ended");
    }

    // The platform's dates begin with the year 1.
    private static bool Reads(string format, string text) => format switch
    {
        "date" => text.StartsWith("0000", StringComparison.Ordinal) || DateOnly.TryParseExact(text, "yyyy-MM-dd", out _),
        "time" => TimeOnly.TryParse(text.AsSpan(0, 8), CultureInfo.InvariantCulture, out _),
        "date-time" => DateOnly.TryParseExact(text[..10], "yyyy-MM-dd", out _) || text.StartsWith("0000", StringComparison.Ordinal),
        // The platform's durations have no weeks.
        "duration" => text.EndsWith('W') || System.Xml.XmlConvert.ToTimeSpan(text) >= TimeSpan.Zero,
        "email" => System.Net.Mail.MailAddress.TryCreate(text, out System.Net.Mail.MailAddress? address) && address.Address == text,
        "hostname" => text.Length <= 253 && Uri.CheckHostName(text) != UriHostNameType.Unknown,
        "ipv4" => System.Net.IPAddress.TryParse(text, out System.Net.IPAddress? four) && four.ToString() == text,
        "ipv6" => System.Net.IPAddress.TryParse(text, out System.Net.IPAddress? six) && six.AddressFamily == System.Net.Sockets.AddressFamily.InterNetworkV6,
        "uri" => Uri.TryCreate(text, UriKind.Absolute, out _),
        _ => Guid.TryParseExact(text, "D", out _),
    };

    [Fact]
    public void Any_object_is_an_object_and_nothing_else()
    {
        Grammar grammar = Grammar.Json();
        Assert.True(grammar.Accepts("{\"a\": [null, {\"b\": -1.5e-3}], \"\": \"\\u0000\"}"));
        Assert.False(grammar.Accepts("[1]"));
        Assert.False(grammar.Accepts("\"x\""));
        var random = new Random(4);
        int ended = 0;
        for (int answer = 0; answer < 40; answer++)
        {
            (byte[] bytes, bool hasEnded) = Answers.Write(grammar, Vocabularies.All[answer % 2], random, most: 200);
            if (hasEnded)
            {
                ended++;
                using JsonDocument document = JsonDocument.Parse(Strict.GetString(bytes));
                Assert.Equal(JsonValueKind.Object, document.RootElement.ValueKind);
            }
        }
        Assert.True(ended > 20, $"{ended} ended");
    }

    // That validator takes no host without a dot, such as localhost.
    private static JsonSchema Validator(string schema) =>
        JsonSchema.FromText(schema.Replace("\"format\":\"hostname\"", "\"$comment\":\"\"", StringComparison.Ordinal));

    internal static void AssertValid(JsonSchema validator, string instance, string schema)
    {
        using JsonDocument document = JsonDocument.Parse(instance);
        EvaluationResults results;
        try
        {
            results = validator.Evaluate(
                Node(document.RootElement), new EvaluationOptions { OutputFormat = OutputFormat.List, RequireFormatValidation = true });
        }
        catch (Exception error) when (error is FormatException or OverflowException or RefResolutionException)
        {
            // It holds numbers as decimals, of 28 digits, and follows references that no value comes to.
            return;
        }
        string errors = string.Join("; ", results.Details.Where(detail => detail.HasErrors).Select(detail =>
            $"{detail.InstanceLocation}: {string.Join(", ", detail.Errors!.Values)}"));
        Assert.True(results.IsValid, $"{instance} under {schema}: {errors}");
    }

    // Of members with one name the last counts, as for most readers.
    private static JsonNode? Node(JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                var members = new JsonObject();
                foreach (JsonProperty member in element.EnumerateObject())
                {
                    members[member.Name] = Node(member.Value);
                }
                return members;
            case JsonValueKind.Array:
                return new JsonArray([.. element.EnumerateArray().Select(Node)]);
            default:
                return JsonValue.Create(element)?.DeepClone();
        }
    }

    private static string Damaged(string text, Random random)
    {
        int at = random.Next(text.Length + 1), length = Math.Min(random.Next(1, 4), text.Length - at);
        string piece = ((string[])["\"", "\\", ",", "{", "}", "]", "1", "0", "-", ".", "e", " ", "\n", "\t", "\u0001", "a", "é", "null", ":"])[random.Next(19)];
        return random.Next(4) switch
        {
            0 => text.Remove(at, length),
            1 => text.Insert(at, text.Substring(at, length)),
            2 => text.Remove(at, length).Insert(at, piece),
            _ => text.Insert(at, piece),
        };
    }
}
