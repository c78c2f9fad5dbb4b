using CsCheck;
using DecoupleQ.Reports.Periods;

namespace DecoupleQ.Reports.Tests;

public sealed class QuantileSketchTests
{
    private static readonly double[] Shares = [0, 0.1, 0.5, 0.9, 0.95, 1];

    [Fact]
    public void Quantiles_are_within_a_hundredth_of_those_of_all_values() =>
        Gen.OneOf(Gen.Double[0, 1e-7], Gen.Double[0, 1], Gen.Double[1e-3, 1e6]).Array[1, 200].Sample(values =>
        {
            QuantileSketch sketch = Of(values);
            AssertNear(values, sketch);
            Assert.Equal(values.Length, sketch.Count);
        }, iter: 500);

    [Fact]
    public void Two_together_are_that_of_all_their_values() =>
        Gen.Select(Gen.Double[0, 1e4].Array[1, 60], Gen.Double[0, 1e4].Array[1, 60]).Sample((one, other) =>
        {
            QuantileSketch sketch = Of(one);
            sketch.Add(Of(other));
            AssertNear([.. one, .. other], sketch);
        }, iter: 200);

    [Fact]
    public void Of_nothing_there_is_no_quantile() => Assert.True(double.IsNaN(new QuantileSketch().Quantile(0.5)));

    private static QuantileSketch Of(double[] values)
    {
        var sketch = new QuantileSketch();
        Array.ForEach(values, sketch.Add);
        return sketch;
    }

    private static void AssertNear(double[] values, QuantileSketch sketch)
    {
        double[] sorted = [.. values.Order()];
        foreach (double share in Shares)
        {
            double exact = sorted[(int)(share * (sorted.Length - 1))];
            Assert.InRange(sketch.Quantile(share), (exact * 0.9899) - 1e-6, (exact * 1.0101) + 1e-6);
        }
    }
}
