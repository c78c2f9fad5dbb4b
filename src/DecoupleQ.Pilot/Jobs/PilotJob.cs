using System.Diagnostics;
using DecoupleQ.Pilot.Costs;
using DecoupleQ.Pilot.Feasibility;
using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Layers;
using DecoupleQ.Pilot.Measurements;
using DecoupleQ.Pilot.Progress;
using DecoupleQ.Pilot.Quality;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Risk;
using DecoupleQ.Pilot.TestData;
using DecoupleQ.Pilot.Thresholds;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Outputs;
using DecoupleQ.Storage;

namespace DecoupleQ.Pilot.Jobs;

/// <summary>
/// Tries settings of a ladder on one half of the test, the cheapest first, and measures the chosen one on the other half, beside the dense model. What is
/// finished is in the journal before the next step begins, so that a resumed pilot says what one that was never interrupted does, but for times.
/// </summary>
public sealed class PilotJob
{
    // Windows, tasks, times, risks of the chosen setting.
    private const int ChosenSteps = 4;

    // Loading, warming up, answering: about.
    private const double MeasuringSeconds = 30;

    private static readonly TimeSpan BetweenKeeps = TimeSpan.FromSeconds(5);

    private readonly PilotInput _input;
    private readonly PilotFolder _folder;
    private readonly PilotMeter _meter;
    private readonly DurableWriter _disk = new("room on the disk; the same command with --resume then goes on");
    private readonly CancellationToken _cancellation;
    private PilotJournal _journal;

    private PilotJob(PilotInput input, PilotFolder folder, PilotMeter meter, CancellationToken cancellationToken)
    {
        (_input, _folder, _meter, _cancellation) = (input, folder, meter, cancellationToken);
        _journal = PilotJournal.Read(folder.Journal, input.Fingerprint) ?? new(input.Fingerprint, [], new(null, null, null, null, null), null, 0);
    }

    private PilotOptions Options => _input.Options;

    /// <summary>Reads and checks all that a pilot works from: what it finds, and about how long it takes, is known before it begins.</summary>
    /// <param name="options">What is tried, on what, where to.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="DecoupleQException">Something cannot be used; says what and why.</exception>
    public static PilotPlan Plan(PilotOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        PilotFolder.Check(options.Output, options.Resume);
        PilotJudge.Check(options.Thresholds, options.Task);
        PilotCosts.Check(options);
        long start = Stopwatch.GetTimestamp();
        var input = PilotInput.Read(options, cancellationToken);
        return new PilotPlan(input, PreviewOf(input), Stopwatch.GetElapsedTime(start));
    }

    /// <summary>Says whether a pilot is a good one, and what it would take; writes nothing.</summary>
    /// <exception cref="DecoupleQException">Something cannot be used.</exception>
    public static PilotPreview Preview(PilotOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        PilotJudge.Check(options.Thresholds, options.Task);
        PilotCosts.Check(options);
        return FamilyCheck.Of(options.Model) is { Model: null, Finding: Finding obstacle }
            ? new(null, MachineFacts.Now(options.Quantization.Threads), [obstacle], [], 0, 0, 0)
            : PreviewOf(PilotInput.Read(options, cancellationToken));
    }

    /// <summary>Does what was planned.</summary>
    internal static PilotResult Run(
        PilotInput input, TimeSpan reading, Action<PilotResult, string> writePage, IProgress<PilotProgress>? progress, CancellationToken cancellationToken)
    {
        var meter = new PilotMeter(progress, reading);
        using PilotFolder folder = PilotFolder.Take(input.Options.Output, input.Options.Resume);
        return new PilotJob(input, folder, meter, cancellationToken).Run(writePage);
    }

    private static PilotPreview PreviewOf(PilotInput input)
    {
        FeasibilityResult feasibility = input.Feasibility;
        double measuring = input.Options.SpeedSeconds + MeasuringSeconds + feasibility.TextSeconds;
        return new(
            input.Model.Model, feasibility.Machine, feasibility.Findings,
            input.Ladder is Ladder ladder ? [.. ladder.Settings.Select(setting => setting.ToString())] : [], input.Test.Windows,
            measuring + feasibility.Settings.Select(setting => setting.Seconds + feasibility.TextSeconds).FirstOrDefault(),
            measuring + feasibility.Settings.Sum(setting => setting.Seconds + feasibility.TextSeconds));
    }

    /// <summary>Whether there is a pilot in a folder that can be gone on with.</summary>
    public static bool IsInterrupted(string output) => PilotFolder.IsInterrupted(output);

    private PilotResult Run(Action<PilotResult, string> writePage)
    {
        Keep(_journal);
        LadderProgress? climbed = _input.Ladder is Ladder ladder ? Climb(ladder) : null;
        (TriedSetting? chosen, ChoiceReason reason) = climbed is null ? (null, ChoiceReason.Given) : Choose(climbed);
        string packed = Options.Packed ?? _folder.Existing(FolderOf(chosen!.Result.Setting));
        ChosenResult result = Measure(chosen, reason, packed);
        Keep(_journal);
        PilotResult whole = new()
        {
            Tool = ToolVersion.Text,
            Finished = DateTimeOffset.UtcNow,
            Seconds = Math.Round(_journal.Seconds, 1),
            Model = _input.Model.Model,
            Machine = _input.Feasibility.Machine,
            Question = new PilotQuestion(
                [.. Options.Quantization.Calibration.Select(source => Path.GetFileName(source))], [.. Options.Test.Select(file => Path.GetFileName(file))],
                _input.Test.Windows, _input.Test.Context, [.. Options.Thresholds.Select(threshold => threshold.ToString())], Options.Concurrency,
                _input.Overlap) { RepeatedWindows = _input.Test.Repeated },
            Findings = [.. _input.Feasibility.Findings, .. LeftOut(result.Speed)],
            Ladder = climbed is null ? [] : [.. climbed.Rungs.Select(Of)],
            Quantizing = climbed is null ? null : QuantizingResult.Of(Options.Quantization, Options.Ladder.Presets),
            Verdict = PilotJudge.Overall(result.Judgements, reason),
            Chosen = result,
            Cost = PilotCosts.Of(Options, result) is CostInputs costs ? CostDocument.Of(costs) : null,
            Language = Options.Language,
        };
        if (Options.Packed is null)
        {
            _folder.PutModel(packed);
        }
        _disk.Write(Path.Combine(_folder.Path, PilotFolder.ResultName), whole.ToUtf8());
        writePage(whole, Path.Combine(_folder.Path, PilotFolder.PageName));
        _folder.Clear(_journal.Tried.Select(tried => FolderOf(tried.Result.Setting)));
        return whole;
    }

    private LadderProgress Climb(Ladder ladder)
    {
        while (true)
        {
            LadderProgress progress = ladder.After([.. _journal.Tried.Select(ResultOf)]);
            _meter.All = (2 * progress.Rungs.Count(rung => rung.State != RungState.RuledOut && rung.State != RungState.NotNeeded)) + ChosenSteps;
            if (progress.Next is not LadderSetting next)
            {
                return progress;
            }
            Rung rung = progress.Rungs.First(rung => rung.Setting == next);
            TriedSetting tried = Try(rung);
            string step = LadderSettings.NameOf(tried.Result.Setting);
            Keep(_journal with
            {
                Tried = [.. _journal.Tried, tried], Windows = null, Quantizing = null,
                Answered = [.. _journal.Answered.Where(task => !task.Of.EndsWith(step, StringComparison.Ordinal))],
            });
        }
    }

    private TriedSetting Try(Rung rung)
    {
        LadderSetting setting = rung.Setting;
        SettingResult named = LadderSettings.Of(setting);
        string name = setting.ToString(), step = LadderSettings.NameOf(named), output = FolderOf(named);
        _meter.Begin("quantizing", name);
        Quantize(setting, step, output, name);
        var stored = StoredSetting.Of(output);
        _meter.Begin("measuring", name);
        using var models = new ModelComparison(_input, output, _meter, _cancellation);
        QualityFigures quality = QualityMeasurement.Summarize(OnText(models, _input.Test.Choose, name, name));
        TaskPart? task = Options.Thresholds.Any(PilotJudge.IsOfTask) ? models.OnTask(_input.Choose, AnswersOf("choose", step), name) : null;
        IReadOnlyList<Judgement> judgements = PilotJudge.Judge(Options.Thresholds, quality, task, null);
        LadderResult result = LadderResult.Of(setting, judgements);
        QuantizingTime took = _journal.Quantizing!;
        return new TriedSetting(
            new RungResult(
                named, stored.BitsPerWeight.All, Ladder.StateOf(result.Verdict), null, [.. judgements.Select(JudgementResult.Of)],
                Verdicts.Overall(judgements.Select(judgement => judgement.Verdict)), quality, stored.Bytes, took.Seconds),
            result.RulesOut, stored.BitsPerWeight.QuantizedLayers, took.MemoryBytes);
    }

    // A folder that is whole is of this pilot, and of this setting by its name: the journal says that all else is as it was.
    private void Quantize(LadderSetting setting, string step, string output, string name)
    {
        QuantizingTime before = _journal.Quantizing is QuantizingTime known && known.Of == step ? known : new(step, 0, 0);
        if (QuantizedFolder.IsWhole(output, setting, Options.Quantization, _cancellation))
        {
            Keep(_journal with { Quantizing = before });
            return;
        }
        using var memory = new ResidentPeak();
        long start = Stopwatch.GetTimestamp(), kept = start;
        QuantizationJob.Run(
            setting.ApplyTo(Options.Quantization) with { Model = _input.Dense, Output = output, Resume = true, Force = true },
            _meter.Job(name, KeepTime), _cancellation);
        KeepNow(memory.Stop());

        // So that a run that is killed has not worked for nothing.
        void KeepTime()
        {
            if (Stopwatch.GetElapsedTime(kept) > BetweenKeeps)
            {
                KeepNow(memory.SoFar);
            }
        }

        void KeepNow(long bytes)
        {
            kept = Stopwatch.GetTimestamp();
            double seconds = before.Seconds + Stopwatch.GetElapsedTime(start).TotalSeconds;
            Keep(_journal with { Quantizing = new(step, seconds, Math.Max(before.MemoryBytes, bytes)) });
        }
    }

    // The dense model's answers on the half that settings are chosen on are the same for all of them.
    private Func<string, AnswerLog> AnswersOf(string half, string? step) => model => new AnswerLog(
        model == "dense" || step is null ? $"{half} {model}" : $"{half} {model} {step}",
        _journal.Answered,
        answered => Keep(_journal with { Answered = [.. _journal.Answered.Where(task => task.Of != answered.Of), answered] }));

    private (TriedSetting Setting, ChoiceReason Reason) Choose(LadderProgress climbed)
    {
        if (climbed.Recommended is LadderSetting passed)
        {
            return (Tried(passed), Options.Thresholds.Count == 0 ? ChoiceReason.FirstOfLadder : ChoiceReason.CheapestThatPasses);
        }
        Rung? doubt = climbed.Rungs.FirstOrDefault(rung => rung.State == RungState.Undecided);
        if (doubt is not null)
        {
            return (Tried(doubt.Setting), ChoiceReason.CheapestInDoubt);
        }
        return (_journal.Tried.MinBy(tried => tried.Result.Quality!.KlDivergence.Value)!, ChoiceReason.NearestToPassing);

        TriedSetting Tried(LadderSetting setting) => _journal.Tried.First(tried => tried.Result.Setting == LadderSettings.Of(setting));
    }

    private ChosenResult Measure(TriedSetting? tried, ChoiceReason reason, string packed)
    {
        SettingResult setting = tried?.Result.Setting ?? _input.Stored!.Setting;
        string given = Path.GetFileName(Path.TrimEndingDirectorySeparator(packed)), name = tried is null ? given : LadderSettings.TextOf(setting);
        if (_journal.Chosen is not { Quality: not null, Tasks: not null, Risk: not null })
        {
            using var models = new ModelComparison(_input, packed, _meter, _cancellation);
            Compare(models, packed, name);
        }
        QualityFigures quality = _journal.Chosen.Quality!;
        TaskPart? task = _journal.Chosen.Tasks is [TaskPart answered] ? answered : null;
        _meter.Begin("timing", name);
        (SizeFigures size, SpeedFigures speed) = Time(packed, name);
        return new ChosenResult(
            setting,
            reason,
            tried is null ? given : PilotFolder.ModelName,
            tried?.Result.BitsPerWeight ?? _input.Stored!.BitsPerWeight.All,
            tried?.QuantizedBitsPerWeight ?? _input.Stored!.BitsPerWeight.QuantizedLayers,
            [.. PilotJudge.Judge(Options.Thresholds, quality, task, speed).Select(JudgementResult.Of)],
            quality,
            _journal.Chosen.Tasks!,
            size,
            speed,
            _journal.Chosen.Risk!,
            tried?.Result.Seconds,
            tried?.QuantizingMemoryBytes);
    }

    private void Compare(ModelComparison models, string packed, string name)
    {
        _meter.Begin("measuring", name);
        IReadOnlyList<TestWindow> half = _input.Test.Judge;
        IReadOnlyList<WindowFigures> windows = OnText(models, half, "judge", name);
        Keep(_journal with { Chosen = _journal.Chosen with { Quality = QualityMeasurement.Summarize(windows) } });
        _meter.Begin("answering", name);
        if (_journal.Chosen.Tasks is null)
        {
            TaskPart? part = models.OnTask(_input.Judge, AnswersOf("judge", null), name);
            Keep(_journal with { Chosen = _journal.Chosen with { Tasks = part is null ? [] : [part] }, Answered = [] });
        }
        if (_journal.Chosen.Risk is null)
        {
            IReadOnlyList<ContinuationPair> written = Continuations.WriteAsync(
                models.Dense, models.Packed, half, null, _meter.Steps("answering", name), _cancellation).GetAwaiter().GetResult();
            _meter.Begin("comparing", name);
            IReadOnlyList<LayerRisk> layers = LayerErrors.Measure(
                _input.Dense, packed, half, new() { Threads = Options.Quantization.Threads }, _meter.Steps("comparing", name), _cancellation);
            RiskFigures risk = RiskSummary.Of(half, windows, models.Dense.Tokenizer, written, layers, _cancellation);
            Keep(_journal with { Chosen = _journal.Chosen with { Risk = risk }, Windows = null });
        }
    }

    // What was measured is kept every few seconds: a window of a large model takes as long.
    private IReadOnlyList<WindowFigures> OnText(ModelComparison models, IReadOnlyList<TestWindow> half, string step, string name)
    {
        List<WindowFigures> finished = _journal.Windows is { } windows && windows.Of == step ? [.. windows.Figures] : [];
        long kept = Stopwatch.GetTimestamp();
        return models.OnText(
            half,
            [.. finished],
            measured =>
            {
                finished.Add(measured);
                if (Stopwatch.GetElapsedTime(kept) > BetweenKeeps)
                {
                    Keep(_journal with { Windows = new(step, [.. finished]) });
                    kept = Stopwatch.GetTimestamp();
                }
            },
            name);
    }

    private (SizeFigures Size, SpeedFigures Speed) Time(string packed, string name)
    {
        if (_journal.Chosen is { Size: SizeFigures size, Speed: SpeedFigures speed })
        {
            return (size, speed);
        }
        int threads = Options.Quantization.Threads;
        size = SizeMeasurement.Measure(_input.Dense, packed, new() { Threads = threads, Requests = Options.Concurrency.Max() }, _cancellation);
        SpeedResult result = SpeedMeasurement.Measure(
            _input.Dense, packed, new() { Threads = threads, Concurrency = Options.Concurrency, Seconds = Options.SpeedSeconds },
            _meter.Speed("timing", name), _cancellation);
        SpeedFigures figures = result.Figures with { AreSame = SameFiles.Are(_input.Dense, packed, _cancellation) };
        Keep(_journal with { Chosen = _journal.Chosen with { Size = size, Speed = figures } });
        return (size, figures);
    }

    private IEnumerable<Finding> LeftOut(SpeedFigures speed) =>
        Options.Concurrency.Except(speed.Dense.Loads.Select(load => load.Requests)).Select(requests => new Finding(
            "requests-left-out", FindingLevel.Caution, new Dictionary<string, double> { ["requests"] = requests }));

    private void Keep(PilotJournal journal)
    {
        // What has passed is added to what is known now: the journal that is given may be from before a step that has kept something itself.
        _journal = journal with { Seconds = _journal.Seconds + _meter.TakeElapsed().TotalSeconds };
        _journal.Write(_folder.Journal, _disk);
    }

    private RungResult Of(Rung rung)
    {
        SettingResult setting = LadderSettings.Of(rung.Setting);
        return _journal.Tried.FirstOrDefault(tried => tried.Result.Setting == setting)?.Result ?? new RungResult(
            setting, rung.BitsPerWeight, rung.State, rung.RuledOutBy is LadderSetting by ? LadderSettings.Of(by) : null, [], null, null, null, null);
    }

    private LadderResult ResultOf(TriedSetting tried) => new(
        LadderSettings.From(tried.Result.Setting), tried.Result.Verdict ?? Verdict.Pass, tried.RulesOut);

    private string FolderOf(SettingResult setting) => _folder.InWork(LadderSettings.NameOf(setting));
}
