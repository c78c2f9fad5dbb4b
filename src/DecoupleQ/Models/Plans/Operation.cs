using System.Collections.Immutable;
using DecoupleQ.Kernels.Attending;
using DecoupleQ.Kernels.Elementwise;

namespace DecoupleQ.Models.Plans;

/// <summary>A value that flows through a block: for each token a row of <paramref name="Width"/> numbers.</summary>
/// <param name="Index">Its number in the plan, from 0.</param>
/// <param name="Width">Numbers a token.</param>
internal readonly record struct PlanValue(int Index, int Width);

/// <summary>
/// A step of a block: it reads its inputs and makes one output. Inference, calibration, gradients and reports all walk the same steps, and learn from the
/// step itself what it owns and what it takes: a new one is a record here, a case where it is run, and a gradient.
/// </summary>
/// <param name="Inputs">What it reads.</param>
/// <param name="Output">What it makes; no other operation makes it.</param>
internal abstract record Operation(ImmutableArray<PlanValue> Inputs, PlanValue Output)
{
    /// <summary>All tensors that it owns, in the order in which they are stored.</summary>
    public virtual ImmutableArray<OwnedTensor> Tensors => [];

    /// <summary>Those of them that are no matrices: what <see cref="BlockWeights.Vector"/> has, slot by slot.</summary>
    public ImmutableArray<OwnedTensor> Vectors => Tensors.RemoveAll(tensor => tensor.Kind == TensorKind.Matrix);

    /// <summary>What it does for a token of a sequence of <paramref name="tokens"/>.</summary>
    public virtual OperationWork Work(int tokens) => new(0, 0, Output.Width);

    /// <summary>Numbers that it keeps of each token while a sequence goes on: keys and values.</summary>
    public virtual int KeptNumbers => 0;

    /// <summary>Numbers that its gradient needs beside those of values, for a sequence of <paramref name="tokens"/>.</summary>
    public virtual long GradientNumbers(int tokens) => 0;
}

/// <summary>A step that makes each row from the same row of its inputs, whatever the other rows are: <see cref="RowOperations"/> runs it.</summary>
/// <param name="Inputs">What it reads.</param>
/// <param name="Output">What it makes.</param>
internal abstract record RowOperation(ImmutableArray<PlanValue> Inputs, PlanValue Output) : Operation(Inputs, Output);

/// <summary>A step that makes each number from the same number of its input.</summary>
/// <param name="Input">x.</param>
/// <param name="Output">y.</param>
internal abstract record ActivationOperation(PlanValue Input, PlanValue Output) : RowOperation([Input], Output);

/// <summary><c>y = B x + bias</c>: the layers that are quantized.</summary>
/// <param name="Module">Path in the block, as in <c>mlp.up_proj</c>.</param>
/// <param name="Input">x.</param>
/// <param name="Output">y.</param>
/// <param name="HasBias">Whether the module owns a bias.</param>
internal sealed record LinearOperation(string Module, PlanValue Input, PlanValue Output, bool HasBias) : Operation([Input], Output)
{
    public override ImmutableArray<OwnedTensor> Tensors => HasBias ? [Weight, OwnedTensor.Vector(Module, "bias", TensorKind.Bias, Output.Width)] : [Weight];

    public override OperationWork Work(int tokens) => new(Weight.Count, 0, 0);

    private OwnedTensor Weight => OwnedTensor.Matrix(Module, Output.Width, Input.Width);
}

/// <summary>Root-mean-square norm of each run of <paramref name="Size"/> numbers: the whole row, or each head of it.</summary>
/// <param name="Module">Path in the block.</param>
/// <param name="Input">x.</param>
/// <param name="Output">y.</param>
/// <param name="Size">Numbers normalised together; divides the width.</param>
/// <param name="Epsilon">Added to the mean square.</param>
internal sealed record RmsNormOperation(string Module, PlanValue Input, PlanValue Output, int Size, float Epsilon) : RowOperation([Input], Output)
{
    /// <summary>What is added to the stored weight: 1 where it is stored as the difference from 1.</summary>
    public float WeightOffset { get; init; }

    public override ImmutableArray<OwnedTensor> Tensors => [OwnedTensor.Vector(Module, "weight", TensorKind.Norm, Size) with { Offset = WeightOffset }];
}

/// <summary>Layer norm of each row: mean taken out, variance made 1, then weight and bias.</summary>
/// <param name="Module">Path in the block.</param>
/// <param name="Input">x.</param>
/// <param name="Output">y.</param>
/// <param name="Epsilon">Added to the variance.</param>
/// <param name="HasBias">Whether the module owns a bias.</param>
internal sealed record LayerNormOperation(string Module, PlanValue Input, PlanValue Output, float Epsilon, bool HasBias) : RowOperation([Input], Output)
{
    public override ImmutableArray<OwnedTensor> Tensors => HasBias ? [Vector("weight"), Vector("bias")] : [Vector("weight")];

    private OwnedTensor Vector(string part) => OwnedTensor.Vector(Module, part, TensorKind.Norm, Input.Width);
}

/// <summary>Rotary position embedding of every head.</summary>
/// <param name="Input">heads x head size a token.</param>
/// <param name="Output">As the input.</param>
/// <param name="Heads">Heads.</param>
/// <param name="HeadSize">Numbers a head, even.</param>
/// <param name="Rotary">The angles; half as many pairs as the head has numbers.</param>
internal sealed record RotaryOperation(PlanValue Input, PlanValue Output, int Heads, int HeadSize, RotaryEmbedding Rotary) : RowOperation([Input], Output);

/// <summary>Causal attention with grouped heads; with a cache, keys and values of earlier tokens are kept in it.</summary>
/// <param name="Queries">Queries.</param>
/// <param name="Keys">Keys.</param>
/// <param name="Values">Values.</param>
/// <param name="Output">Heads x value size a token.</param>
/// <param name="Shape">Heads, sizes, scale and window.</param>
internal sealed record AttentionOperation(PlanValue Queries, PlanValue Keys, PlanValue Values, PlanValue Output, AttentionShape Shape)
    : Operation([Queries, Keys, Values], Output)
{
    // Half of the positions are visible on average; the products of scores and of sums make two.
    public override OperationWork Work(int tokens) => new(0, tokens / 2.0 * (Queries.Width + Output.Width), 0);

    public override int KeptNumbers => Keys.Width + Values.Width;

    public override long GradientNumbers(int tokens) => 2L * tokens * Queries.Width;
}

/// <summary><c>y = x sigmoid(x)</c>.</summary>
/// <param name="Input">x.</param>
/// <param name="Output">y.</param>
internal sealed record SiluOperation(PlanValue Input, PlanValue Output) : ActivationOperation(Input, Output);

/// <summary><c>y = x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2</c>.</summary>
/// <param name="Input">x.</param>
/// <param name="Output">y.</param>
internal sealed record GeluTanhOperation(PlanValue Input, PlanValue Output) : ActivationOperation(Input, Output);

/// <summary>The elementwise product.</summary>
/// <param name="Left">One factor.</param>
/// <param name="Right">The other.</param>
/// <param name="Output">The product.</param>
internal sealed record MultiplyOperation(PlanValue Left, PlanValue Right, PlanValue Output) : RowOperation([Left, Right], Output);

/// <summary>The sum: a residual connection.</summary>
/// <param name="Left">One term.</param>
/// <param name="Right">The other.</param>
/// <param name="Output">The sum.</param>
internal sealed record AddOperation(PlanValue Left, PlanValue Right, PlanValue Output) : RowOperation([Left, Right], Output);
