using System.Collections.Immutable;

namespace DecoupleQ.Storage;

/// <summary>What is done with a key of a file.</summary>
internal enum KeyUse
{
    /// <summary>It is read, and does what it says.</summary>
    Honoured,

    /// <summary>It has no influence on any result, whatever its value.</summary>
    Harmless,

    /// <summary>It would change results and is not supported: only values that ask for nothing are taken.</summary>
    Refused,

    /// <summary>It may change what other programs do and is not followed, for a reason that <see cref="KnownKey.Reason"/> gives.</summary>
    NotFollowed,
}

/// <summary>A key of a file, and what is done with it.</summary>
/// <param name="Name">The key.</param>
/// <param name="Use">What is done with it.</param>
internal sealed record KnownKey(string Name, KeyUse Use)
{
    /// <summary>Of a refused key: the values that ask for nothing, as JSON spells them; null always does.</summary>
    public ImmutableArray<string> Neutral { get; init; } = [];

    /// <summary>Of a key that is not followed: why.</summary>
    public string? Reason { get; init; }

    /// <summary>Keys that are read.</summary>
    public static IEnumerable<KnownKey> Honoured(params IEnumerable<string> names) => names.Select(name => new KnownKey(name, KeyUse.Honoured));

    /// <summary>Keys without influence.</summary>
    public static IEnumerable<KnownKey> Harmless(params IEnumerable<string> names) => names.Select(name => new KnownKey(name, KeyUse.Harmless));

    /// <summary>A key that is refused unless it has one of these values.</summary>
    public static KnownKey Refused(string name, params ImmutableArray<string> neutral) => new(name, KeyUse.Refused) { Neutral = neutral };

    /// <summary>A key that is not followed.</summary>
    /// <param name="name">The key.</param>
    /// <param name="reason">Why, as part of a sentence.</param>
    public static KnownKey NotFollowed(string name, string reason) => new(name, KeyUse.NotFollowed) { Reason = reason };

    /// <summary>The values that a refused key may have, in words.</summary>
    public string Allowed => string.Join(" or ", [.. Neutral, "null"]);
}
