namespace DecoupleQ.Chat.Templates.Values;

/// <summary>A value of a template, with the meaning that it has in Python.</summary>
internal abstract class Value
{
    /// <summary>What it is, for errors: "a text", "a list".</summary>
    public abstract string Kind { get; }

    /// <summary>Whether it counts as true in a condition.</summary>
    public abstract bool IsTrue { get; }
}

/// <summary>What a name or attribute that does not exist gives: printed as nothing, false, without items; using it for more is an error.</summary>
/// <param name="problem">What does not exist, as a sentence.</param>
internal sealed class UndefinedValue(string problem) : Value
{
    public string Problem => problem;

    public override string Kind => "undefined";

    public override bool IsTrue => false;
}

/// <summary><c>none</c></summary>
internal sealed class NoneValue : Value
{
    private NoneValue()
    {
    }

    public static NoneValue Instance { get; } = new();

    public override string Kind => "none";

    public override bool IsTrue => false;
}

/// <summary><c>true</c> or <c>false</c>; 1 or 0 in arithmetic.</summary>
internal sealed class BooleanValue : Value
{
    private BooleanValue(bool isTrue) => IsTrue = isTrue;

    public static BooleanValue True { get; } = new(true);

    public static BooleanValue False { get; } = new(false);

    public override string Kind => "a boolean";

    public override bool IsTrue { get; }

    public static BooleanValue Of(bool value) => value ? True : False;
}

/// <summary>An integer. Python's have no end; beyond 64 bits there is an error.</summary>
internal sealed class IntegerValue(long number) : Value
{
    public long Number => number;

    public override string Kind => "an integer";

    public override bool IsTrue => number != 0;
}

/// <summary>A floating-point number.</summary>
internal sealed class FloatValue(double number) : Value
{
    public double Number => number;

    public override string Kind => "a number";

    public override bool IsTrue => number != 0;
}

/// <summary>A list or tuple. It does not change.</summary>
internal sealed class ListValue(IReadOnlyList<Value> items, bool isTuple = false) : Value
{
    public IReadOnlyList<Value> Items => items;

    public bool IsTuple => isTuple;

    /// <summary>What the items can be asked for by as attributes, in order; null if by nothing.</summary>
    public IReadOnlyList<string>? Names { get; init; }

    public override string Kind => isTuple ? "a tuple" : "a list";

    public override bool IsTrue => items.Count > 0;
}

/// <summary>Bytes, which only encoding a text gives.</summary>
internal sealed class BytesValue(byte[] bytes, bool isGiven) : Value
{
    public byte[] Bytes => bytes;

    /// <summary>Whether the text was given to the template, or a part of it.</summary>
    public bool IsGiven => isGiven;

    public override string Kind => "bytes";

    public override bool IsTrue => bytes.Length > 0;
}

/// <summary>Attributes that a template sets: what loops and conditions hand out to the code after them.</summary>
internal sealed class NamespaceValue : Value
{
    public Dictionary<string, Value> Attributes { get; } = new(StringComparer.Ordinal);

    public override string Kind => "a namespace";

    public override bool IsTrue => true;
}

/// <summary>Text that the template marked as safe for HTML. It is printed as it is; Jinja would escape what is added to it, so adding is refused.</summary>
internal sealed class SafeTextValue(TextValue text) : Value
{
    public TextValue Text => text;

    public override string Kind => "text marked as safe";

    public override bool IsTrue => text.IsTrue;
}
