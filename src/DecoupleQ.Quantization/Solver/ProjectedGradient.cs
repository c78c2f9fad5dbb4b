using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using DecoupleQ.Kernels.Products;
using DecoupleQ.Quantization.LinearAlgebra;

namespace DecoupleQ.Quantization.Solver;

/// <summary>
/// The paper's first-level approximation (arXiv 2404.12759, section 3.3): the integers are relaxed to real numbers in their box, f is
/// minimised by projected gradient, then the columns are rounded one after the other, in order of decreasing diag(H), and further
/// projected-gradient steps let the columns not yet rounded answer.
/// </summary>
/// <remarks>
/// <para>A projected-gradient step is Adam on the gradient <c>D = (b_hat - b) H</c>, then a clamp to <c>[alpha s + z, beta s + z]</c>.</para>
/// <para>
/// The steps are taken on all later columns after each single column, as in the published code: about <c>GradientSteps + GradientStepsPerColumn n / 3</c>
/// products with H in all. Rounding two, four or sixteen columns between the steps would save as much arithmetic and give up a fifth, three fifths or all of
/// what the method gains over GPTQ (layers of 256 inputs at 2 bits): the next columns must answer before they are rounded themselves.
/// </para>
/// <para>
/// Step lengths are in levels, not in units of the weights, so that the result does not depend on the layer's scale: at the level spacing of a language model
/// at 2 bits, about 0.02, the published 1e-3 is a twentieth of a level. The slab is held transposed (<see cref="TransposedRows"/>).
/// </para>
/// </remarks>
/// <param name="options">Steps and their length.</param>
/// <param name="cancellationToken">Ends the work between two steps: on a large layer a slab of rows takes minutes.</param>
internal sealed class ProjectedGradient(SolverOptions options, CancellationToken cancellationToken) : IIntegerStep
{
    private const int Lanes = TransposedRows.Lanes;
    private const float EpsilonBefore = 1e-5f;
    private const float EpsilonWhileRounding = 1e-4f;

    /// <inheritdoc/>
    public void Solve(LayerRows rows, PreparedHessian hessian, ReadOnlySpan<float> scales, ReadOnlySpan<float> offsets, Span<sbyte> integers)
    {
        int n = rows.Inputs, padded = TransposedRows.Padded(rows.Count), stride = TransposedRows.Stride(rows.Count);
        using Scratch<float> targets = Scratch<float>.Rent(n * stride);
        using Scratch<float> errors = Scratch<float>.Rent(n * stride);
        using Scratch<float> fixedGradient = Scratch<float>.Rent(n * stride);
        using Scratch<float> gradient = Scratch<float>.Rent(n * stride);
        using Scratch<float> means = Scratch<float>.Rent(n * stride);
        using Scratch<float> squares = Scratch<float>.Rent(n * stride);
        using Scratch<float> groupScales = Scratch<float>.Rent(rows.Groups * stride);
        using Scratch<float> groupOffsets = Scratch<float>.Rent(rows.Groups * stride);
        using Scratch<float> sizes = Scratch<float>.Rent(stride);
        TransposedRows.Gather(rows.Weights, rows.Count, hessian.Order, targets.Span);
        TransposedRows.Gather(scales, rows.Count, rows.Groups, groupScales.Span);
        TransposedRows.Gather(offsets, rows.Count, rows.Groups, groupOffsets.Span);
        InverseSizes(rows, sizes.Span);
        fixedGradient.Span.Clear();
        means.Span.Clear();
        squares.Span.Clear();
        // Relaxed, b_hat = b to begin with; the first clamp brings it into the box.
        errors.Span.Clear();

        var state = new State(
            rows, hessian, options.GradientStepLength, padded, stride, targets.Span, errors.Span, fixedGradient.Span, gradient.Span, means.Span, squares.Span,
            groupScales.Span, groupOffsets.Span, sizes.Span);
        state.Clamp();
        for (int step = 1; step <= options.GradientSteps; step++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            state.Descend(0, new AdamStep(step, EpsilonBefore));
        }
        int taken = options.GradientSteps;
        for (int k = 0; k < n; k++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            state.Round(k);
            for (int step = 0; step < options.GradientStepsPerColumn && k + 1 < n; step++)
            {
                state.Descend(k + 1, new AdamStep(++taken, EpsilonWhileRounding));
            }
        }
        TransposedRows.Scatter(targets.Span, rows.Count, hessian.Order, integers);
    }

    /// <summary>1 / max |b| of each row: Adam's epsilon is relative to that, in units of H.</summary>
    private static void InverseSizes(LayerRows rows, Span<float> sizes)
    {
        sizes.Clear();
        for (int i = 0; i < rows.Count; i++)
        {
            float size = Math.Abs(TensorPrimitives.MaxMagnitude(rows.Row(i)));
            sizes[i] = size > 0 ? 1 / size : 0;
        }
    }

    /// <summary>Adam's factors in a step: betas 0.9 and 0.999 with bias correction.</summary>
    /// <param name="Number">From 1.</param>
    /// <param name="Epsilon">Added to the root of the mean square.</param>
    private readonly record struct AdamStep(int Number, float Epsilon)
    {
        public const float MeanDecay = 0.9f;
        public const float SquareDecay = 0.999f;

        public float InverseMeanCorrection { get; } = (float)(1 / (1 - Math.Pow(MeanDecay, Number)));

        public float InverseRootSquareCorrection { get; } = (float)(1 / Math.Sqrt(1 - Math.Pow(SquareDecay, Number)));
    }

    /// <summary>The slab while it is solved; everything n x stride but the last three.</summary>
    private readonly ref struct State(
        LayerRows rows,
        PreparedHessian hessian,
        double stepLength,
        int padded,
        int stride,
        Span<float> targets,
        Span<float> errors,
        Span<float> fixedGradient,
        Span<float> gradient,
        Span<float> means,
        Span<float> squares,
        ReadOnlySpan<float> groupScales,
        ReadOnlySpan<float> groupOffsets,
        ReadOnlySpan<float> inverseSizes)
    {
        private readonly LayerRows _rows = rows;
        private readonly Levels _levels = new(rows.Format);
        private readonly float _length = (float)stepLength;

        /// <summary>b of the columns not yet rounded, w of the others.</summary>
        private readonly Span<float> _targets = targets;

        /// <summary>b_hat - b.</summary>
        private readonly Span<float> _errors = errors;

        /// <summary>The part of D that the rounded columns make.</summary>
        private readonly Span<float> _fixedGradient = fixedGradient;

        /// <summary>D.</summary>
        private readonly Span<float> _gradient = gradient;

        private readonly Span<float> _means = means;
        private readonly Span<float> _squares = squares;
        private readonly ReadOnlySpan<float> _groupScales = groupScales;
        private readonly ReadOnlySpan<float> _groupOffsets = groupOffsets;
        private readonly ReadOnlySpan<float> _inverseSizes = inverseSizes;

        /// <summary>Brings every relaxed weight into its box.</summary>
        public void Clamp()
        {
            for (int k = 0; k < _rows.Inputs; k++)
            {
                for (int lane = 0; lane < padded; lane += Lanes)
                {
                    Box box = BoxOf(k, lane);
                    box.Clamp(Load(_errors, k, lane)).CopyTo(_errors[At(k, lane)..]);
                }
            }
        }

        /// <summary>One step on all columns from <paramref name="start"/> on.</summary>
        public void Descend(int start, AdamStep adam)
        {
            int rest = _rows.Inputs - start;
            Span<float> target = _gradient[(start * stride)..];
            _fixedGradient[(start * stride)..].CopyTo(target);
            Gemm.Multiply(
                new MatrixView<float>(hessian.Ordered.AsSpan((start * hessian.Size) + start), rest, rest, hessian.Size),
                new MatrixView<float>(_errors[(start * stride)..], rest, padded, stride),
                target, stride, Destination.Add, hessian.OneThread);
            for (int k = start; k < _rows.Inputs; k++)
            {
                for (int lane = 0; lane < padded; lane += Lanes)
                {
                    Move(k, lane, adam).CopyTo(_errors[At(k, lane)..]);
                }
            }
        }

        /// <summary>Rounds a column, and adds what it makes of the later columns' D.</summary>
        public void Round(int k)
        {
            ReadOnlySpan<float> row = hessian.Ordered.AsSpan(k * hessian.Size, hessian.Size);
            ref float slope = ref MemoryMarshal.GetReference(_fixedGradient);
            for (int lane = 0; lane < padded; lane += Lanes)
            {
                Box box = BoxOf(k, lane);
                Vector512<float> target = Load(_targets, k, lane);
                Vector512<float> w = _levels.Nearest(Load(_errors, k, lane) + target, box.Scale, box.Offset);
                Vector512<float> error = (w * box.Scale) + box.Offset - target;
                w.CopyTo(_targets[At(k, lane)..]);
                for (int c = k + 1; c < row.Length; c++)
                {
                    nuint at = (nuint)At(c, lane);
                    Vector512.MultiplyAddEstimate(error, Vector512.Create(row[c]), Vector512.LoadUnsafe(ref slope, at)).StoreUnsafe(ref slope, at);
                }
            }
        }

        /// <summary>A column's error after a step of Adam and the clamp.</summary>
        private Vector512<float> Move(int column, int lane, AdamStep adam)
        {
            Box box = BoxOf(column, lane);
            Vector512<float> slope = Load(_gradient, column, lane) * Vector512.Create(_inverseSizes[lane..]);
            Vector512<float> mean = Load(_means, column, lane), square = Load(_squares, column, lane);
            mean += (1 - AdamStep.MeanDecay) * (slope - mean);
            square = (AdamStep.SquareDecay * square) + ((1 - AdamStep.SquareDecay) * (slope * slope));
            mean.CopyTo(_means[At(column, lane)..]);
            square.CopyTo(_squares[At(column, lane)..]);
            Vector512<float> root = (Vector512.Sqrt(square) * adam.InverseRootSquareCorrection) + Vector512.Create(adam.Epsilon);
            Vector512<float> levelsMoved = mean * (_length * adam.InverseMeanCorrection) / root;
            return box.Clamp(Load(_errors, column, lane) - (levelsMoved * Vector512.Abs(box.Scale)));
        }

        private Box BoxOf(int column, int lane)
        {
            int at = (hessian.Order[column] / _rows.GroupSize * stride) + lane;
            Vector512<float> scale = Vector512.Create(_groupScales[at..]), offset = Vector512.Create(_groupOffsets[at..]);
            Vector512<float> first = (scale * _rows.Format.Alpha) + offset, last = (scale * _rows.Format.Beta) + offset;
            Vector512<float> target = Load(_targets, column, lane);
            return new Box(scale, offset, Vector512.Min(first, last) - target, Vector512.Max(first, last) - target);
        }

        private Vector512<float> Load(ReadOnlySpan<float> values, int column, int lane) => Vector512.Create(values[At(column, lane)..]);

        private int At(int column, int lane) => (column * stride) + lane;
    }

    /// <summary>s and z of 16 rows in a column, and the bounds of b_hat - b.</summary>
    private readonly record struct Box(Vector512<float> Scale, Vector512<float> Offset, Vector512<float> Low, Vector512<float> High)
    {
        public Vector512<float> Clamp(Vector512<float> error) => Vector512.Min(Vector512.Max(error, Low), High);
    }
}
