using DecoupleQ.Kernels;
using DecoupleQ.Kernels.Attending;
using DecoupleQ.Models;
using DecoupleQ.Quantization.Gradients;

namespace DecoupleQ.Quantization.Tests.Gradients;

/// <summary>The oracle: a block's forward pass in float64, one scalar after the other, over its own copies of a block's weights.</summary>
internal sealed class DoubleBlock
{
    private readonly TrainableBlock _block;
    private readonly double[] _frequencies;
    private readonly Dictionary<TrainedTensor, double[]> _copies = [];

    public DoubleBlock(TrainableBlock block, double[] frequencies)
    {
        _block = block;
        _frequencies = frequencies;
        foreach (Operation operation in block.Plan.Operations)
        {
            if (operation is LinearOperation linear)
            {
                if (block.Linear(linear) is TrainedLinear affine)
                {
                    Copy(affine.Scales);
                    Copy(affine.Offsets);
                }
                if (block.Bias(linear) is TrainedTensor linearBias)
                {
                    Copy(linearBias);
                }
            }
            else
            {
                for (int slot = 0; slot < operation.Vectors.Length; slot++)
                {
                    Copy(block.Vector(operation, slot));
                }
            }
        }
    }

    /// <summary>The trained tensors, each with its copy: what <see cref="Forward"/> reads.</summary>
    public IReadOnlyDictionary<TrainedTensor, double[]> Copies => _copies;

    /// <summary>The output, tokens x width.</summary>
    public double[] Forward(double[] input)
    {
        int tokens = input.Length / _block.Plan.Input.Width;
        var values = new double[_block.Plan.Values.Length][];
        values[_block.Plan.Input.Index] = input;
        foreach (Operation operation in _block.Plan.Operations)
        {
            values[operation.Output.Index] = Forward(operation, [.. operation.Inputs.Select(v => values[v.Index])], tokens);
        }
        return values[_block.Plan.Output.Index];
    }

    private double[] Forward(Operation operation, double[][] inputs, int tokens) => operation switch
    {
        LinearOperation linear => Linear(linear, inputs[0], tokens),
        RmsNormOperation norm => RmsNorm(inputs[0], Vector(norm, 0), norm.Epsilon),
        LayerNormOperation norm => LayerNorm(inputs[0], Vector(norm, 0), norm.HasBias ? Vector(norm, 1) : null, norm.Epsilon),
        RotaryOperation rotary => Rotary(inputs[0], rotary, tokens),
        AttentionOperation attention => Attention(attention.Shape, inputs[0], inputs[1], inputs[2], tokens),
        SiluOperation => [.. inputs[0].Select(x => x / (1 + Math.Exp(-x)))],
        MultiplyOperation => [.. inputs[0].Zip(inputs[1], (x, y) => x * y)],
        AddOperation => [.. inputs[0].Zip(inputs[1], (x, y) => x + y)],
        _ => throw new NotSupportedException(operation.ToString()),
    };

    private double[] Vector(Operation operation, int slot) => _copies[_block.Vector(operation, slot)];

    private double[] Linear(LinearOperation operation, double[] x, int tokens)
    {
        DifferentiableLinear linear = _block.Linear(operation);
        int n = linear.Inputs, m = linear.Outputs;
        var y = new double[tokens * m];
        for (int i = 0; i < m; i++)
        {
            double[] row = Row(linear, i);
            double bias = _block.Bias(operation) is TrainedTensor tensor ? _copies[tensor][i] : 0;
            for (int t = 0; t < tokens; t++)
            {
                double sum = bias;
                for (int j = 0; j < n; j++)
                {
                    sum += row[j] * x[(t * n) + j];
                }
                y[(t * m) + i] = sum;
            }
        }
        return y;
    }

    private double[] Row(DifferentiableLinear linear, int i)
    {
        var row = new double[linear.Inputs];
        if (linear is TrainedLinear affine)
        {
            for (int j = 0; j < row.Length; j++)
            {
                int pair = (i * (row.Length / affine.GroupSize)) + (j / affine.GroupSize);
                row[j] = (_copies[affine.Scales][pair] * affine.Integers[(i * row.Length) + j]) + _copies[affine.Offsets][pair];
            }
            return row;
        }
        // The layer's response to each unit vector.
        using var alone = new Workers(1);
        var unit = new float[row.Length];
        var response = new float[linear.Outputs];
        for (int j = 0; j < row.Length; j++)
        {
            unit.AsSpan().Clear();
            unit[j] = 1;
            linear.Multiply(unit, 1, response, alone);
            row[j] = response[i];
        }
        return row;
    }

    private static double[] RmsNorm(double[] x, double[] weight, double epsilon)
    {
        var y = new double[x.Length];
        for (int start = 0; start < x.Length; start += weight.Length)
        {
            double sum = 0;
            for (int j = 0; j < weight.Length; j++)
            {
                sum += x[start + j] * x[start + j];
            }
            for (int j = 0; j < weight.Length; j++)
            {
                y[start + j] = x[start + j] / Math.Sqrt((sum / weight.Length) + epsilon) * weight[j];
            }
        }
        return y;
    }

    private static double[] LayerNorm(double[] x, double[] weight, double[]? bias, double epsilon) =>
    [
        .. x.Chunk(weight.Length).SelectMany(row =>
        {
            double mean = row.Average(), variance = row.Average(v => (v - mean) * (v - mean));
            return row.Select((v, j) => ((v - mean) / Math.Sqrt(variance + epsilon) * weight[j]) + (bias?[j] ?? 0));
        }),
    ];

    private double[] Rotary(double[] x, RotaryOperation operation, int tokens)
    {
        int half = operation.HeadSize / 2, width = operation.Heads * operation.HeadSize;
        var y = new double[x.Length];
        for (int t = 0; t < tokens; t++)
        {
            for (int h = 0; h < operation.Heads; h++)
            {
                for (int i = 0; i < half; i++)
                {
                    int first = (t * width) + (h * operation.HeadSize) + i;
                    (double sine, double cosine) = Math.SinCos(t * _frequencies[i]);
                    y[first] = (x[first] * cosine) - (x[first + half] * sine);
                    y[first + half] = (x[first + half] * cosine) + (x[first] * sine);
                }
            }
        }
        return y;
    }

    /// <summary>Causal attention from position 0 on.</summary>
    public static double[] Attention(AttentionShape shape, double[] queries, double[] keys, double[] values, int tokens)
    {
        int size = shape.HeadSize, width = shape.Heads * size, kvWidth = shape.KeyValueHeads * size;
        var output = new double[tokens * width];
        for (int t = 0; t < tokens; t++)
        {
            for (int h = 0; h < shape.Heads; h++)
            {
                int kv = h * shape.KeyValueHeads / shape.Heads * size, begin = Math.Max(0, t + 1 - (shape.Window ?? tokens));
                var weights = new double[tokens];
                double total = 0;
                for (int p = begin; p <= t; p++)
                {
                    double score = 0;
                    for (int i = 0; i < size; i++)
                    {
                        score += queries[(t * width) + (h * size) + i] * keys[(p * kvWidth) + kv + i];
                    }
                    total += weights[p] = Math.Exp(score * shape.Scale);
                }
                for (int p = begin; p <= t; p++)
                {
                    for (int i = 0; i < size; i++)
                    {
                        output[(t * width) + (h * size) + i] += weights[p] / total * values[(p * kvWidth) + kv + i];
                    }
                }
            }
        }
        return output;
    }

    private void Copy(TrainedTensor tensor) => _copies.Add(tensor, [.. tensor.Values.Select(v => (double)v)]);
}
