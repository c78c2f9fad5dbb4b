using DecoupleQ.Kernels.Linear;
using DecoupleQ.Quantization.Gradients;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>An embedding or a head of a model that is trained, and what is stored of it.</summary>
internal sealed class TunedTable
{
    private readonly WeightMatrix _stored;
    private readonly LayerSolution? _solution;

    /// <param name="module">Its module.</param>
    /// <param name="stored">The matrix.</param>
    /// <param name="isTrained">Whether it is trained: the numbers of a dense one, s and z of one in fewer bits.</param>
    public TunedTable(string module, WeightMatrix stored, bool isTrained)
    {
        (Module, _stored) = (module, stored);
        if (isTrained && stored is AffineMatrix affine)
        {
            _solution = PackedLayer.Unpack(affine);
            var layer = new TrainedLinear(_solution.Format, affine.Columns, affine.Rows, _solution.Integers, [.. _solution.Scales], [.. _solution.Offsets]);
            (Linear, Trained) = (layer, [layer.Scales, layer.Offsets]);
        }
        else if (isTrained)
        {
            var matrix = new TrainedMatrix(stored);
            (Linear, Trained) = (matrix, [matrix.Weights]);
        }
        else
        {
            (Linear, Trained) = (new FrozenLinear(stored), []);
        }
    }

    /// <summary>Its module.</summary>
    public string Module { get; }

    /// <summary>The matrix as it is run.</summary>
    public DifferentiableLinear Linear { get; }

    /// <summary>What is trained of it.</summary>
    public IReadOnlyList<TrainedTensor> Trained { get; }

    /// <summary>Replaces what is trained by the nearest that can be stored.</summary>
    /// <returns>What is stored.</returns>
    public WeightMatrix Store()
    {
        switch (Linear)
        {
            case TrainedLinear layer:
                float[] scales = layer.Scales.Values, offsets = layer.Offsets.Values;
                StoredPair.ClearIdleScales(layer.Format, layer.Inputs, layer.Integers, scales, offsets);
                ElementType type = StoredPair.Type(layer.Format, scales, offsets, _solution!.ScaleType);
                StoredPair.Round(layer.Format, type, scales, offsets);
                return PackedLayer.Pack(
                    _solution with { Scales = [.. scales], Offsets = [.. offsets], ScaleType = type }, layer.Outputs, layer.Inputs);

            case TrainedMatrix matrix:
                ElementType own = _stored is DenseMatrix dense ? dense.Type : ElementType.F32;
                float[] values = matrix.Weights.Values;
                for (int i = 0; i < values.Length; i++)
                {
                    values[i] = FloatFormat.Round(own, values[i]);
                }
                if (own == ElementType.F32)
                {
                    return new DenseMatrix(matrix.Outputs, matrix.Inputs, (float[])values.Clone());
                }
                var halves = new ushort[values.Length];
                FloatFormat.Encode(own, values, halves);
                return new DenseMatrix(matrix.Outputs, matrix.Inputs, own, halves);

            default:
                return _stored;
        }
    }
}
