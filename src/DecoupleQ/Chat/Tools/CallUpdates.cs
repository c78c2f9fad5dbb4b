namespace DecoupleQ.Chat.Tools;

/// <summary>Makes updates of calls, with numbers and ids.</summary>
/// <param name="updates">Where they go.</param>
/// <param name="names">The tools that there are; null for any.</param>
/// <param name="newId">Makes ids.</param>
internal sealed class CallUpdates(UpdateBuilder updates, IReadOnlySet<string>? names, Func<string> newId) : ICallSink
{
    private readonly HashSet<string> _ids = [];

    /// <summary>Calls so far.</summary>
    public int Count { get; private set; }

    public bool Knows(string name) => name.Length > 0 && names?.Contains(name) != false;

    public void Begin(string name, string? id)
    {
        string own = id is not null && CallIds.IsOne(id) && !_ids.Contains(id) ? id : newId();
        _ids.Add(own);
        updates.Add(new ToolCallBegin(Count++, own, name));
    }

    public void Arguments(char character) => updates.Arguments(Count - 1, character);

    public void End() => updates.Add(new ToolCallEnd(Count - 1));
}
