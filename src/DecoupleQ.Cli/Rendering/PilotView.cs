using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Pilot.Guidelines;
using DecoupleQ.Pilot.Jobs;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Thresholds;
using DecoupleQ.Reports.Layout;
using DecoupleQ.Reports.Wording;
using DecoupleQ.Statistics;
using Spectre.Console;

namespace DecoupleQ.Cli.Rendering;

/// <summary>What a pilot found, on one screen; the page has the rest.</summary>
internal static class PilotView
{
    private const int MostLayers = 3;
    private const double SmallestMonths = 0.01;

    private static readonly Phrases English = new(PilotWords.Of(ReportLanguage.English));

    public static void Write(Terminal terminal, PilotResult result, string output)
    {
        IAnsiConsole console = terminal.OutputConsole;
        if (result.Ladder.Count > 0)
        {
            console.Write(Ladder(result));
        }
        if (result.Chosen is ChosenResult chosen)
        {
            console.Write(Compared(chosen));
            console.Write(Judged(chosen));
            if (chosen.Risk.Layers.Count > 0)
            {
                console.Write(new Text($"Largest errors: {string.Join(", ", chosen.Risk.Layers.Take(MostLayers).Select(layer => layer.Name))}\n"));
            }
        }
        WriteCosts(terminal, result);
        console.Write(new Text(Sentence(result) + "\n"));
        if (Again(result) is string command)
        {
            terminal.Output.WriteLine($"To judge the model again, on more and without halves: {command}");
        }
        terminal.Output.WriteLine($"{Path.Combine(output, "pilot.html")} has the rest.");
    }

    /// <summary>The costs, if there are any.</summary>
    public static void WriteCosts(Terminal terminal, PilotResult result)
    {
        if (result.Cost is not JsonObject cost)
        {
            return;
        }
        JsonNode figures = cost["figures"]!;
        string currency = (string)cost["currency"]!;
        Table table = Tables.Create("Cost", "Dense", "Quantized");
        table.Row("machines", Of(figures["dense"]!["machines"]), Of(figures["packed"]!["machines"]));
        table.Row($"{currency} a month", Of(figures["dense"]!["costPerMonth"]), Of(figures["packed"]!["costPerMonth"]));
        table.Row(
            $"{currency} a million tokens", Of(figures["dense"]!["costPerMillionTokens"]), Of(figures["packed"]!["costPerMillionTokens"]));
        terminal.OutputConsole.Write(table);
        string saving = Of(figures["savingPerMonth"]), months = figures["monthsToPayBack"] is JsonObject back ? Months(back["value"]!) : Figures.None;
        terminal.OutputConsole.Write(new Text($"Saving: {saving} {currency} a month; months to pay back: {months}\n"));
    }

    /// <summary>Whether a pilot is a good one.</summary>
    public static void Write(Terminal terminal, PilotPreview preview)
    {
        IAnsiConsole console = terminal.OutputConsole;
        foreach (string finding in Findings(preview.Findings))
        {
            console.Write(new Text(finding + "\n"));
        }
        foreach (string line in Estimate(preview))
        {
            console.Write(new Text(line + "\n"));
        }
        console.Write(new Text("Nothing was written.\n"));
    }

    /// <summary>What speaks for a pilot and against it: the sentences of the page, and how much each matters.</summary>
    public static IReadOnlyList<string> Findings(IEnumerable<Finding> findings) =>
        [.. findings.Select(finding => $"{finding.Level.ToString().ToLowerInvariant()}: {English.Finding(finding)}")];

    /// <summary>What is tried, and about how long it takes.</summary>
    public static IEnumerable<string> Estimate(PilotPreview preview)
    {
        string least = Figures.About(TimeSpan.FromSeconds(preview.LeastSeconds)), most = Figures.About(TimeSpan.FromSeconds(preview.MostSeconds));
        if (preview.Model is null)
        {
            yield break;
        }
        if (preview.Settings.Count == 0)
        {
            yield return $"The packed model is judged on {Figures.Count(preview.Windows)} windows: about {least}, and what answers to a task take.";
            yield break;
        }
        yield return $"Settings, the cheapest first: {string.Join("; ", preview.Settings)}";
        yield return "They are tried in this order, but after one that clearly fails comes the largest of its kind: if that fails too, what lies between need "
            + "not be tried.";
        yield return $"It takes about {least} if the first setting passes, {most} if all have to be tried, and what answers to a task take.";
    }

    /// <summary>Which setting to take.</summary>
    public static void Write(Terminal terminal, Recommendation recommendation)
    {
        if (recommendation.Setting is not SettingResult setting)
        {
            terminal.Output.WriteLine("No setting was measured to the end, so there is none to take.");
            return;
        }
        string bits = Figures.Bits(recommendation.BitsPerWeight ?? 0);
        terminal.Output.WriteLine(recommendation switch
        {
            { IsRecommended: true, Reason: ChoiceReason.Given } => $"The packed model passes: {Name(setting)}, {bits} bits a weight.",
            { IsRecommended: true } => $"Take {Name(setting)}, the cheapest that passes: {bits} bits a weight.",
            { Verdict: null } => $"There was no threshold, so none is recommended; {Name(setting)} was measured: {bits} bits a weight.",
            { Verdict: Verdict.Undecided } => $"None passes for certain; the cheapest that may is {Name(setting)}: {bits} bits a weight.",
            _ => $"None passes; the nearest is {Name(setting)}: {bits} bits a weight.",
        });
        terminal.Output.WriteLine($"It is in {recommendation.Folder}.{(recommendation.Command is string command ? $" The same again: {command}" : "")}");
    }

    private static Table Ladder(PilotResult result)
    {
        Table table = Tables.Create("Setting", "Bits a weight", "Perplexity", "Agreement", "");
        foreach (RungResult rung in result.Ladder)
        {
            table.Row(
                Name(rung.Setting), Figures.Bits(rung.BitsPerWeight), rung.Quality is { } quality ? Increase(quality.PerplexityIncrease.Value) : Figures.None,
                rung.Quality is { } measured ? Figures.Percent(measured.Agreement.Value) : Figures.None, State(rung));
        }
        return table;
    }

    private static Table Compared(ChosenResult chosen)
    {
        Table table = Tables.Create($"Chosen: {Name(chosen.Setting)}", "Dense", "Quantized");
        table.Row("size on disk", Figures.Size(chosen.Size.DenseFiles), Figures.Size(chosen.Size.PackedFiles));
        table.Row("memory at most", Figures.Size(chosen.Size.DensePeak), Figures.Size(chosen.Size.PackedPeak));
        table.Row("load", Milliseconds(chosen.Speed.Dense.LoadSeconds.Value), Milliseconds(chosen.Speed.Packed.LoadSeconds.Value));
        table.Row("first token", Milliseconds(chosen.Speed.Dense.FirstTokenSeconds.Value), Milliseconds(chosen.Speed.Packed.FirstTokenSeconds.Value));
        table.Row("a token, median", Milliseconds(chosen.Speed.Dense.TokenSeconds.Median), Milliseconds(chosen.Speed.Packed.TokenSeconds.Median));
        foreach ((LoadSpeed dense, LoadSpeed packed) in chosen.Speed.Dense.Loads.Zip(chosen.Speed.Packed.Loads))
        {
            table.Row($"{dense.Requests} together", Figures.Rate(dense.TokensPerSecond.Value), Figures.Rate(packed.TokensPerSecond.Value));
        }
        table.Row("perplexity", Figures.Perplexity(chosen.Quality.DensePerplexity.Value), Figures.Perplexity(chosen.Quality.PackedPerplexity.Value));
        foreach (TaskPart task in chosen.Tasks)
        {
            table.Row($"{task.File}, right", Figures.Percent(task.DenseAccuracy.Value), Figures.Percent(task.PackedAccuracy.Value));
            table.Row("flips: lost, gained", "", $"{task.Lost}, {task.Gained}");
        }
        return table;
    }

    private static Table Judged(ChosenResult chosen)
    {
        Table table = Tables.Create("Threshold", "Limit", "Measured", "Verdict");
        foreach (JudgementResult judgement in chosen.Judgements)
        {
            string more = judgement.ItemsToDecide is long items
                ? $", about {English.Items(judgement.Threshold, Phrases.About(items))} would decide"
                : "";
            table.Row(judgement.Threshold, judgement.Limit, Interval(judgement.Measured), judgement.Verdict.ToString().ToLowerInvariant() + more);
        }
        return table;
    }

    private static string Sentence(PilotResult result)
    {
        JudgementResult[] open = [.. result.Chosen?.Judgements.Where(judgement => judgement.Verdict == Verdict.Undecided) ?? []];
        bool isOfOtherHalf = result.Chosen is ChosenResult chosen && chosen.Judgements.All(judgement => judgement.Verdict != result.Verdict);
        return result.Verdict switch
        {
            Verdict.Pass => "Passed: everything that was asked for holds.",
            Verdict.Fail when isOfOtherHalf => "Failed: a threshold is not met on the half of the test that settings are chosen on.",
            Verdict.Fail => "Failed: a threshold is not met.",
            Verdict.Undecided when isOfOtherHalf => "Undecided: on the half of the test that settings are chosen on, the setting neither passes nor fails.",
            Verdict.Undecided when open.All(judgement => judgement.Threshold == ThresholdKind.MaxLatency.Name) =>
                "Undecided: the time of a token differs too much from round to round; measure longer (--speed-seconds), or while nothing else runs.",
            Verdict.Undecided when open.All(judgement => judgement.Doubt == Doubt.AtThreshold) =>
                "Undecided: the figure lies at its limit, and more to test on would hardly tell.",
            Verdict.Undecided => "Undecided: there is too little to test on.",
            _ => "There was no threshold.",
        };
    }

    // Of what more windows or questions may decide; a finished pilot is not gone on with.
    private static string? Again(PilotResult result)
    {
        const int Most = 20;
        JudgementResult[] open =
        [
            .. result.Chosen?.Judgements.Where(judgement => judgement.Verdict == Verdict.Undecided && judgement.Threshold != ThresholdKind.MaxLatency.Name
                && judgement.Doubt != Doubt.AtThreshold && !(judgement.ItemsToDecide > Most * judgement.Items)) ?? [],
        ];
        bool isOfText(JudgementResult judgement) =>
            judgement.Threshold != ThresholdKind.MaxAccuracyLoss.Name && judgement.Threshold != ThresholdKind.MaxCriticalFlips.Name;
        return result.Verdict == Verdict.Undecided && open.Length > 0
            ? PilotCommandText.OfMore(
                result, open.Where(isOfText).Select(judgement => Phrases.About(judgement.ItemsToDecide ?? 0)).Append(result.Chosen!.Quality.Windows).Max())
            : null;
    }

    private static string State(RungResult rung) => rung.RuledOutBy is SettingResult by ? $"ruled out by {Name(by)}" : rung.State.ToString().ToLowerInvariant();

    private static string Name(SettingResult setting)
    {
        string group = setting.GroupSize < 0 ? "per channel" : string.Create(CultureInfo.InvariantCulture, $"groups of {setting.GroupSize}");
        string preset = setting.Preset.Length > 0 ? $", {setting.Preset}" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{setting.Bits} bits, {group}{preset}");
    }

    private static string Increase(double share) => (share >= 0 ? "+" : "") + Figures.Percent(share);

    private static string Milliseconds(double seconds) => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1000:0.0} ms");

    private static string Interval(Estimate estimate) => estimate is { Low: double low, High: double high }
        ? string.Create(CultureInfo.InvariantCulture, $"{estimate.Value:0.####} ({low:0.####} to {high:0.####})")
        : string.Create(CultureInfo.InvariantCulture, $"{estimate.Value:0.####}");

    private static string Of(JsonNode? spread) => spread is JsonObject known
        ? Number(known["value"]!) + ((double)known["low"]! == (double)known["high"]! ? "" : $" ({Number(known["low"]!)} to {Number(known["high"]!)})")
        : Figures.None;

    // A number, or "never".
    private static string Months(JsonNode value) =>
        value.GetValueKind() != JsonValueKind.Number ? value.ToString() : (double)value < SmallestMonths ? "less than 0.01" : Number(value);

    private static string Number(JsonNode number) => ((double)number).ToString("#,0.##", CultureInfo.InvariantCulture);
}
