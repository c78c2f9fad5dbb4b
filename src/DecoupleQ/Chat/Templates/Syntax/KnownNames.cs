namespace DecoupleQ.Chat.Templates.Syntax;

/// <summary>What a template may use by name; anything else is refused where it stands.</summary>
/// <param name="Filters">Names of filters.</param>
/// <param name="Tests">Names of tests.</param>
internal sealed record KnownNames(IReadOnlyList<string> Filters, IReadOnlyList<string> Tests);
