using System.Collections.Immutable;
using DecoupleQ.Kernels;
using DecoupleQ.Kernels.Attending;

namespace DecoupleQ.Models;

/// <summary>A value that flows through a block: for each token a row of <paramref name="Width"/> numbers.</summary>
/// <param name="Index">Its number in the plan, from 0.</param>
/// <param name="Width">Numbers a token.</param>
internal readonly record struct PlanValue(int Index, int Width);

/// <summary>A step of a block: it reads its inputs and makes one output. Inference, calibration, gradients and reports all walk the same steps.</summary>
/// <param name="Inputs">What it reads.</param>
/// <param name="Output">What it makes; no other operation makes it.</param>
internal abstract record Operation(ImmutableArray<PlanValue> Inputs, PlanValue Output);

/// <summary><c>y = B x + bias</c>: the layers that are quantized.</summary>
/// <param name="Module">Path in the block, as in <c>mlp.up_proj</c>.</param>
/// <param name="Input">x.</param>
/// <param name="Output">y.</param>
/// <param name="HasBias">Whether the module owns a bias.</param>
internal sealed record LinearOperation(string Module, PlanValue Input, PlanValue Output, bool HasBias) : Operation([Input], Output);

/// <summary>Root-mean-square norm of each run of <paramref name="Size"/> numbers: the whole row, or each head of it.</summary>
/// <param name="Module">Path in the block.</param>
/// <param name="Input">x.</param>
/// <param name="Output">y.</param>
/// <param name="Size">Numbers normalised together; divides the width.</param>
/// <param name="Epsilon">Added to the mean square.</param>
internal sealed record RmsNormOperation(string Module, PlanValue Input, PlanValue Output, int Size, float Epsilon) : Operation([Input], Output);

/// <summary>Layer norm of each row: mean taken out, variance made 1, then weight and bias.</summary>
/// <param name="Module">Path in the block.</param>
/// <param name="Input">x.</param>
/// <param name="Output">y.</param>
/// <param name="Epsilon">Added to the variance.</param>
/// <param name="HasBias">Whether the module owns a bias.</param>
internal sealed record LayerNormOperation(string Module, PlanValue Input, PlanValue Output, float Epsilon, bool HasBias) : Operation([Input], Output);

/// <summary>Rotary position embedding of every head.</summary>
/// <param name="Input">heads x head size a token.</param>
/// <param name="Output">As the input.</param>
/// <param name="Heads">Heads.</param>
/// <param name="HeadSize">Numbers a head, even.</param>
internal sealed record RotaryOperation(PlanValue Input, PlanValue Output, int Heads, int HeadSize) : Operation([Input], Output);

/// <summary>Causal attention with grouped heads; with a cache, keys and values of earlier tokens are kept in it.</summary>
/// <param name="Queries">Queries.</param>
/// <param name="Keys">Keys.</param>
/// <param name="Values">Values.</param>
/// <param name="Output">As the queries.</param>
/// <param name="Shape">Heads, sizes, scale and window.</param>
internal sealed record AttentionOperation(PlanValue Queries, PlanValue Keys, PlanValue Values, PlanValue Output, AttentionShape Shape)
    : Operation([Queries, Keys, Values], Output);

/// <summary><c>y = x sigmoid(x)</c>.</summary>
/// <param name="Input">x.</param>
/// <param name="Output">y.</param>
internal sealed record SiluOperation(PlanValue Input, PlanValue Output) : Operation([Input], Output);

/// <summary>The elementwise product.</summary>
/// <param name="Left">One factor.</param>
/// <param name="Right">The other.</param>
/// <param name="Output">The product.</param>
internal sealed record MultiplyOperation(PlanValue Left, PlanValue Right, PlanValue Output) : Operation([Left, Right], Output);

/// <summary>The sum: a residual connection.</summary>
/// <param name="Left">One term.</param>
/// <param name="Right">The other.</param>
/// <param name="Output">The sum.</param>
internal sealed record AddOperation(PlanValue Left, PlanValue Right, PlanValue Output) : Operation([Left, Right], Output);
