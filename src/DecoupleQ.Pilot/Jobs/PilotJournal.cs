using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using DecoupleQ.Evaluation.Tasks;
using DecoupleQ.Pilot.Quality;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Storage;

namespace DecoupleQ.Pilot.Jobs;

/// <summary>A setting that was tried.</summary>
/// <param name="Result">What came of it.</param>
/// <param name="RulesOut">Whether it rules others out.</param>
/// <param name="QuantizedBitsPerWeight">Bits of a weight of the quantized layers.</param>
/// <param name="QuantizingMemoryBytes">What the process grew by while quantizing, at most.</param>
internal sealed record TriedSetting(RungResult Result, bool RulesOut, double QuantizedBitsPerWeight, long QuantizingMemoryBytes);

/// <summary>What of the chosen setting is measured.</summary>
/// <param name="Quality">On text.</param>
/// <param name="Tasks">On the user's task.</param>
/// <param name="Size">What both models take.</param>
/// <param name="Speed">How fast both are.</param>
/// <param name="Risk">Where they differ most.</param>
internal sealed record ChosenParts(QualityFigures? Quality, IReadOnlyList<TaskPart>? Tasks, SizeFigures? Size, SpeedFigures? Speed, RiskFigures? Risk);

/// <summary>Windows that were measured.</summary>
/// <param name="Of">In which step.</param>
/// <param name="Figures">Of each window.</param>
internal sealed record MeasuredWindows(string Of, IReadOnlyList<WindowFigures> Figures);

/// <summary>What quantizing a setting has taken so far.</summary>
/// <param name="Of">The name of its folder.</param>
/// <param name="Seconds">In all runs.</param>
/// <param name="MemoryBytes">What the process grew by, at most.</param>
internal sealed record QuantizingTime(string Of, double Seconds, long MemoryBytes);

/// <summary>Questions that a model has answered.</summary>
/// <param name="Of">In which step, and which model.</param>
/// <param name="Items">What came of each.</param>
internal sealed record AnsweredTask(string Of, IReadOnlyList<AnsweredItem> Items);

/// <summary>What a model made of a question, without the question.</summary>
/// <param name="Line">Its line in the task's file.</param>
/// <param name="Score">From 0 to 1.</param>
/// <param name="IsRight">Whether it counts as right.</param>
/// <param name="Answer">What was written; null of choices.</param>
/// <param name="Tokens">Tokens of that.</param>
/// <param name="IsTruncated">Whether it was cut.</param>
/// <param name="Choice">Of choices.</param>
internal sealed record AnsweredItem(int Line, double Score, bool IsRight, string? Answer, int Tokens, bool IsTruncated, ChoiceResult? Choice)
{
    public static AnsweredItem Of(ItemResult result) =>
        new(result.Item.Line, result.Score, result.IsRight, result.Answer, result.Tokens, result.IsTruncated, result.Choice);

    public ItemResult To(TaskItem item) => new(item, Score, IsRight) { Answer = Answer, Tokens = Tokens, IsTruncated = IsTruncated, Choice = Choice };
}

/// <summary>What a pilot has finished.</summary>
/// <param name="Fingerprint">What its result depends on, by name.</param>
/// <param name="Tried">Settings that were tried, in that order.</param>
/// <param name="Chosen">Of the chosen one.</param>
/// <param name="Windows">Of the step that was under way: windows that were measured.</param>
/// <param name="Seconds">How long all runs before took.</param>
internal sealed record PilotJournal(
    SortedDictionary<string, string> Fingerprint, List<TriedSetting> Tried, ChosenParts Chosen, MeasuredWindows? Windows, double Seconds)
{
    /// <summary>What quantizing the setting that was under way has taken in all runs; null where none was.</summary>
    public QuantizingTime? Quantizing { get; init; }

    /// <summary>Questions that were answered, by step and model.</summary>
    public IReadOnlyList<AnsweredTask> Answered { get => field ?? []; init; } = [];

    /// <summary>SHA-256 of the journal without it: one that somebody or a disk has changed is not believed.</summary>
    public string? Sha256 { get; init; }

    /// <summary>The journal in a file; null if there is none.</summary>
    /// <exception cref="DecoupleQException">It is damaged, or of another pilot.</exception>
    public static PilotJournal? Read(string path, SortedDictionary<string, string> fingerprint)
    {
        if (!File.Exists(path))
        {
            return null;
        }
        PilotJournal journal;
        try
        {
            journal = JsonSerializer.Deserialize(StoredFile.ReadAll(path, FileKind.Journal), PilotJson.Default.PilotJournal)!;
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw Damaged(path, error);
        }
        if (journal is null || journal.Sha256 != journal.Hash())
        {
            throw Damaged(path, null);
        }
        string[] changed = [.. fingerprint.Keys.Union(journal.Fingerprint.Keys)
            .Where(key => fingerprint.GetValueOrDefault(key) != journal.Fingerprint.GetValueOrDefault(key))];
        return changed.Length == 0 ? journal : throw new DecoupleQException(
            $"The unfinished pilot was another one: {string.Join(", ", changed)} changed.", path, "resume", "the same command as before, or another folder");
    }

    /// <summary>Puts it on the disk.</summary>
    /// <exception cref="DecoupleQException">It cannot be written.</exception>
    public void Write(string path, DurableWriter disk) =>
        disk.Write(path, JsonSerializer.SerializeToUtf8Bytes(this with { Sha256 = Hash() }, PilotJson.Default.PilotJournal));

    private string Hash() =>
        Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(this with { Sha256 = null }, PilotJson.Default.PilotJournal)));

    private static DecoupleQException Damaged(string path, Exception? error) =>
        new("The journal of the unfinished pilot cannot be read.", path, expected: "another folder, to begin anew", inner: error);
}
