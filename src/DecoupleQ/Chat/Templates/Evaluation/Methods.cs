using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Methods of values, as Python has them. Those that change their value are refused, as by the sandbox of transformers.</summary>
internal static class Methods
{
    private static readonly HashSet<string> ChangeMappings = ["clear", "pop", "popitem", "setdefault", "update"];
    private static readonly HashSet<string> ChangeLists = ["append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"];

    /// <summary>Whether a value has a method of this name that a template may call.</summary>
    public static bool Has(Value value, string name) => value switch
    {
        TextValue or SafeTextValue => TextMethods.ByName.ContainsKey(name),
        MappingValue => ContainerMethods.OfMappings.ContainsKey(name),
        ListValue list => ContainerMethods.OfLists.ContainsKey(name) && !(list.IsTuple && name == "copy"),
        BytesValue => name is "decode" or "hex",
        CyclerValue => name is "next" or "reset",
        LoopValue => name is "cycle" or "changed",
        _ => false,
    };

    /// <summary>What a method is to a template that changes its value: undefined, with the reason; null for any other name.</summary>
    public static UndefinedValue? Refused(Value value, string name) =>
        value is MappingValue && ChangeMappings.Contains(name) || value is ListValue { IsTuple: false } && ChangeLists.Contains(name)
            ? new UndefinedValue($"The method '{name}' changes {value.Kind}, which a template may not.")
            : null;

    /// <summary>Calls a method.</summary>
    /// <exception cref="DecoupleQException">The method does not take the arguments.</exception>
    public static Value Call(TemplateRun run, MethodValue method, Arguments arguments)
    {
        switch (method.Receiver)
        {
            case TextValue text:
                run.Spend(text.Text.Length);
                return TextMethods.ByName[method.Name](run, text, arguments);
            case SafeTextValue safe:
                run.Spend(safe.Text.Text.Length);
                return SafeTexts.Call(run, safe.Text, method.Name, arguments);
            case MappingValue mapping when ContainerMethods.OfMappings.TryGetValue(method.Name, out ContainerMethods.Method<MappingValue>? body):
                return body(run, mapping, arguments);
            case ListValue list when ContainerMethods.OfLists.TryGetValue(method.Name, out ContainerMethods.Method<ListValue>? body):
                return body(run, list, arguments);
            case BytesValue bytes:
                return TextEncoding.Call(run, bytes, method.Name, arguments);
            case CyclerValue cycler:
                arguments.None(run);
                return method.Name == "next" ? cycler.Next() : cycler.Reset();
            case LoopValue loop:
                return Loops.Call(run, loop, method.Name, arguments);
            default:
                throw new InvalidOperationException($"{method.Receiver.Kind} has no methods.");
        }
    }
}
