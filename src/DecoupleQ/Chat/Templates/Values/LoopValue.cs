namespace DecoupleQ.Chat.Templates.Values;

/// <summary>The variable <c>loop</c> of a loop.</summary>
/// <param name="items">What the loop goes over.</param>
internal sealed class LoopValue(IReadOnlyList<Value> items) : Value
{
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
        "length" => new IntegerValue(items.Count),
        "previtem" => Index > 0 ? items[Index - 1] : new UndefinedValue("There is no previous item."),
        "nextitem" => Index < items.Count - 1 ? items[Index + 1] : new UndefinedValue("There is no next item."),
        _ => null,
    };
}
