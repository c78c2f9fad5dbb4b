using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Variables. Those of an outer scope can be seen, and are hidden by those set here; a body of a loop or macro has a scope of its own.</summary>
internal sealed class Scope(Scope? outer)
{
    private readonly Dictionary<string, Value> _variables = new(StringComparer.Ordinal);

    public void Set(string name, Value value) => _variables[name] = value;

    /// <summary>The value of a variable, or null.</summary>
    public Value? Find(TemplateRun run, string name)
    {
        for (Scope? scope = this; scope is not null; scope = scope.Outer)
        {
            // A name has at most some hundred characters.
            run.Spend(4);
            if (scope._variables.TryGetValue(name, out Value? value))
            {
                return value;
            }
        }
        return null;
    }

    private Scope? Outer => outer;
}
