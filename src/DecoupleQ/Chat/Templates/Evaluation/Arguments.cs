using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>The arguments of a call.</summary>
/// <param name="Callee">What is called, for errors: "The filter 'join'".</param>
/// <param name="Positional">Those without a name.</param>
/// <param name="Named">Those with a name.</param>
internal sealed record Arguments(string Callee, IReadOnlyList<Value> Positional, IReadOnlyList<(string Name, Value Value)> Named)
{
    /// <summary>The arguments in the order of <paramref name="names"/>; null for those that are not given.</summary>
    /// <param name="run">For errors.</param>
    /// <param name="required">How many of the first must be given.</param>
    /// <param name="names">Names of the parameters.</param>
    /// <exception cref="DecoupleQException">One is missing, unknown, given twice, or too many.</exception>
    public Value?[] Bind(TemplateRun run, int required, params ReadOnlySpan<string> names)
    {
        run.Spend(4 + 2L * names.Length * (1 + Named.Count));
        var values = new Value?[names.Length];
        bool fits = Positional.Count <= names.Length;
        for (int i = 0; fits && i < Positional.Count; i++)
        {
            values[i] = Positional[i];
        }
        foreach ((string name, Value value) in Named)
        {
            int index = names.IndexOf(name);
            fits &= index >= 0 && values[index] is null;
            if (fits)
            {
                values[index] = value;
            }
        }
        if (!fits || values.AsSpan(0, required).Contains(null))
        {
            string parameters = names.IsEmpty
                ? "no arguments"
                : "arguments " + string.Join(", ", names.ToArray().Select((name, i) => i < required ? name : $"[{name}]"));
            throw run.Fail($"{Callee} cannot be used with these arguments.", parameters);
        }
        return values;
    }

    /// <summary>Checks that there are none.</summary>
    public void None(TemplateRun run) => Bind(run, 0);
}
