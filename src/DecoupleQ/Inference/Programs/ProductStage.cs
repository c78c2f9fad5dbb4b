using System.Collections.Immutable;
using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.Models.Plans;

namespace DecoupleQ.Inference.Programs;

/// <summary>Linear layers with one input as one product: what makes the input goes before it, biases, activation and residual into what leaves it.</summary>
internal sealed unsafe class ProductStage : Stage
{
    private readonly ThreadOperations _before;
    private readonly ImmutableArray<ProductOutput> _outputs;
    private readonly ImmutableArray<Operation> _after;
    private readonly PlanValue _input;
    private readonly BlockWeights _weights;
    private readonly DecodingProduct _product;
    private readonly Prologue? _prologue;
    private readonly ProductEpilogue _epilogue;

    /// <param name="before">What makes the input, in order; empty if it is there.</param>
    /// <param name="outputs">The layers and what becomes of their outputs.</param>
    /// <param name="after">The same for prompts: operations on whole rows of the layers' outputs.</param>
    /// <param name="gate">How the first layer gates the second; null if every layer goes its own way.</param>
    /// <param name="weights">The block's weights.</param>
    public ProductStage(
        ImmutableArray<Operation> before, ImmutableArray<ProductOutput> outputs, ImmutableArray<Operation> after, ProductGate? gate, BlockWeights weights)
    {
        _before = new ThreadOperations(before, weights);
        _outputs = outputs;
        _after = after;
        _input = outputs[0].Layer.Input;
        _weights = weights;
        _product = new DecodingProduct([.. outputs.Select(o => (SlabKernel)weights.Get(o.Layer).Kernel)], gate is not null);
        _prologue = before.IsEmpty ? null : new Prologue(_before, _input);
        _epilogue = new ProductEpilogue(outputs, gate, weights);
    }

    public override void Run(StepRows rows, Workers workers)
    {
        if (rows.Decoding > 0)
        {
            _epilogue.Rows = rows;
            if (_prologue is null)
            {
                _product.Run(rows.Row(_input, 0), _input.Width, rows.Decoding, rows.Exact, _epilogue, workers);
            }
            else
            {
                _prologue.Rows = rows;
                _product.Run(rows.Decoding, rows.Exact, _prologue, _epilogue, workers);
            }
        }
        if (rows.Prompts > 0)
        {
            SharedRows.Run(_before.Operations, _weights, rows, rows.Decoding, rows.Prompts, workers);
            foreach (ProductOutput output in _outputs)
            {
                LinearLayer layer = _weights.Get(output.Layer);
                Span<float> made = rows.Rows(output.Layer.Output, rows.Decoding, rows.Prompts);
                ReadOnlySpan<float> inputs = rows.Rows(_input, rows.Decoding, rows.Prompts);
                if (rows.ExactPrompts)
                {
                    layer.Kernel.Multiply(inputs, rows.Prompts, made, workers);
                }
                else
                {
                    ((SlabKernel)layer.Kernel).MultiplyPrompt(inputs, rows.Prompts, made, workers);
                }
                if (layer.Bias is float[] bias)
                {
                    for (int r = 0; r < rows.Prompts; r++)
                    {
                        Span<float> row = made.Slice(r * bias.Length, bias.Length);
                        System.Numerics.Tensors.TensorPrimitives.Add(row, bias, row);
                    }
                }
            }
            SharedRows.Run(_after, _weights, rows, rows.Decoding, rows.Prompts, workers);
        }
    }

    /// <summary>Runs the operations before the product for each thread.</summary>
    private sealed class Prologue(ThreadOperations operations, PlanValue input) : RowPrologue
    {
        public StepRows Rows { get; set; } = null!;

        public override void Make(int row, int rows, float* x, int inputs, bool keep)
        {
            using Scratch memory = Scratch.Rent<float>(operations.Width);
            var own = new ThreadRow(operations, Rows, (float*)memory.Pointer);
            for (int r = 0; r < rows; r++)
            {
                own.Make(row + r);
                own.Rows(input, row + r, 1).CopyTo(new Span<float>(x + ((nint)r * inputs), inputs));
                if (keep)
                {
                    own.Keep(row + r);
                }
            }
        }
    }
}
