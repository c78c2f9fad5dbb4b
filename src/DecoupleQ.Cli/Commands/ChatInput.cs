using System.Text;
using DecoupleQ.Chat;
using DecoupleQ.Cli.Rendering;

namespace DecoupleQ.Cli.Commands;

/// <summary>Reads what is typed or piped into a conversation.</summary>
/// <param name="terminal">Where from.</param>
/// <param name="cancellation">Ends the wait for it.</param>
internal sealed class ChatInput(Terminal terminal, CancellationToken cancellation)
{
    // A conversation that is longer could be saved, but not loaded.
    private static readonly long Most = ConversationJson.MostBytes;

    private readonly Lazy<LineReader> _piped = new(() => new LineReader(terminal.Input, Most));

    /// <summary>The next line, or message of several lines; null at the end of the input.</summary>
    public ChatLine? Next()
    {
        if (ReadLine("> ") is not string line)
        {
            return null;
        }
        return line.StartsWith(ChatLine.Quotes, StringComparison.Ordinal) ? new ChatLine(null, ReadMessage(line[ChatLine.Quotes.Length..])) : ChatLine.Of(line);
    }

    /// <summary>The lines of a message, up to the one that ends with quotes.</summary>
    private string ReadMessage(string line)
    {
        var message = new StringBuilder();
        while (!line.TrimEnd().EndsWith(ChatLine.Quotes, StringComparison.Ordinal))
        {
            LineReader.Check(message.Length + line.Length + 1L, Most);
            message.Append(line).Append('\n');
            if (ReadLine(". ") is not string next)
            {
                terminal.Error.WriteLine($"The message has no {ChatLine.Quotes} at its end; it ends with the input.");
                return message.ToString().Trim('\n');
            }
            line = next;
        }
        return message.Append(line.TrimEnd()[..^ChatLine.Quotes.Length]).ToString().Trim('\n');
    }

    private string? ReadLine(string prompt)
    {
        if (terminal.IsInputLive)
        {
            terminal.Error.Write(prompt);
            terminal.Error.Flush();
        }
        return InputWait.For(() => terminal.IsInputLive ? terminal.Input.ReadLine() : _piped.Value.ReadLine(), cancellation);
    }
}
