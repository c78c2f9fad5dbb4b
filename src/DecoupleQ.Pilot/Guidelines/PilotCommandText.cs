using System.Globalization;
using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Quantization.Calibration;

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
        bool isGiven = result.Ladder.Count == 0;
        if (!isGiven)
        {
            SettingResult[] settings = [.. result.Ladder.Select(rung => rung.Setting)];
            Add(words, "--calibration", question.Calibration);
            Add(words, "--try-bits", settings.Select(setting => Number(setting.Bits)));
            Add(words, "--try-group-sizes", settings.Select(setting => Number(setting.GroupSize)));
            Add(words, "--try-tables", settings.Select(setting =>
                setting.EmbeddingBits == LadderSetting.AsStored ? "as-stored" : Number(setting.EmbeddingBits)));
            Add(words, "--try-presets", settings.Select(setting => setting.Preset));
            if (result.Quantizing is QuantizingResult quantizing)
            {
                foreach ((string name, string value) in quantizing.Settings.OrderBy(setting => setting.Key, StringComparer.Ordinal))
                {
                    Add(words, $"--{name}", [value]);
                }
            }
        }
        else if (result.Chosen is ChosenResult given)
        {
            Add(words, "--packed", [given.Folder]);
            AddCalibration(words, question);
        }
        AddQuestion(words, result, isGiven ? question.Windows : (question.Windows + Halves - 1) / Halves);
        words.AddRange(["-o", "REPORT"]);
        return string.Join(' ', words);
    }

    /// <summary>
    /// The command that judges the chosen model of a result again, on more text and questions: nothing is quantized, and as nothing is chosen, all of the test
    /// judges.
    /// </summary>
    /// <param name="result">The result; it has a chosen model.</param>
    /// <param name="windows">Windows of text to judge on.</param>
    public static string OfMore(PilotResult result, long windows)
    {
        ArgumentNullException.ThrowIfNull(result);
        ChosenResult chosen = result.Chosen ?? throw new ArgumentException("Nothing is chosen.", nameof(result));
        List<string> words = ["decoupleq", "pilot", Word(result.Model.Name)];
        Add(words, "--packed", [chosen.Reason == ChoiceReason.Given ? chosen.Folder : "REPORT/" + chosen.Folder]);
        words.Add("--test");
        words.AddRange(result.Question.Test.Select(Word));
        AddCalibration(words, result.Question);
        AddQuestion(words, result, windows);
        words.AddRange(["-o", "REPORT2"]);
        return string.Join(' ', words);
    }

    // Of a model that is there, to be looked for in the test; what it wrote itself cannot be.
    private static void AddCalibration(List<string> words, PilotQuestion question)
    {
        string[] known = [.. question.Calibration.Where(source => source != CalibrationSource.Self)];
        if (known.Length > 0)
        {
            Add(words, "--calibration", known);
        }
    }

    private static void AddQuestion(List<string> words, PilotResult result, long windows)
    {
        Add(words, "--context", [Number(result.Question.Context)]);
        Add(words, "--windows", [windows.ToString(CultureInfo.InvariantCulture)]);
        foreach (TaskPart task in result.Chosen?.Tasks ?? [])
        {
            Add(words, "--task", [task.File]);
            Add(words, "--metric", [task.Metric]);
            words.AddRange(task.Options.Select(Word));
        }
        words.AddRange(result.Question.Thresholds);
    }

    private static void Add(List<string> words, string option, IEnumerable<string> values)
    {
        words.Add(option);
        words.AddRange(values.Distinct().Select(Word));
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
