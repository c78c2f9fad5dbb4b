namespace DecoupleQ.Chat.Templates.Values;

/// <summary>The variable <c>loop</c> of a loop.</summary>
/// <param name="items">What the loop goes over.</param>
/// <param name="depth">How deep it is in a recursive loop, from 0.</param>
internal sealed class LoopValue(IReadOnlyList<Value> items, int depth = 0) : Value
{
    /// <summary>The values that <c>loop.changed</c> was asked about last; null if about none.</summary>
    public Value? Last { get; set; }

    /// <summary>Prints what the loop makes of other items, one level deeper; null if it is not recursive.</summary>
    public Func<Value, Value>? Recurse { get; init; }

    /// <summary>The place in the list, from 0.</summary>
    public int Index { get; set; }

    public override string Kind => "a loop";

    public override bool IsTrue => true;

    /// <summary>An attribute, or null.</summary>
    public Value? Find(string name) => name switch
    {
        "index" => new IntegerValue(Index + 1),
        "index0" => new IntegerValue(Index),
        "revindex" => new IntegerValue(items.Count - Index),
        "revindex0" => new IntegerValue(items.Count - Index - 1),
        "first" => BooleanValue.Of(Index == 0),
        "last" => BooleanValue.Of(Index == items.Count - 1),
        "depth" => new IntegerValue(depth + 1),
        "depth0" => new IntegerValue(depth),
        "length" => new IntegerValue(items.Count),
        "previtem" => Index > 0 ? items[Index - 1] : new UndefinedValue("There is no previous item."),
        "nextitem" => Index < items.Count - 1 ? items[Index + 1] : new UndefinedValue("There is no next item."),
        _ => null,
    };
}
