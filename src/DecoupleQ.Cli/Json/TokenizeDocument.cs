namespace DecoupleQ.Cli.Json;

/// <summary>What <c>tokenize --json</c> prints.</summary>
/// <param name="Ids">The ids of the text.</param>
/// <param name="Tokens">The token of each id as the vocabulary spells it (<c>Ġthe</c>, <c>▁the</c>, <c>&lt;0x0A&gt;</c>).</param>
internal sealed record TokenizeDocument(IReadOnlyList<int> Ids, IReadOnlyList<string> Tokens);
