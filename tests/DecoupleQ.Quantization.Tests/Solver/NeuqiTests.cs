using CsCheck;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Tests.Solver;

public sealed class NeuqiTests(ITestOutputHelper output)
{
    private static readonly Gen<(double Value, double Weight)[]> Groups =
        Gen.Select(Gen.Double[-2, 3], Gen.Double[0.01, 4]).Select(pair => (Value: pair.Item1, Weight: pair.Item2)).Array[2, 40];

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void The_offset_is_the_best_of_a_dense_grid_and_the_error_is_its_own(int bits) => Gen.Select(Groups, Gen.Double[0.05, 2]).Sample(drawn =>
    {
        (double[] b, double[] d, double s) = Sorted(drawn);
        var format = new QuantizationFormat(bits, -1);
        (double offset, double error) = Neuqi.BestOffset(b, d, s, format);
        Assert.Equal(Error(b, d, s, offset, format), error, 1e-9 * (1 + error));
        // From where all weights are below the levels to where all are above.
        double from = b[0] - (s * (format.Beta + 1)), to = b[^1] - (s * (format.Alpha - 1)), least = double.PositiveInfinity;
        const int Points = 4000;
        for (int i = 0; i <= Points; i++)
        {
            least = Math.Min(least, Error(b, d, s, from + ((to - from) * i / Points), format));
        }
        Assert.True(error <= least * (1 + 1e-12) + 1e-12, $"{error} at {offset}, {least} on the grid");
    }, iter: 60);

    [Fact]
    public void With_many_levels_the_offset_is_the_best_about_the_middle_of_the_range() => Gen.Select(Groups, Gen.Double[0.9, 1]).Sample(drawn =>
    {
        (double[] b, double[] d, double share) = Sorted(drawn);
        var format = new QuantizationFormat(8, -1);
        double s = share * (b[^1] - b[0]) / 255, middle = ((b[0] + b[^1]) / 2) + (s / 2), least = double.PositiveInfinity;
        (double offset, double error) = Neuqi.BestOffset(b, d, s, format);
        // The offset may lie beyond what was gone through, where other levels are nearer still.
        Assert.True(Error(b, d, s, offset, format) <= error + (1e-6 * d.Sum() * s * s));
        for (int i = -1000; i <= 1000; i++)
        {
            least = Math.Min(least, Error(b, d, s, middle + (s * i / 1000), format));
        }
        Assert.True(error <= least + (1e-6 * d.Sum() * s * s));
    }, iter: 40);

    [Theory]
    [InlineData(2, -1, false)]
    [InlineData(2, 24, false)]
    [InlineData(3, 32, false)]
    [InlineData(4, -1, false)]
    [InlineData(8, -1, false)]
    [InlineData(2, 24, true)]
    [InlineData(4, -1, true)]
    public void It_loses_less_than_any_shrunk_range_and_no_more_than_the_diagonal_search_in_what_it_weighs(int bits, int groupSize, bool symmetric)
    {
        const int m = 10, n = 96;
        LayerProblem problem = Problems.Random(m, n, new QuantizationFormat(bits, groupSize) { Symmetric = symmetric }, 91);
        PreparedHessian hessian = Problems.Prepare(problem);
        int columns = problem.Format.ColumnsPerGroup(n), groups = problem.Format.Groups(n);
        float[] s = new float[m * groups], z = new float[m * groups], searchedScales = new float[m * groups], searchedOffsets = new float[m * groups];
        Neuqi.Find(Problems.Rows(problem), hessian, s, z);
        DiagonalSearch.Find(Problems.Rows(problem), hessian, searchedScales, searchedOffsets);
        double sum = 0, shrunkSum = 0, searchedSum = 0;
        for (int g = 0; g < s.Length; g++)
        {
            float[] group = problem.Weights[(g * columns)..((g + 1) * columns)];
            (double[] b, double[] d) = Sorted(group, hessian.Innovations[(g % groups * columns)..][..columns]);
            (float low, float high) = MinMax.Range(group);
            double error = Error(b, d, s[g], z[g], problem.Format), shrunk = double.PositiveInfinity;
            for (int i = 0; i < 160; i++)
            {
                (float scale, float offset) = MinMax.Shrunk(low, high, ShrinkSearch.Factor(i), problem.Format);
                shrunk = Math.Min(shrunk, Error(b, d, scale, offset, problem.Format));
            }
            sum += error;
            shrunkSum += shrunk;
            searchedSum += Error(b, d, searchedScales[g], searchedOffsets[g], problem.Format);
            if (!symmetric && bits <= 4)
            {
                // For the scale that the other search has found, no offset is better than its best.
                double scale = Math.Abs(searchedScales[g]), best = Neuqi.BestOffset(b, d, scale, problem.Format).Error;
                Assert.True(best <= Error(b, d, searchedScales[g], searchedOffsets[g], problem.Format) * (1 + 1e-5));
            }
        }
        output.WriteLine($"neuqi {sum:g5}, diagonal search {searchedSum:g5}, shrunk ranges {shrunkSum:g5}");
        // Without offsets both go over scales alone, the ranges over 160 of them.
        Assert.True(sum < (symmetric ? 1.002 : 1) * shrunkSum);
        Assert.True(sum <= 1.003 * searchedSum);
    }

    [Fact]
    public void Weights_that_are_levels_are_found_and_groups_of_one_number_and_of_zeros_are_met()
    {
        var format = new QuantizationFormat(2, 32);
        LayerProblem problem = Problems.Random(4, 64, format, 92);
        var random = new Random(92);
        for (int i = 0; i < problem.Weights.Length; i++)
        {
            problem.Weights[i] = i < 32 ? 0 : i < 64 ? -0.75f : (0.5f * random.Next(format.Alpha, format.Beta + 1)) + 0.2f;
        }
        float[] s = new float[8], z = new float[8];
        Neuqi.Find(Problems.Rows(problem), Problems.Prepare(problem), s, z);
        Assert.Equal((0f, 0f), (s[0], z[0]));
        Assert.Contains(Enumerable.Range(format.Alpha, 4), level => Math.Abs((s[1] * level) + z[1] + 0.75f) < 1e-6f);
        Assert.All(s[2..], scale => Assert.Equal(0.5f, scale, 1e-4f));
        Assert.All(z[2..], offset => Assert.Equal(0.2f, offset, 1e-4f));
    }

    [Theory]
    [InlineData(2, -1, false)]
    [InlineData(2, 32, false)]
    [InlineData(4, -1, false)]
    [InlineData(2, 32, true)]
    public void A_layer_that_starts_from_it_ends_lower_than_the_published_steps_on_any_number_of_threads(int bits, int groupSize, bool symmetric)
    {
        LayerProblem problem = Problems.Random(60, 128, new QuantizationFormat(bits, groupSize) { Symmetric = symmetric }, 93);
        var options = new SolverOptions { Rounding = IntegerSolver.CoordinateDescent, Start = StartSearch.Neuqi };
        LayerSolution searched = Problems.Solve(problem, options);
        double published = Problems.Solve(problem).Loss;
        output.WriteLine($"published {published:g4}, neuqi and coordinate descent {searched.Loss:g4}");
        Assert.True(searched.Loss < 0.97 * published);
        using var two = new Workers(2);
        LayerSolution again = LayerSolver.Solve(problem, options, two, CancellationToken.None);
        Assert.Equal(searched.Integers, again.Integers);
        Assert.Equal(searched.Scales, again.Scales);
        Assert.Equal(searched.Offsets, again.Offsets);
    }

    private static (double[] Values, double[] Weights, double Scale) Sorted(((double Value, double Weight)[] Group, double Scale) drawn)
    {
        (double Value, double Weight)[] sorted = [.. drawn.Group.OrderBy(pair => pair.Value)];
        return ([.. sorted.Select(pair => pair.Value)], [.. sorted.Select(pair => pair.Weight)], drawn.Scale);
    }

    private static (double[] Values, double[] Weights) Sorted(float[] values, float[] weights)
    {
        (float Value, float Weight)[] sorted = [.. values.Zip(weights).OrderBy(pair => pair.First)];
        return ([.. sorted.Select(pair => (double)pair.Value)], [.. sorted.Select(pair => (double)pair.Weight)]);
    }

    private static double Error(double[] b, double[] d, double s, double z, QuantizationFormat format)
    {
        double sum = 0;
        for (int j = 0; j < b.Length; j++)
        {
            double w = Math.Clamp(Math.Floor(((b[j] - z) / s) + 0.5), format.Alpha, format.Beta), error = (s * w) + z - b[j];
            sum += d[j] * error * error;
        }
        return sum;
    }
}
