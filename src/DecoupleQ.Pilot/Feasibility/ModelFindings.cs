using DecoupleQ.Hardware;
using DecoupleQ.Pilot.Guidelines;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Quantization.Estimates;

namespace DecoupleQ.Pilot.Feasibility;

/// <summary>What is found of a model, from its shape and the machine's speed.</summary>
internal static class ModelFindings
{
    // With less of a model in its layers, its tables are what it is made of: at 2 bits for 16 it would still have more than half of its bytes.
    private const double LittleInLayers = 0.6;

    /// <summary>Up to how many bits of a weight a model is asked to hold without doubt.</summary>
    private const int FewBits = 3;

    /// <summary><c>linear-share</c>: how much of it there is to save.</summary>
    public static Finding LinearShare(DenseModel model) => new(
        "linear-share",
        model.Model.LinearShare < LittleInLayers ? FindingLevel.Caution : FindingLevel.Good,
        new Dictionary<string, double> { ["share"] = model.Model.LinearShare });

    /// <summary>
    /// <c>model-size</c>: a caution below what has been seen to hold at 3 bits or less (docs/results.md, docs/recipes.md): 135 million weights are twice as
    /// perplexed at 2 bits and 18 % more at 3.
    /// </summary>
    public static Finding Size(DenseModel model)
    {
        int bits = ModelOutlook.BitsFor(model.Model.Parameters);
        return new(
            "model-size",
            bits > FewBits ? FindingLevel.Caution : FindingLevel.Good,
            new Dictionary<string, double> { ["parameters"] = model.Model.Parameters, ["suggestedBits"] = bits });
    }

    /// <summary>
    /// <c>guideline-near</c> or <c>guideline-far</c>: what pilots of other models have shown (docs/guideline.md), by the row whose model is of the most similar
    /// size, of the family if there is one. A caution where that is more than four times larger or smaller, as it then says little, or where more than three
    /// bits were needed.
    /// </summary>
    public static Finding Guideline(DenseModel model)
    {
        const double Far = 4;
        KnownCase[] rows = [.. KnownCase.All.Where(known => known.Family == model.Model.Family)];
        KnownCase nearest = (rows.Length > 0 ? rows : [.. KnownCase.All]).MinBy(Distance)!;
        KnownCase[] same = [.. KnownCase.All.Where(known => known.Model == nearest.Model && known.Holding is not null)];
        double times = Math.Exp(Distance(nearest));
        int? holding = same.Min(known => known.Holding);
        var values = new Dictionary<string, double>
        {
            ["rows"] = KnownCase.All.Count(known => known.Model == nearest.Model), ["rowParameters"] = nearest.Parameters, ["holdingBits"] = holding ?? 0,
        };
        if (times <= Far)
        {
            return new("guideline-near", holding <= FewBits ? FindingLevel.Good : FindingLevel.Caution, values);
        }
        values["times"] = Math.Round(times, 1);
        return new("guideline-far", FindingLevel.Caution, values);

        double Distance(KnownCase known) => Math.Abs(Math.Log((double)known.Parameters / model.Model.Parameters));
    }

    /// <summary>
    /// <c>memory-bound</c> or <c>compute-bound</c>: whether a step of so many requests takes longer to read its weights than to multiply them. Bytes that are
    /// saved save time only while it does.
    /// </summary>
    /// <param name="model">The model.</param>
    /// <param name="requests">Requests together, at least 1.</param>
    /// <param name="speed">The machine's.</param>
    public static Finding Bound(DenseModel model, int requests, MachineSpeed speed)
    {
        double reading = model.TokenBytes / speed.ReadBytesPerSecond, multiplying = 2.0 * model.MultiplyAdds / speed.ProductOperationsPerSecond;
        bool byMemory = reading >= requests * multiplying;
        return new(
            byMemory ? "memory-bound" : "compute-bound",
            byMemory ? FindingLevel.Good : FindingLevel.Caution,
            new Dictionary<string, double>
            {
                ["requests"] = requests,
                ["memoryBoundUpTo"] = Math.Floor(reading / multiplying),
                ["readBytes"] = model.TokenBytes,
                ["bandwidth"] = speed.ReadBytesPerSecond,
                ["multiplyAdds"] = model.MultiplyAdds,
                ["operationsPerSecond"] = speed.ProductOperationsPerSecond,
            });
    }
}
