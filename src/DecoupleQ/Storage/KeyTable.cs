namespace DecoupleQ.Storage;

/// <summary>
/// Every key of a kind of file that is known here, and what is done with it: a key that is not known might change the result, and is refused.
/// </summary>
/// <remarks>docs/keys.md shows the tables; a test holds the two together.</remarks>
internal sealed class KeyTable
{
    private readonly Dictionary<string, KnownKey> _keys = new(StringComparer.Ordinal);

    /// <param name="title">What the keys are of.</param>
    /// <param name="keys">The keys; of two with one name the later counts.</param>
    public KeyTable(string title, params IEnumerable<KnownKey> keys)
    {
        Title = title;
        foreach (KnownKey key in keys)
        {
            _keys[key.Name] = key;
        }
    }

    /// <summary>What the keys are of.</summary>
    public string Title { get; }

    /// <summary>The keys, in no order.</summary>
    public IReadOnlyCollection<KnownKey> Keys => _keys.Values;

    /// <summary>These keys and others, which count where both have one.</summary>
    public KeyTable With(string title, params IEnumerable<KnownKey> others) => new(title, _keys.Values.Concat(others));

    /// <summary>The key of a name; null if it is not known.</summary>
    public KnownKey? Find(string name) => _keys.GetValueOrDefault(name);

    /// <summary>Refuses fields that are not known, and those that ask for what is not supported.</summary>
    /// <exception cref="DecoupleQException">There is one.</exception>
    public void Check(JsonSection section)
    {
        foreach ((string name, JsonSection value) in section.Fields())
        {
            if (value.Is("null"))
            {
                continue;
            }
            if (Find(name) is not KnownKey key)
            {
                throw section.Unexpected(
                    name,
                    "no such field: it is not known here, and might change the result. "
                        + $"If it does not matter, take it out of {Path.GetFileName(section.File)}");
            }
            if (key.Use == KeyUse.Refused && !key.Neutral.Any(value.Is))
            {
                throw section.Unexpected(name, $"{key.Allowed}; other values are not supported");
            }
        }
    }
}
