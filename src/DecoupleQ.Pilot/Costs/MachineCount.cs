namespace DecoupleQ.Pilot.Costs;

/// <summary>How many machines models need.</summary>
internal static class MachineCount
{
    // What rounding may have added to a load is no machine more.
    private const double Slack = 1e-9;

    /// <summary>
    /// Machines for models of equal load: each has as many machines to itself as it fills, and what is left of the models shares machines, as many on one as
    /// its rate and its memory allow. At least one.
    /// </summary>
    /// <remarks>No model's rest is split between two machines; so the number is one that a plan exists for, and for one model the least.</remarks>
    /// <param name="models">Models, a whole number of at least 1.</param>
    /// <param name="load">A model's load at the busiest time, in machines; above 0.</param>
    /// <param name="fit">Models that a machine's memory holds, a whole number of at least 1.</param>
    /// <returns>Machines, and copies of models on them together: whole numbers.</returns>
    public static (double Machines, double Copies) Of(double models, double load, double fit)
    {
        double whole = Math.Floor(load * (1 + Slack)), rest = load - whole;
        if (rest <= Slack * load)
        {
            return (models * whole, models * whole);
        }
        double together = Math.Min(fit, Math.Floor((1 + Slack) / rest));
        return ((models * whole) + Math.Ceiling(models / together), models * (whole + 1));
    }
}
