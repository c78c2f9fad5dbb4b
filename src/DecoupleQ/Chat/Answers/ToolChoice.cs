namespace DecoupleQ.Chat.Answers;

/// <summary>Whether an answer calls tools.</summary>
/// <param name="Kind">Whether it may or must.</param>
/// <param name="Name">The only tool that it may call; null for any.</param>
public readonly record struct ToolChoice(ToolChoiceKind Kind, string? Name = null)
{
    /// <summary>As the model likes.</summary>
    public static ToolChoice Auto => default;

    /// <summary>None: the model is not told of the tools.</summary>
    public static ToolChoice None => new(ToolChoiceKind.None);

    /// <summary>At least one.</summary>
    public static ToolChoice Required => new(ToolChoiceKind.Required);

    /// <summary>This one.</summary>
    public static ToolChoice Named(string name) => new(ToolChoiceKind.Required, name);
}

/// <summary>Kinds of <see cref="ToolChoice"/>.</summary>
public enum ToolChoiceKind
{
    /// <summary>As the model likes.</summary>
    Auto,

    /// <summary>None.</summary>
    None,

    /// <summary>At least one.</summary>
    Required,
}
