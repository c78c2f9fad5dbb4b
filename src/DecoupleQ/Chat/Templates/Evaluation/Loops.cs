using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>What the variable <c>loop</c> can be asked to do, and values that go round.</summary>
internal static class Loops
{
    /// <summary><c>loop.cycle(a, b)</c>: each in turn; <c>loop.changed(a)</c>: whether the values are others than in the round before.</summary>
    public static Value Call(TemplateRun run, LoopValue loop, string method, Arguments arguments)
    {
        if (arguments.Named.Count > 0)
        {
            throw run.Fail($"{arguments.Callee} cannot be used with these arguments.", "values without names");
        }
        if (method == "cycle")
        {
            return arguments.Positional.Count > 0
                ? arguments.Positional[loop.Index % arguments.Positional.Count]
                : throw run.Fail("loop.cycle has no values.", "values to be taken in turn");
        }
        var values = new ListValue(arguments.Positional, isTuple: true);
        bool changed = loop.Last is null || !Comparisons.AreEqual(run, loop.Last, values);
        loop.Last = values;
        return BooleanValue.Of(changed);
    }
}

/// <summary>Nothing at its first call, a separator from then on: what <c>joiner</c> makes.</summary>
/// <param name="separator">The separator.</param>
internal sealed class JoinerValue(Value separator) : Value
{
    private bool _used;

    public override string Kind => "a joiner";

    public override bool IsTrue => true;

    public Value Call()
    {
        bool first = !_used;
        _used = true;
        return first ? TextValue.Empty : separator;
    }
}

/// <summary>Values that are given out in turn: what <c>cycler</c> makes.</summary>
/// <param name="values">The values, at least one.</param>
internal sealed class CyclerValue(IReadOnlyList<Value> values) : Value
{
    private int _position;

    public override string Kind => "a cycler";

    public override bool IsTrue => true;

    public Value Current => values[_position];

    public Value Next()
    {
        Value current = Current;
        _position = (_position + 1) % values.Count;
        return current;
    }

    public Value Reset()
    {
        _position = 0;
        return NoneValue.Instance;
    }
}
