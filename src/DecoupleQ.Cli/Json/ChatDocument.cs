namespace DecoupleQ.Cli.Json;

/// <summary>What <c>chat --json</c> prints when the conversation has ended.</summary>
/// <param name="Turns">What was said and answered, in order; also what came before a new start.</param>
internal sealed record ChatDocument(IReadOnlyList<ChatTurn> Turns);

/// <summary>A turn of a conversation.</summary>
/// <param name="User">What the user said.</param>
/// <param name="Answer">The answer.</param>
internal sealed record ChatTurn(string User, GenerateDocument Answer);
