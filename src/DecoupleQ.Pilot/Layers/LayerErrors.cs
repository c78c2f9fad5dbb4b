using DecoupleQ.Checkpoints;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Models.Plans;
using DecoupleQ.Pilot.Progress;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.TestData;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Tensors;

namespace DecoupleQ.Pilot.Layers;

/// <summary>
/// How much the outputs of each linear layer of a packed model differ from the dense ones on dense inputs, from the weights as they are stored: not from what
/// whoever packed it says.
/// </summary>
/// <remarks>
/// What is trained beside the layers, norms and biases, is left out, and so is what errors of earlier layers make of a layer's inputs: a layer's error is its
/// own. Beside weights of a block of both models and activations, memory goes to a second-moment matrix for each layer that is tried with more bits.
/// </remarks>
public sealed class LayerErrors
{
    private readonly ModelPlan _plan;
    private readonly WeightReader _dense, _packed;
    private readonly int[][] _sequences;
    private readonly Workers _workers;

    private LayerErrors(ModelPlan plan, WeightReader dense, WeightReader packed, int[][] sequences, Workers workers) =>
        (_plan, _dense, _packed, _sequences, _workers) = (plan, dense, packed, sequences, workers);

    /// <summary>Measures all linear layers of the blocks, and the head.</summary>
    /// <param name="dense">The dense model: a folder or a GGUF file.</param>
    /// <param name="packed">The model that was made of it.</param>
    /// <param name="windows">Test text; windows that lie evenly among these are taken.</param>
    /// <param name="options">How much text, how many layers with more bits; the defaults if null.</param>
    /// <param name="progress">
    /// Told after each block; those up to the last layer that is tried with more bits come twice, which is known after the first time.
    /// </param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The layers, the largest error first; the first ones with what more bits would give, where there are more.</returns>
    /// <exception cref="DecoupleQException">A model cannot be read, or the two are not of the same shape.</exception>
    /// <exception cref="ArgumentException">There are no windows, or they do not fit the model.</exception>
    public static IReadOnlyList<LayerRisk> Measure(
        string dense,
        string packed,
        IReadOnlyList<TestWindow> windows,
        LayerErrorOptions? options = null,
        IProgress<StepProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(dense);
        ArgumentNullException.ThrowIfNull(packed);
        ArgumentNullException.ThrowIfNull(windows);
        options ??= new();
        options.Check();
        using Checkpoint own = CheckpointFiles.Open(dense, TensorAccess.Read), other = CheckpointFiles.Open(packed, TensorAccess.Read);
        ModelPlan plan = Architecture.Plan(own);
        var weights = new WeightReader(own);
        var others = new WeightReader(other);
        weights.Check(plan);
        // By the dense plan: the packed model has every layer in the same shape, or it was not made of this one.
        others.Check(plan);
        using var workers = new Workers(Workers.CountFor(options.Threads)) { Cancellation = cancellationToken };
        return new LayerErrors(plan, weights, others, Sequences(windows, plan, options.Tokens), workers).Measure(options.Worst, progress);
    }

    private static int[][] Sequences(IReadOnlyList<TestWindow> windows, ModelPlan plan, int tokens)
    {
        if (windows.Count == 0 || windows.Any(window => window.Ids.Count > plan.ContextLength || window.Ids.Any(id => id < 0 || id >= plan.VocabularySize)))
        {
            throw new ArgumentException("There are no windows, or they do not fit the model.", nameof(windows));
        }
        int most = Math.Max(1, tokens / windows.Max(window => window.Ids.Count));
        return [.. EvenChoice.Of(windows, most).Select(window => window.Ids.Take(tokens).ToArray())];
    }

    private List<LayerRisk> Measure(int worst, IProgress<StepProgress>? progress)
    {
        var clock = new StepClock(_plan.Blocks.Length + 1, finished: 0, progress);
        List<Layer> layers = [.. MeasureAll(clock).OrderByDescending(layer => layer.Error)];
        Layer[] tried = [.. layers.Where(layer => layer is { Error: > 0, Operation: not null, More: not null }).Take(worst)];
        Dictionary<string, LayerRisk> better = TryMoreBits(tried, clock);
        return [.. layers.Select(layer => better.GetValueOrDefault(layer.Name) ?? new LayerRisk(layer.Name, layer.Error, null, null, null))];
    }

    private List<Layer> MeasureAll(StepClock clock)
    {
        var layers = new List<Layer>();
        var walk = new DenseWalk(_plan, _dense, _sequences, _workers);
        for (int block = 0; block < _plan.Blocks.Length; block++)
        {
            string prefix = _plan.BlockPrefix(block);
            LinearOperation[] linears = [.. _plan.Blocks[block].Linears];
            WeightMatrix[] packed = [.. linears.Select(layer => _packed.Weight(prefix, layer))];
            OutputError[] errors = [.. linears.Select(_ => new OutputError())];
            walk.Run(_plan.Blocks[block], prefix, (dense, values, tokens) =>
            {
                foreach ((int i, LinearOperation layer) in linears.Index())
                {
                    errors[i].Add(values.Rows(layer.Input, tokens).AsSpan(0, tokens * layer.Input.Width), tokens, dense[i], packed[i], _workers);
                }
            });
            layers.AddRange(linears.Select((layer, i) => new Layer(
                block, layer, prefix + layer.Module, errors[i].Relative, packed[i] is AffineMatrix affine ? MoreBits.Next(affine) : null)));
            ResidentMemory.Trim();
            clock.Step();
        }
        layers.Add(MeasureHead(walk));
        clock.Step();
        return layers;
    }

    private Layer MeasureHead(DenseWalk walk)
    {
        string name = _plan.HeadIsEmbedding ? _plan.Embedding : _plan.Head;
        WeightMatrix dense = _dense.Matrix(name, _plan.VocabularySize, _plan.Width), packed = _packed.Matrix(name, _plan.VocabularySize, _plan.Width);
        var error = new OutputError();
        walk.Run(_plan.Final, "", (_, values, tokens) =>
            error.Add(values.Rows(_plan.Final.Output, tokens).AsSpan(0, tokens * _plan.Width), tokens, dense, packed, _workers));
        return new Layer(_plan.Blocks.Length, Operation: null, name, error.Relative, More: null);
    }

    private Dictionary<string, LayerRisk> TryMoreBits(Layer[] tried, StepClock clock)
    {
        var better = new Dictionary<string, LayerRisk>();
        int blocks = tried.Length == 0 ? 0 : tried.Max(layer => layer.Block) + 1;
        clock.Expect(blocks);
        var walk = blocks == 0 ? null : new DenseWalk(_plan, _dense, _sequences, _workers);
        for (int block = 0; block < blocks; block++)
        {
            LinearOperation[] linears = [.. _plan.Blocks[block].Linears];
            (Layer Layer, MoreBits More)[] here =
            [
                .. tried.Where(layer => layer.Block == block).Select(layer => (layer, new MoreBits(
                    layer.Name, layer.Operation!, (AffineMatrix)_packed.Weight(_plan.BlockPrefix(block), layer.Operation!), layer.More!.Value, _workers))),
            ];
            IReadOnlyList<WeightMatrix> dense = walk!.Run(
                _plan.Blocks[block], _plan.BlockPrefix(block), (_, values, tokens) => Array.ForEach(here, pair => pair.More.Add(values, tokens)));
            foreach ((Layer layer, MoreBits more) in here)
            {
                better.Add(layer.Name, more.Solve(dense[Array.IndexOf(linears, layer.Operation)], layer.Error));
                ResidentMemory.Trim();
            }
            clock.Step();
        }
        return better;
    }

    /// <param name="Block">Its block, from 0.</param>
    /// <param name="Operation">The layer; null for the head.</param>
    /// <param name="Name">Its module path.</param>
    /// <param name="Error">Its relative error.</param>
    /// <param name="More">Its format with more bits, where there is one.</param>
    private sealed record Layer(int Block, LinearOperation? Operation, string Name, double Error, QuantizationFormat? More);
}
