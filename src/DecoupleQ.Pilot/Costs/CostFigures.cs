namespace DecoupleQ.Pilot.Costs;

/// <summary>Why a model cannot be served by such machines.</summary>
public enum CostObstacle
{
    /// <summary>A token takes longer than it may, or may do so within its spread, with one request alone already.</summary>
    Latency,

    /// <summary>It needs more memory than a machine has, or may do so within its spread.</summary>
    Memory,
}

/// <summary>What serving a model costs.</summary>
/// <param name="Obstacle">Why it cannot be served; else null. With one the figures are null.</param>
/// <param name="Requests">
/// Requests that a machine answers together: the most, of those that were measured, at which a token does not take longer than it may.
/// </param>
/// <param name="Machines">Machines for all models.</param>
/// <param name="CostPerMonth">Those and storage, a month.</param>
/// <param name="CostPerMillionTokens">The same for each million tokens of answers: what idle machines cost is in it.</param>
/// <param name="BusyCostPerMillionTokens">
/// A million tokens of a machine that is used as far as it may be, all the time: what they cost at any larger load.
/// </param>
public sealed record ServingCost(
    CostObstacle? Obstacle, int? Requests, Spread? Machines, Spread? CostPerMonth, Spread? CostPerMillionTokens, Spread? BusyCostPerMillionTokens);

/// <summary>After how many months the work has paid for itself. Null for never: nothing is saved.</summary>
/// <param name="Months">With the values that are reckoned with.</param>
/// <param name="Low">At best.</param>
/// <param name="High">At worst.</param>
public sealed record PayBack(double? Months, double? Low, double? High);

/// <summary>What is paid now, what after the change, and what that saves.</summary>
/// <remarks>
/// <para>
/// A machine's hour costs its price, or <c>machine-price / (years 12 hours-per-month) + watts / 1000 price-per-kwh</c>. A request takes a machine
/// <c>tokens-per-request / rate + prompt-tokens-per-request / prompt rate</c> seconds, the rate being that of all requests together;
/// <c>requests-per-day / 86400</c> times that, times <c>peak-factor</c>, over <c>utilisation</c>, is a model's load in machines;
/// <see cref="MachineCount"/> says what that takes. A month costs <c>machines hour hours-per-month + copies stored price-per-gb-month</c>; what is paid once is
/// <c>one-time-cost + models quantizing-hours hour</c>, and it is paid back after that over the saving a month. A million tokens are those of answers; what
/// their prompts take is in it.
/// </para>
/// <para>
/// The low and the high of a figure are its least and greatest over all combinations of the ends of the assumptions' ranges. What both models share, such as
/// prices and load, is the same for both in each. Where what was measured of the two models
/// cannot be told apart, both are reckoned with one value, the mean: noise saves nothing. Rates and times cannot where the ratio of the two in the same round
/// may be 1 (<see cref="CostTerms.RateRatio"/>); what has no such ratio, where the two overlap within their spread.
/// </para>
/// </remarks>
/// <param name="Dense">What is paid now.</param>
/// <param name="Packed">What would be paid.</param>
/// <param name="SavingPerMonth">What is paid less, a month; below 0 where it is more, null where a model cannot be served.</param>
/// <param name="OneTimeCost">What the change costs once.</param>
/// <param name="PayBack">When that is paid back; null where a model cannot be served.</param>
/// <param name="Alike">Of the measured terms that were reckoned with, those that could not be told apart, by the dense model's name of each.</param>
public sealed record CostFigures(
    ServingCost Dense, ServingCost Packed, Spread? SavingPerMonth, Spread OneTimeCost, PayBack? PayBack, IReadOnlyList<string> Alike)
{
    /// <summary>The figures that assumptions lead to: the same for the same.</summary>
    public static CostFigures Of(CostInputs inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return new CostReckoning(inputs).Figures();
    }
}
