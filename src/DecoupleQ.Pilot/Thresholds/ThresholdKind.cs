namespace DecoupleQ.Pilot.Thresholds;

/// <summary>What a threshold is on.</summary>
public sealed class ThresholdKind
{
    private ThresholdKind(string name, string description, ThresholdUnit unit)
    {
        Name = name;
        Description = description;
        Unit = unit;
    }

    /// <summary>How much more the perplexity may be, as a share of the dense model's.</summary>
    public static ThresholdKind MaxPerplexityIncrease { get; } = new(
        "max-perplexity-increase", "The perplexity may be this much above the dense model's", ThresholdUnit.Increase)
    {
        IsMonotone = true,
    };

    /// <summary>The share of positions at which both models must have the same most probable id.</summary>
    public static ThresholdKind MinAgreement { get; } = new(
        "min-agreement", "The most probable id must be the dense model's at this share of the positions", ThresholdUnit.Share)
    {
        IsMonotone = true,
        IsLeast = true,
    };

    /// <summary>The KL divergence that there may be, in nats a token.</summary>
    public static ThresholdKind MaxKl { get; } = new(
        "max-kl", "The KL divergence to the dense model may be this much, in nats", ThresholdUnit.Nats)
    {
        IsMonotone = true,
    };

    /// <summary>How much lower the accuracy at a task may be, as a difference of shares.</summary>
    public static ThresholdKind MaxAccuracyLoss { get; } = new(
        "max-accuracy-loss", "The accuracy at the task may be this much below the dense model's, in percentage points", ThresholdUnit.Points)
    {
        IsMonotone = true,
    };

    /// <summary>How many of the critical items that the dense model has right may be wrong.</summary>
    /// <remarks>Few items, each of which counts: fewer bits may have one right that more bits have wrong, so it is not <see cref="IsMonotone"/>.</remarks>
    public static ThresholdKind MaxCriticalFlips { get; } = new(
        "max-critical-flips", "This many of the critical items that the dense model has right may be wrong", ThresholdUnit.Count);

    /// <summary>How long a token may take, in seconds.</summary>
    /// <remarks>It depends on kernels as much as on bits, so it is not <see cref="IsMonotone"/>.</remarks>
    public static ThresholdKind MaxLatency { get; } = new(
        "max-latency", "A token may take this long, in the slowest of twenty", ThresholdUnit.Time);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ThresholdKind> All { get; } =
        [MaxPerplexityIncrease, MinAgreement, MaxKl, MaxAccuracyLoss, MaxCriticalFlips, MaxLatency];

    /// <summary>Its name; with two dashes before it its option.</summary>
    public string Name { get; }

    /// <summary>What it holds, in one line.</summary>
    public string Description { get; }

    /// <summary>How one is written, in words that go on from "expected: ".</summary>
    public string Expected => Unit.Expected;

    /// <summary>Whether figures must be at least the limit; else at most.</summary>
    public bool IsLeast { get; private init; }

    /// <summary>
    /// Whether a model of the same weights in fewer bits or larger groups can be taken to be no better: a setting that clearly fails rules out those below it.
    /// </summary>
    public bool IsMonotone { get; private init; }

    internal ThresholdUnit Unit { get; }

    /// <summary>Reads a threshold.</summary>
    /// <param name="text">A number with its unit; without one where that can mean only one thing.</param>
    /// <exception cref="DecoupleQException">It is none, or more than one thing can be meant; names the option and what was expected.</exception>
    public Threshold Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return Unit.Parse(text) is decimal limit
            ? new Threshold(this, limit)
            : throw new DecoupleQException($"'{text}' cannot be used.", field: "--" + Name, expected: Expected);
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}
