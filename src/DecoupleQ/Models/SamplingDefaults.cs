using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Storage;

namespace DecoupleQ.Models;

/// <summary>
/// How a model's authors sample from it: what <c>generation_config.json</c>, or the config of a model without one, says beside <c>do_sample: true</c>; null is
/// what it does not.
/// </summary>
internal sealed record SamplingDefaults
{
    /// <summary>1 where the file names none.</summary>
    public required ModelDefault<double> Temperature { get; init; }

    /// <summary><c>top_k</c>.</summary>
    public ModelDefault<int>? TopK { get; init; }

    /// <summary><c>top_p</c>.</summary>
    public ModelDefault<double>? TopP { get; init; }

    /// <summary><c>min_p</c>.</summary>
    public ModelDefault<double>? MinP { get; init; }

    /// <summary><c>typical_p</c>.</summary>
    public ModelDefault<double>? TypicalP { get; init; }

    /// <summary><c>repetition_penalty</c>.</summary>
    public ModelDefault<double>? RepetitionPenalty { get; init; }

    /// <summary>Reads them; null if nothing says <c>do_sample: true</c>.</summary>
    /// <exception cref="DecoupleQException">A field has another type, or asks for what is not supported.</exception>
    public static SamplingDefaults? Of(Checkpoint checkpoint)
    {
        JsonSection section = GenerationKeys.Find(checkpoint.Path, checkpoint.ConfigSection);
        if (section.Flag("do_sample") != true)
        {
            return null;
        }
        return new()
        {
            Temperature = Number("temperature") ?? new(1, section, "temperature"),
            TopK = section.Integer("top_k") is int count ? new(count, section, "top_k") : null,
            TopP = Number("top_p"),
            MinP = Number("min_p"),
            TypicalP = Number("typical_p"),
            RepetitionPenalty = Number("repetition_penalty"),
        };

        ModelDefault<double>? Number(string field) => section.Number(field) is double value ? new(value, section, field) : null;
    }
}

/// <summary>A value of a model's file.</summary>
/// <param name="Value">The value, in its range or not.</param>
/// <param name="Section">The file.</param>
/// <param name="Field">The field.</param>
internal readonly record struct ModelDefault<T>(T Value, JsonSection Section, string Field)
    where T : struct
{
    /// <summary>The error for a value that cannot be used.</summary>
    public DecoupleQException OutOfRange(string expected) => Section.Unexpected(Field, expected);
}
