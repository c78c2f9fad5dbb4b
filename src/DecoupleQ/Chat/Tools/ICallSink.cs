namespace DecoupleQ.Chat.Tools;

/// <summary>What takes a call as it is read.</summary>
internal interface ICallSink
{
    /// <summary>Whether there is a tool of this name.</summary>
    bool Knows(string name);

    /// <summary>A call begins.</summary>
    /// <param name="name">The tool.</param>
    /// <param name="id">The id that the model gave it; null or empty if it gave none.</param>
    void Begin(string name, string? id);

    /// <summary>The next character of its arguments.</summary>
    void Arguments(char character);

    /// <summary>Its arguments are complete.</summary>
    void End();
}
