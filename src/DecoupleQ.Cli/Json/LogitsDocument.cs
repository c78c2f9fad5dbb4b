using DecoupleQ.Evaluation;

namespace DecoupleQ.Cli.Json;

/// <summary>What <c>logits --json</c> prints.</summary>
/// <param name="Output">The file written.</param>
/// <param name="Sequences">Sequences.</param>
/// <param name="Positions">Positions whose logits it holds.</param>
/// <param name="Vocabulary">Logits of a position.</param>
internal sealed record LogitsDocument(string Output, int Sequences, long Positions, int Vocabulary)
{
    public static LogitsDocument From(string output, LogitsReport report) => new(output, report.Sequences, report.Positions, report.Vocabulary);
}
