using DecoupleQ.Kernels.Threads;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Tests.Solver;

public sealed class AsymmetricTargetTests
{
    private const int Outputs = 5, Inputs = 24, Tokens = 60;

    private readonly float[] _weights = Problems.Weights(Outputs, Inputs, 81);
    private readonly double[] _quantized = Numbers(82);
    private readonly double[] _dense;
    private readonly LayerHessian _hessian;

    public AsymmetricTargetTests()
    {
        double[] noise = Numbers(83);
        _dense = [.. _quantized.Select((x, i) => (0.9 * x) + (0.2 * noise[i]))];
        _hessian = new LayerHessian(Inputs, Product(_quantized, _quantized), Tokens);
    }

    [Fact]
    public void The_objective_on_the_moved_weights_is_the_error_of_the_outputs_but_for_a_constant()
    {
        double damping = 0.01 * Enumerable.Range(0, Inputs).Average(i => _hessian.Values[(i * Inputs) + i]);
        double[,] damped = Oracle.Damped(_hessian);
        float[] target = Moved(1);
        var random = new Random(84);
        for (int row = 0; row < Outputs; row++)
        {
            var constants = new List<double>();
            for (int candidate = 0; candidate < 6; candidate++)
            {
                double[] hat = [.. Row(_weights, row).Select(b => b + (0.02 * Problems.Normal(random)))];
                double f = Oracle.Quadratic(damped, [.. hat.Zip(Row(target, row), (a, b) => a - b)]);
                // || X b - X~ b_hat ||^2 / N, and the damping that holds b_hat to b.
                double error = 0;
                for (int t = 0; t < Tokens; t++)
                {
                    double difference = 0;
                    for (int j = 0; j < Inputs; j++)
                    {
                        difference += (_dense[(t * Inputs) + j] * _weights[(row * Inputs) + j]) - (_quantized[(t * Inputs) + j] * hat[j]);
                    }
                    error += difference * difference / Tokens;
                }
                error += damping * hat.Zip(Row(_weights, row), (a, b) => (a - b) * (a - b)).Sum();
                constants.Add(error - f);
            }
            Assert.All(constants, constant => Assert.Equal(constants[0], constant, 1e-6));
            Assert.True(constants[0] > 0);
        }
    }

    [Fact]
    public void A_share_moves_so_much_of_the_way_and_none_leaves_the_weights()
    {
        float[] whole = Moved(1), part = Moved(0.25);
        for (int i = 0; i < whole.Length; i++)
        {
            Assert.Equal((0.75 * _weights[i]) + (0.25 * whole[i]), part[i], 1e-7);
        }
        Assert.Equal(_weights, Moved(0));
        Assert.NotEqual(_weights, part);
    }

    [Fact]
    public void Where_the_inputs_are_the_same_the_weights_stay_to_the_bit()
    {
        float[] weights = [.. _weights];
        Move(weights, new double[Inputs * Inputs], 1, Problems.OneThread);
        Assert.Equal(_weights, weights);
    }

    [Fact]
    public void The_bits_do_not_depend_on_the_threads()
    {
        using var three = new Workers(3);
        float[] weights = [.. _weights];
        Move(weights, Gap(), 1, three);
        Assert.Equal(Moved(1), weights);
    }

    [Fact]
    public void Inputs_that_were_always_zero_move_nothing()
    {
        float[] weights = [.. _weights];
        var dead = new LayerHessian(Inputs, new double[Inputs * Inputs], Tokens);
        PreparedHessian prepared = PreparedHessian.Create(dead, new(), Problems.OneThread, "dead", new StreamGap(Inputs, new double[Inputs * Inputs]));
        AsymmetricTarget.Move(weights, Outputs, prepared, 1, Problems.OneThread, CancellationToken.None);
        Assert.Equal(_weights, weights);
    }

    [Fact]
    public void A_gap_that_is_not_finite_is_refused_by_name()
    {
        double[] gap = Gap();
        gap[7] = double.NaN;
        DecoupleQException error = Assert.Throws<DecoupleQException>(
            () => PreparedHessian.Create(_hessian, new(), Problems.OneThread, "layers.1.o_proj", new StreamGap(Inputs, gap)));
        Assert.Equal("layers.1.o_proj", error.Field);
    }

    private float[] Moved(double share)
    {
        float[] weights = [.. _weights];
        Move(weights, Gap(), share, Problems.OneThread);
        return weights;
    }

    private void Move(float[] weights, double[] gap, double share, Workers workers)
    {
        PreparedHessian prepared = PreparedHessian.Create(_hessian, new(), workers, "layer", new StreamGap(Inputs, gap));
        AsymmetricTarget.Move(weights, Outputs, prepared, share, workers, CancellationToken.None);
    }

    private double[] Gap() => Product(_quantized, [.. _dense.Zip(_quantized, (x, y) => x - y)]);

    private static double[] Product(double[] x, double[] y)
    {
        var product = new double[Inputs * Inputs];
        for (int t = 0; t < Tokens; t++)
        {
            for (int i = 0; i < product.Length; i++)
            {
                product[i] += x[(t * Inputs) + (i / Inputs)] * y[(t * Inputs) + (i % Inputs)] / Tokens;
            }
        }
        return product;
    }

    private static double[] Numbers(int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, Tokens * Inputs).Select(i => Problems.Normal(random) * (1 + (i % Inputs % 4)))];
    }

    private static IEnumerable<double> Row(float[] matrix, int row) => matrix.Skip(row * Inputs).Take(Inputs).Select(value => (double)value);
}
