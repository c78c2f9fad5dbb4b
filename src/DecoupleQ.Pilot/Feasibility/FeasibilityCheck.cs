using DecoupleQ.Hardware;
using DecoupleQ.Pilot.Ladders;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Quantization.Estimates;
using DecoupleQ.Quantization.Settings;

namespace DecoupleQ.Pilot.Feasibility;

/// <summary>Says, before anything is done, whether model, machine and texts make a good pilot.</summary>
public static class FeasibilityCheck
{
    // Nothing has this name: models that were tried before are not in the way.
    private const string Nowhere = ".estimated";

    /// <summary>Looks at a pilot. Reads headers, calibration data and a matrix for each setting; writes nothing.</summary>
    /// <param name="model">The model: of <see cref="FamilyCheck"/>.</param>
    /// <param name="question">The pilot.</param>
    /// <param name="speed">Of this machine with the job's threads; null to measure it, which takes about a second.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">A setting or the calibration would be refused; as the job says it.</exception>
    public static FeasibilityResult Of(
        DenseModel model, FeasibilityQuestion question, MachineSpeed? speed = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(question);
        speed ??= MachineSpeed.Measure(question.Quantization.Threads, cancellationToken);
        // The preset that draws most windows counts.
        Finding? calibration = question.Settings.Select(setting => setting.ApplyTo(question.Quantization))
            .Select(options => TextFindings.Calibration(options, model.Model.Context, question.CalibrationTokens))
            .MaxBy(finding => (finding.Level, finding.Values["neededTokens"]));
        IReadOnlyList<SettingEstimate> settings = [];
        long? free = null;
        if (calibration is not null && calibration.Level != FindingLevel.Obstacle)
        {
            (settings, free) = Estimate(question, speed, cancellationToken);
        }
        List<Finding> findings =
        [
            FamilyCheck.Good(),
            ModelFindings.LinearShare(model),
            ModelFindings.Size(model),
            ModelFindings.Guideline(model),
            ModelFindings.Bound(model, question.Concurrency.DefaultIfEmpty(1).Max(), speed),
            .. calibration is null ? [] : new[] { calibration },
            TextFindings.Test(question.TestWindows, question.TestItems, question.Thresholds),
            .. TextFindings.Overlap(question.Overlap),
            RoomFindings.Memory(model, settings, question.PackedBytes, MachineMemory.Now().AvailableBytes),
        ];
        if (question.LeftOut.Count > 0)
        {
            findings.Add(LadderFindings.LeftOut(question.LeftOut, question.Settings.Count));
        }
        // Some systems do not tell.
        if (free is long bytes)
        {
            findings.Add(RoomFindings.Disk(settings, bytes));
        }
        // Both models on every window: once for each setting on a half, and once more on the other.
        double halves = settings.Count == 0 ? 1 : 0.5, text = question.TestTokens * halves * 2 * 2 * model.MultiplyAdds / speed.ProductOperationsPerSecond;
        return new FeasibilityResult(findings, MachineFacts.Now(question.Quantization.Threads), settings, text);
    }

    private static (IReadOnlyList<SettingEstimate> Settings, long? Free) Estimate(
        FeasibilityQuestion question, MachineSpeed speed, CancellationToken cancellationToken)
    {
        long? free = null;
        var settings = new List<SettingEstimate>();
        foreach (LadderSetting setting in question.Settings)
        {
            cancellationToken.ThrowIfCancellationRequested();
            QuantizationOptions options = setting.ApplyTo(question.Quantization) with
            {
                Output = Path.Combine(question.Quantization.Output, Nowhere),
                Resume = false,
            };
            JobEstimate job = JobEstimate.Of(options, speed, cancellationToken);
            free = job.Disk.FreeBytes;
            settings.Add(new SettingEstimate(
                setting, job.Seconds.Total, job.Memory.PeakBytes, job.Disk.OutputBytes, job.Disk.SpilledBytes, job.OutputBytes, job.Warnings));
        }
        return (settings, free);
    }
}
