namespace DecoupleQ.Cli.Json;

/// <summary>What a command prints with <c>--json</c> when it fails.</summary>
internal sealed record ErrorDocument(ErrorDetails Error);

/// <param name="Message">One line, complete by itself.</param>
/// <param name="File">The file or folder concerned, if one is.</param>
/// <param name="Field">The tensor, JSON field or option concerned, if one is.</param>
/// <param name="Expected">What was expected instead, or what to do.</param>
internal sealed record ErrorDetails(string Message, string? File, string? Field, string? Expected);
