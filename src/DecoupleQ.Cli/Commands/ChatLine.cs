namespace DecoupleQ.Cli.Commands;

/// <summary>What is typed in a conversation: a message, or a command with what stands behind it.</summary>
/// <param name="Command">The command with its slash; null for a message.</param>
/// <param name="Text">The message, or the command's argument without white space around it.</param>
internal sealed record ChatLine(string? Command, string Text)
{
    public const string Exit = "/exit";
    public const string Help = "/help";
    public const string Load = "/load";
    public const string New = "/new";
    public const string Regenerate = "/regen";
    public const string Save = "/save";
    public const string System = "/system";

    /// <summary>What begins and ends a message of several lines.</summary>
    public const string Quotes = "\"\"\"";

    /// <summary>The commands, and what they do.</summary>
    public static IReadOnlyList<(string Name, string Meaning)> All { get; } =
    [
        (Regenerate, "answer the last message again, with other draws"),
        (New, "start over; the instructions stay"),
        (System + " TEXT", "give instructions that stand before the conversation; without TEXT take them away"),
        (Save + " FILE", "save the conversation as JSON, as render --messages reads it"),
        (Load + " FILE", "go on with a conversation that was saved"),
        (Quotes, "begin a message of several lines, up to a line that ends with " + Quotes),
        (Help, "show this"),
        (Exit, "end the conversation, as Ctrl-D does"),
    ];

    /// <summary>
    /// What a line says. A command is a slash and letters at its start, behind which there is nothing or white space; so <c>/etc/hosts</c> begins a message,
    /// and so does a command behind a blank.
    /// </summary>
    public static ChatLine Of(string line)
    {
        int end = 1;
        while (end < line.Length && char.IsAsciiLetter(line[end]))
        {
            end++;
        }
        bool isCommand = line.StartsWith('/') && end > 1 && (end == line.Length || char.IsWhiteSpace(line[end]));
        return isCommand ? new ChatLine(line[..end], line[end..].Trim()) : new ChatLine(null, line);
    }
}
