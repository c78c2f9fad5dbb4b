using System.Globalization;
using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Results;

namespace DecoupleQ.Pilot.Guidelines;

/// <summary>The command that makes a pilot again, from what it says of itself.</summary>
public static class PilotCommandText
{
    // The test is cut into as many windows as fill both halves.
    private const int Halves = 2;

    /// <summary>The command. Files stand in it by their names alone, as a result has them.</summary>
    public static string Of(PilotResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        PilotQuestion question = result.Question;
        List<string> words = ["decoupleq", "pilot", Word(result.Model.Name), "--test", .. question.Test.Select(Word)];
        if (result.Ladder.Count > 0)
        {
            SettingResult[] settings = [.. result.Ladder.Select(rung => rung.Setting)];
            Add("--calibration", question.Calibration);
            Add("--try-bits", settings.Select(setting => Number(setting.Bits)));
            Add("--try-group-sizes", settings.Select(setting => Number(setting.GroupSize)));
            Add("--try-tables", settings.Select(setting => setting.EmbeddingBits == LadderSetting.AsStored ? "as-stored" : Number(setting.EmbeddingBits)));
            Add("--try-presets", settings.Select(setting => setting.Preset));
            if (result.Quantizing is QuantizingResult quantizing)
            {
                foreach ((string name, string value) in quantizing.Settings.OrderBy(setting => setting.Key, StringComparer.Ordinal))
                {
                    Add($"--{name}", [value]);
                }
            }
        }
        else if (result.Chosen is ChosenResult given)
        {
            Add("--packed", [given.Folder]);
        }
        Add("--context", [Number(question.Context)]);
        Add("--windows", [Number((question.Windows + Halves - 1) / Halves)]);
        foreach (TaskPart task in result.Chosen?.Tasks ?? [])
        {
            Add("--task", [task.File]);
            Add("--metric", [task.Metric]);
        }
        words.AddRange(question.Thresholds);
        words.AddRange(["-o", "REPORT"]);
        return string.Join(' ', words);

        void Add(string option, IEnumerable<string> values)
        {
            words.Add(option);
            words.AddRange(values.Distinct().Select(Word));
        }
    }

    /// <summary>A word of a command line, quoted for a POSIX shell where it has to be.</summary>
    public static string Word(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Length > 0 && text.All(character => char.IsLetterOrDigit(character) || "-_./%+=:,@".Contains(character, StringComparison.Ordinal))
            ? text
            : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
    }

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
