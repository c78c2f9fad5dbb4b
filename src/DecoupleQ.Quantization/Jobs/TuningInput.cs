using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Gradients;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Quantization.Training;
using DecoupleQ.Quantization.Tuning;
using DecoupleQ.Tensors;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>What a tuning works from, opened and checked as far as can be before any work is done.</summary>
internal sealed class TuningInput : IDisposable
{
    /// <summary>Ids in a window where nothing is said, in a model whose context has room for as many.</summary>
    public const int DefaultContext = 256;

    private readonly WeightReader _weights;

    private TuningInput(TuningOptions options, Checkpoint packed, Checkpoint dense, CancellationToken cancellationToken)
    {
        (Packed, Dense) = (packed, dense);
        Plan = Architecture.Plan(packed);
        DensePlan = Architecture.Plan(dense);
        _weights = new WeightReader(packed);
        _weights.Check(Plan);
        DenseWeights = new WeightReader(dense);
        DenseWeights.Check(DensePlan);
        CheckSame(Plan, DensePlan, packed, dense);
        Tokenizer? own = StoredModel.CheckBeside(packed, Plan);
        if (CalibrationSource.IsTable(options.Data))
        {
            Texts = CalibrationWindows.FromTensor(
                options.Data[0], Plan.VocabularySize, samples: null, heldOut: 0, seed: 0, cancellationToken: cancellationToken).Ids;
            Options = options with { Context = CheckContext(options.Context ?? Texts[0].Length, Texts[0].Length) };
        }
        else
        {
            Options = options with { Context = CheckContext(options.Context ?? Math.Min(DefaultContext, Plan.ContextLength), null) };
            string[] texts = [.. options.Data.Where(source => source != CalibrationSource.Self)];
            Tokenizer tokenizer = own ?? TokenizerFiles.LoadFor(dense, Plan.VocabularySize);
            Texts = TuningWindows.Cut(texts, tokenizer, Options.Context.Value, cancellationToken);
            Unwritten = texts.Length == options.Data.Count ? 0 : options.SelfWindows;
        }
        // It says at once where there are too few.
        TuningWindows.Of([.. Texts, .. Enumerable.Repeat(Array.Empty<int>(), Unwritten)], options.HeldOut);
        Warnings = [.. Plan.Warnings];
    }

    /// <summary>The options, with the context as it turned out.</summary>
    public TuningOptions Options { get; }

    public Checkpoint Packed { get; }

    public Checkpoint Dense { get; }

    public ModelPlan Plan { get; }

    public ModelPlan DensePlan { get; }

    public WeightReader DenseWeights { get; }

    /// <summary>Windows of the texts.</summary>
    public int[][] Texts { get; }

    /// <summary>Windows that the dense model is to write.</summary>
    public int Unwritten { get; }

    /// <summary>What may not be as it was meant, a sentence each.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>Opens the models and the data.</summary>
    /// <exception cref="DecoupleQException">One of them or an option cannot be used; it says which and why.</exception>
    public static TuningInput Open(TuningOptions options, CancellationToken cancellationToken)
    {
        options.Validate();
        if (options.Data.Count == 0)
        {
            throw new DecoupleQException("The value is none.", field: "data", expected: "at least one text file");
        }
        Checkpoint packed = CheckpointFiles.Open(options.Model, TensorAccess.Read);
        Checkpoint? dense = null;
        try
        {
            dense = CheckpointFiles.Open(options.Against, TensorAccess.Read);
            return new TuningInput(options, packed, dense, cancellationToken);
        }
        catch
        {
            packed.Dispose();
            dense?.Dispose();
            throw;
        }
    }

    /// <summary>The packed model, ready to be trained, and its embedding and head.</summary>
    /// <exception cref="DecoupleQException">A weight is damaged.</exception>
    public (TunedModel Model, IReadOnlyList<TunedTable> Tables) Model()
    {
        TunedTable embedding = Table(Plan.Embedding), head = Plan.HeadIsEmbedding ? embedding : Table(Plan.Head);
        TunedTable[] tables = Plan.HeadIsEmbedding ? [embedding] : [embedding, head];
        var model = new TunedModel(
            Plan,
            embedding.Linear,
            [.. Plan.Parts.Select(part => Part(part.Prefix, part.Plan))],
            head.Linear,
            [.. tables.SelectMany(table => table.Trained)]);
        return (model, tables);
    }

    private TunedTable Table(string module) => new(module, _weights.Matrix(module, Plan.VocabularySize, Plan.Width), Options.Tables);

    public void Dispose()
    {
        Packed.Dispose();
        Dense.Dispose();
    }

    private int CheckContext(int context, int? given) => context > Plan.ContextLength || context < 2 || (given is int length && length != context)
        ? throw new DecoupleQException(
            $"The value is {context}.", field: "context",
            expected: given is int ids && ids <= Plan.ContextLength ? $"{ids}, as the windows have" : $"2 to {Plan.ContextLength}, the model's")
        : context;

    private TrainedParameters Part(string prefix, BlockPlan plan)
    {
        var layers = new Dictionary<LinearOperation, LayerSolution>();
        var frozen = new Dictionary<LinearOperation, WeightMatrix>();
        foreach (LinearOperation linear in plan.Linears)
        {
            WeightMatrix stored = _weights.Weight(prefix, linear);
            if (stored is AffineMatrix affine)
            {
                layers.Add(linear, PackedLayer.Unpack(affine));
            }
            else
            {
                frozen.Add(linear, stored);
            }
        }
        var trained = new TrainedParameters(
            new BlockOutline
            {
                Name = prefix.TrimEnd('.'),
                Plan = plan,
                Frozen = frozen,
                Start = new BlockParameters
                {
                    Layers = layers,
                    Vectors = plan.Tensors.Where(tensor => tensor.Kind != TensorKind.Matrix).ToDictionary(
                        tensor => tensor, tensor => new StoredVector(_weights.Vector(prefix, tensor), _weights.Type(prefix + tensor.Name))),
                },
            },
            new TrainedKinds(Biases: true, Options.Integers));
        if (Options.Integers)
        {
            foreach ((LinearOperation linear, TrainedLinear layer) in trained.Layers)
            {
                WeightMatrix matrix = DenseWeights.Weight(prefix, linear);
                var elements = new float[checked(matrix.Rows * matrix.Columns)];
                matrix.DequantizeRows(0, matrix.Rows, elements);
                layer.Latents = LatentIntegers.Of(layers[linear], elements, matrix.Columns);
            }
        }
        return trained;
    }

    private static void CheckSame(ModelPlan packed, ModelPlan dense, Checkpoint checkpoint, Checkpoint denseCheckpoint)
    {
        (string Prefix, OwnedTensor Tensor)[] Tensors(ModelPlan plan) => [.. plan.Parts.SelectMany(part => part.Plan.Tensors.Select(t => (part.Prefix, t)))];
        (string Prefix, OwnedTensor Tensor)[] own = Tensors(packed), others = Tensors(dense);
        if (packed.Architecture != dense.Architecture || packed.VocabularySize != dense.VocabularySize || !own.SequenceEqual(others))
        {
            throw new DecoupleQException(
                $"The model is another one than the packed one ({packed.Architecture} with {packed.Blocks.Length} blocks of width {packed.Width}).",
                denseCheckpoint.Path, "against", "the dense model that the packed one was made from");
        }
        if (packed.Blocks.SelectMany(block => block.Operations).FirstOrDefault(operation => !BlockBackward.Has(operation)) is Operation operation)
        {
            throw new DecoupleQException($"A {operation.GetType().Name} of the {packed.Architecture} model has no gradient.", checkpoint.Path);
        }
        if (!own.Any(tensor => tensor.Tensor.Kind == TensorKind.Matrix && AffineTensors.IsPacked(checkpoint.Source, tensor.Prefix + tensor.Tensor.Module)))
        {
            throw new DecoupleQException("The model has no quantized layer.", checkpoint.Path, expected: "a folder that 'decoupleq quantize' wrote");
        }
    }
}
