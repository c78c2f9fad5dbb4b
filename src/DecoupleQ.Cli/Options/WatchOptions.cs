using System.CommandLine;
using DecoupleQ.Monitoring.Drift;
using DecoupleQ.Monitoring.Logs;
using DecoupleQ.Server;

namespace DecoupleQ.Cli.Options;

/// <summary>The options of <c>serve</c> that say how its models are watched.</summary>
internal sealed class WatchOptions
{
    private static readonly DriftOptions Drift = new();
    private static readonly MonitorLogOptions Log = new() { Folder = "" };

    private readonly PathOption _monitor = new(
        "--monitor", [], "FOLDER", $"Write {MonitorLog.FileName} there: a line an answer, and what was found", "a folder; it is made if it is missing");

    private readonly SizeOption _monitorSize = new(
        "--monitor-size", "The most bytes of that file before the next one begins [default: 64MiB]", 1 << 16);

    private readonly NumberOption<int> _monitorFiles =
        new("--monitor-files", "The most files of it that are kept", MonitorLogOptions.MaxFilesRange, Log.MaxFiles);

    private readonly Option<bool> _logContent = new("--log-content")
    {
        Description = "Log prompts and answers too: in the server's log, and in that of --monitor",
    };

    private readonly PathOption _baseline = new(
        "--baseline", [], "FILE", "Compare answers with this baseline, and say when they differ", "a file that 'decoupleq baseline' has written");

    private readonly NumberOption<int> _window =
        new("--drift-window", "The answers that are compared at a time: the last ones", DriftOptions.WindowRange, Drift.Window);

    private readonly NumberOption<double> _falseAlarms = new(
        "--drift-false-alarms", "How probable a false alarm may be in 1,000 answers", DriftOptions.FalseAlarmsRange, Drift.FalseAlarms);

    private readonly PathOption _shadowModel = new(
        "--shadow-model", [], "DENSE", "Replay some answers on this model in idle time, and compare", ModelArgument.Expected + " with the same vocabulary");

    private readonly ShareOption _shadowRate = new(
        "--shadow-rate",
        "The share of requests, such as 1% or 0.01, whose answers are replayed in idle time: on --shadow-model, or those of a canary on the first model");

    private readonly ShareOption _minAgreement = new(
        "--min-agreement",
        "The least share of replayed tokens, such as 85% or 0.85, in which the canary must agree with the first model; below it the canary answers no more",
        oneIsAll: true);

    private readonly PathOption _canaryBaseline = new(
        "--canary-baseline", [], "FILE", "The canary answers no more once its answers differ from this baseline",
        "a file that 'decoupleq baseline' has written");

    /// <summary>Those of any server.</summary>
    public IReadOnlyList<Option> All =>
        [_monitor, _monitorSize, _monitorFiles, _logContent, _baseline, _window, _falseAlarms, _shadowModel, _shadowRate];

    /// <summary>Those of a server with a canary.</summary>
    public IReadOnlyList<Option> OfCanary => [_minAgreement, _canaryBaseline];

    /// <summary>Puts what was given into a server's options.</summary>
    /// <exception cref="UsageException">An option would do nothing, as another is missing.</exception>
    public ServerOptions Read(ParseResult parse, ServerOptions options)
    {
        RequireBeside(parse, parse.GetValue(_monitor) is not null, _monitor, _monitorSize, _monitorFiles);
        RequireBeside(parse, parse.GetValue(_baseline) is not null || parse.GetValue(_canaryBaseline) is not null, _baseline, _window, _falseAlarms);
        foreach (Option option in OfCanary)
        {
            if (options.Canary is null && parse.GetResult(option) is { Implicit: false })
            {
                throw new UsageException("There is no canary that it could be about.", option.Name, "--canary and --share beside it");
            }
        }
        return options with
        {
            MonitorLog = parse.GetValue(_monitor) is not string folder ? null : new MonitorLogOptions
            {
                Folder = folder,
                MaxFileBytes = parse.GetValue(_monitorSize) ?? Log.MaxFileBytes,
                MaxFiles = _monitorFiles.ValueIn(parse),
            },
            LogContent = parse.GetValue(_logContent),
            Baseline = parse.GetValue(_baseline),
            Drift = new DriftOptions { Window = _window.ValueIn(parse), FalseAlarms = _falseAlarms.ValueIn(parse) },
            ShadowModel = parse.GetValue(_shadowModel),
            ShadowRate = parse.GetValue(_shadowRate) ?? 0,
            Canary = options.Canary is null ? null : options.Canary with
            {
                MinAgreement = parse.GetValue(_minAgreement),
                Baseline = parse.GetValue(_canaryBaseline),
            },
        };
    }

    private static void RequireBeside(ParseResult parse, bool there, Option needed, params ReadOnlySpan<Option> options)
    {
        foreach (Option option in options)
        {
            if (!there && parse.GetResult(option) is { Implicit: false })
            {
                throw new UsageException("It has no effect by itself.", option.Name, $"{needed.Name} beside it");
            }
        }
    }
}
