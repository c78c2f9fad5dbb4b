using System.Text.Json.Nodes;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary>Damages what JSON says and not its syntax: values are exchanged for extreme ones and for others of its kind, or removed.</summary>
internal sealed class JsonMutation
{
    private const int LongestValue = 400;

    // Beside one another in a file: what is made of each item with the name of the list is the product of both.
    private const int LongName = 8192;
    private const int LongList = 8192;

    private readonly JsonNode?[] _values;

    /// <param name="originals">The files, whose values take each other's places.</param>
    /// <param name="extremes">Further values, as JSON.</param>
    public JsonMutation(IEnumerable<JsonObject> originals, IEnumerable<string> extremes) => _values =
    [
        .. extremes.Select(extreme => JsonNode.Parse(extreme)),
        Zeros(),
        new JsonObject { [Name()] = Zeros() },
        new JsonObject { [Name()] = new JsonObject([.. Enumerable.Range(0, LongList).Select(i => KeyValuePair.Create($"{i}", (JsonNode?)null))]) },
        .. originals.SelectMany(original => Places(original)).Select(place => place.Value).Where(value => value?.ToJsonString().Length < LongestValue),
    ];

    /// <summary>A damaged copy, one to three times.</summary>
    public JsonObject Of(JsonObject original, Random random)
    {
        var damaged = (JsonObject)original.DeepClone();
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            (JsonNode Parent, object Key, JsonNode? Value)[] places = [.. Places(damaged)];
            if (places.Length == 0)
            {
                break;
            }
            (JsonNode parent, object key, _) = places[random.Next(places.Length)];
            Change(parent, key, random.Next(8) == 0 ? null : _values[random.Next(_values.Length)]?.DeepClone(), random.Next(6) == 0);
        }
        return damaged;
    }

    private static void Change(JsonNode parent, object key, JsonNode? value, bool removes)
    {
        switch (parent, key)
        {
            case (JsonObject section, string name) when removes:
                section.Remove(name);
                break;
            case (JsonObject section, string name) when value is JsonObject { Count: LongList } or JsonArray { Count: LongList }:
                section.Remove(name);
                section[Name()] = value;
                break;
            case (JsonObject section, string name):
                section[name] = value;
                break;
            case (JsonArray list, int index) when removes:
                list.RemoveAt(index);
                break;
            case (JsonArray list, int index):
                list[index] = value;
                break;
        }
    }

    private static string Name() => new('n', LongName);

    private static JsonArray Zeros() => [.. Enumerable.Range(0, LongList).Select(_ => (JsonNode)0)];

    private static IEnumerable<(JsonNode Parent, object Key, JsonNode? Value)> Places(JsonNode node)
    {
        IEnumerable<(object Key, JsonNode? Value)> children = node switch
        {
            JsonObject section => section.Select(entry => ((object)entry.Key, entry.Value)),
            JsonArray list => list.Select((value, index) => ((object)index, value)),
            _ => [],
        };
        foreach ((object key, JsonNode? value) in children)
        {
            yield return (node, key, value);
            foreach ((JsonNode Parent, object Key, JsonNode? Value) inner in value is null ? [] : Places(value))
            {
                yield return inner;
            }
        }
    }
}
