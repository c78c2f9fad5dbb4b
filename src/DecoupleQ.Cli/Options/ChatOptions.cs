using System.CommandLine;
using DecoupleQ.Chat;
using DecoupleQ.Models;

namespace DecoupleQ.Cli.Options;

/// <summary>The options that say what stands before a conversation.</summary>
internal sealed class ChatOptions
{
    private readonly Option<string> _system = new("--system") { Description = "Instructions that stand before the conversation", HelpName = "TEXT" };
    private readonly DateOption _date = new("--date", "The date that the chat template is told, if it asks [default: today]");

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [_system, _date];

    /// <summary>A conversation with <paramref name="model"/>.</summary>
    public ChatSession Start(ParseResult parse, LanguageModel model, ChatTemplate template) =>
        new(model, template, parse.GetValue(_system), new() { Clock = parse.GetValue(_date) is DateOnly date ? new FixedDate(date) : TimeProvider.System });

    /// <summary>A clock that stands at the start of a day.</summary>
    private sealed class FixedDate(DateOnly date) : TimeProvider
    {
        public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

        public override DateTimeOffset GetUtcNow() => new(date, TimeOnly.MinValue, TimeSpan.Zero);
    }
}
