using System.Globalization;
using DecoupleQ.Monitoring.Drift;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Monitoring.Logs;
using DecoupleQ.Server.Models;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace DecoupleQ.Server.Monitoring;

/// <summary>Has a model score its baseline's texts when the server begins, and every ten minutes.</summary>
/// <param name="served">The model.</param>
/// <param name="texts">The baseline's texts, at least one.</param>
/// <param name="degradation">Where it is said that something is wrong.</param>
/// <param name="entries">The monitor log; null for none.</param>
/// <param name="logger">The log.</param>
internal sealed partial class SelfChecks(
    ServedModel served, IReadOnlyList<ReferenceText> texts, Degradation degradation, MonitorLog? entries, ILogger<SelfChecks> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(10);

    // NaN before the first.
    private double _difference = double.NaN;

    /// <summary>Told when the model is not the baseline's.</summary>
    public event Action<SelfCheckReason>? Failed;

    /// <summary>The last difference in nats a token; null before the first.</summary>
    public double? Difference
    {
        get => Volatile.Read(ref _difference) is var difference && double.IsNaN(difference) ? null : difference;
        private set => Volatile.Write(ref _difference, value ?? double.NaN);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        do
        {
            await CheckAsync(stoppingToken).ConfigureAwait(false);
        }
        while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false));
    }

    private async Task CheckAsync(CancellationToken cancellationToken)
    {
        bool? before = Difference is double last ? last <= SelfCheck.Tolerance : null;
        string? fault;
        bool isOther = true;
        try
        {
            double difference = await SelfCheck.DifferenceAsync(served.Texts, texts, cancellationToken).ConfigureAwait(false);
            Difference = double.IsFinite(difference) ? difference : double.MaxValue;
            fault = difference <= SelfCheck.Tolerance ? null
                : double.IsInfinity(difference) ? $"{served.Name} is not the model of the baseline: it has other ids, or a shorter context"
                : string.Create(
                CultureInfo.InvariantCulture,
                $"{served.Name} is not the model of the baseline: its log-probabilities differ by {difference:0.####} nats a token, "
                    + $"more than {SelfCheck.Tolerance}");
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // It cannot even be asked. That its numbers are none is its own fault; that memory is short is not.
            Difference = double.MaxValue;
            fault = $"{served.Name} could not be checked: {error.Message}";
            isOther = error is DecoupleQException { IsModelFault: true };
        }
        bool passed = fault is null;
        degradation.Set($"self-check {served.Name}", fault);
        entries?.Add(new SelfCheckEntry { Time = DateTimeOffset.UtcNow, Model = served.Name, Passed = passed, Difference = Difference.Value });
        if (fault is not null && before != false)
        {
            Differs(logger, fault);
            if (isOther)
            {
                Failed?.Invoke(new(Difference is double.MaxValue ? null : Difference, SelfCheck.Tolerance));
            }
        }
        else if (passed && before != true)
        {
            IsTheSame(logger, served.Name, Difference.Value);
        }
    }

    [LoggerMessage(LogLevel.Warning, "self-check: {Fault}")]
    private static partial void Differs(ILogger logger, string fault);

    [LoggerMessage(LogLevel.Information, "self-check: {Model} is the model of the baseline ({Difference} nats a token)")]
    private static partial void IsTheSame(ILogger logger, string model, double difference);
}
