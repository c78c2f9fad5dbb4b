using DecoupleQ.Hardware;
using DecoupleQ.Checkpoints;
using DecoupleQ.Inference.Engines;
using DecoupleQ.Inference.Programs;
using DecoupleQ.Inference.States;
using DecoupleQ.Kernels.Attending;
using DecoupleQ.Kernels.Linear;
using DecoupleQ.Kernels.Threads;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Models.Plans;
using DecoupleQ.Tensors;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Models;

/// <summary>A causal language model, dense or packed, ready to run: weights, plan and tokenizer, none of which changes.</summary>
/// <remarks>Safe for any number of threads. What changes is in its <see cref="Sequence"/>s; calls at the same time share steps through the weights.</remarks>
public sealed class LanguageModel : IDisposable
{
    private readonly Checkpoint _checkpoint;
    private readonly LanguageModelOptions _options;
    private readonly Lazy<Tokenizer> _tokenizer;
    private readonly Lazy<SamplingDefaults?> _samplingDefaults;
    private readonly StateFactory _states;
    private int _disposed;

    private LanguageModel(Checkpoint checkpoint, ModelPlan plan, LanguageModelOptions options, Workers workers, CancellationToken cancellationToken)
    {
        _checkpoint = checkpoint;
        _options = options;
        Plan = plan with { ContextLength = options.ContextLength ?? plan.ContextLength };
        Warnings =
        [
            .. plan.Warnings,
            .. ContextLength <= plan.ContextLength ? (string[])[] :
            [
                $"A context of {ContextLength} tokens was asked for; the model's config says {plan.ContextLength}, beyond which its texts may get worse.",
            ],
            .. ProcessorInstructions.BuildWarning is string less ? (string[])[less] : [],
        ];
        Workers = workers;
        ModelWeights weights = ModelWeights.Read(new WeightReader(checkpoint), plan, matrix =>
        {
            cancellationToken.ThrowIfCancellationRequested();
            return LinearKernel.For(options.Arithmetic == Arithmetic.Float32 ? Dequantized(matrix) : matrix, workers);
        });
        _tokenizer = new(() => TokenizerFiles.LoadFor(checkpoint, plan.VocabularySize));
        _samplingDefaults = new(() => Models.SamplingDefaults.Of(checkpoint));
        EndIds = ModelFiles.EndIds.Of(checkpoint);
        _states = new StateFactory(plan, new KeyValueStore(options.KeyValueLimit));
        Program = new ModelProgram(plan, weights);
        Engine = new Engine(new StepRunner(Program, plan, workers, StepLimits.Default, checkpoint.Source.CheckUnchanged), StepLimits.Default);
    }

    /// <summary>Its tokenizer, loaded when it is first asked for.</summary>
    /// <exception cref="DecoupleQException">The model has none, it is not supported, or it has ids beyond the embedding's rows.</exception>
    public Tokenizer Tokenizer => _tokenizer.Value;

    /// <summary>
    /// What was asked for and done, or made of files that contradict each other, but may not be what was meant, a sentence each; usually none. One more of a
    /// program that was compiled ahead of time for less than the processor has.
    /// </summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>The most tokens of a sequence: <see cref="LanguageModelOptions.ContextLength"/>, or <c>max_position_embeddings</c> of the config.</summary>
    public int ContextLength => Plan.ContextLength;

    /// <summary>Numbers of a hidden state, and so of an embedding.</summary>
    public int Width => Plan.Width;

    /// <summary>Rows of the output head; the tokenizer may have fewer ids.</summary>
    public int VocabularySize => Plan.VocabularySize;

    /// <summary>The ids that end a text (<c>eos_token_id</c> of <c>generation_config.json</c>, else of <c>config.json</c>).</summary>
    public IReadOnlySet<int> EndIds { get; }

    /// <summary>The path that it was loaded from.</summary>
    public string Path => _checkpoint.Path;

    /// <summary>
    /// Bytes of keys and values that all sequences together have now, in whole pages; those that sequences share, or keep of an earlier state, count once.
    /// </summary>
    public long KeyValueBytes => _states.Store.UsedBytes;

    /// <summary>How its authors sample from it; null for greedily. Read when first asked for, as most uses of a model do not generate.</summary>
    /// <exception cref="DecoupleQException"><c>generation_config.json</c> has a field of another type.</exception>
    internal SamplingDefaults? SamplingDefaults => _samplingDefaults.Value;

    /// <summary>The most bytes of keys and values of all sequences together; null for no limit.</summary>
    internal long? KeyValueLimit => _options.KeyValueLimit;

    /// <summary>Whether what a sequence computes depends on the length that it was given (<see cref="SequenceOptions.Length"/>).</summary>
    internal bool LengthMatters => Plan.Blocks.Any(block => block.Operations.OfType<RotaryOperation>().Any(rotation => rotation.Rotary.DependsOnLength));

    internal ModelPlan Plan { get; }

    internal Workers Workers { get; }

    internal ModelProgram Program { get; }

    internal Engine Engine { get; }

    /// <summary>Loads the model in <paramref name="path"/>.</summary>
    /// <param name="path">A Hugging Face folder, dense or packed by decoupleq or MLX, or a GGUF file.</param>
    /// <param name="options">Threads, arithmetic, keys and values.</param>
    /// <param name="cancellationToken">Ends the loading between two matrices.</param>
    /// <exception cref="DecoupleQException">A file is missing, damaged or not supported, or an option is out of its range; it says which and why.</exception>
    public static LanguageModel Load(string path, LanguageModelOptions? options = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        Check(options);
        Checkpoint checkpoint = CheckpointFiles.Open(path, options.Access);
        Workers? workers = null;
        try
        {
            ModelPlan plan = Architecture.Plan(checkpoint);
            workers = new Workers(Workers.CountFor(options.Threads));
            return new LanguageModel(checkpoint, plan, options, workers, cancellationToken);
        }
        catch
        {
            workers?.Dispose();
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>What loading the model would warn of, without its weights: see <see cref="Warnings"/>.</summary>
    /// <param name="checkpoint">The model's files.</param>
    /// <exception cref="DecoupleQException">The model cannot be run: its architecture, or something in its config, is not supported, or its tensors are not
    /// those that the config describes.</exception>
    public static IReadOnlyList<string> WarningsOf(Checkpoint checkpoint)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ModelPlan plan = Architecture.Plan(checkpoint);
        new WeightReader(checkpoint).Check(plan);
        return plan.Warnings;
    }

    /// <summary>Begins a text.</summary>
    /// <param name="options">How it is kept; the model's choice if null.</param>
    /// <exception cref="ArgumentOutOfRangeException">The length is not between 1 and <see cref="ContextLength"/>.</exception>
    /// <exception cref="DecoupleQException">Another option has no meaning.</exception>
    public Sequence Begin(SequenceOptions? options = null)
    {
        int length = options?.Length ?? ContextLength;
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1, nameof(options));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, ContextLength, nameof(options));
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        KeyValueFormat keyValues = OptionRange.Named<KeyValueFormat>().Require(options?.KeyValues ?? _options.KeyValues, "key-values");
        ProductArithmetic products = OptionRange.Named<ProductArithmetic>().Require(options?.Products ?? ProductArithmetic.Rounded, "products");
        return new Sequence(this, new SequenceState(_states, keyValues, length, products == ProductArithmetic.Float32));
    }

    /// <summary>Takes over an id each for several sequences, in steps that they share.</summary>
    /// <param name="sequences">Sequences of this model, each once.</param>
    /// <param name="ids">One a sequence.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <remarks>
    /// <para>The logits are each sequence's <see cref="Sequence.Logits"/>.</para>
    /// <para>What a sequence refuses before the first step (an id, its own state, a call that is cancelled already) is thrown as it is, and all sequences are
    /// as before. Later, each stands for itself: where one fails, or the call is cancelled between two steps, the others keep what they were served, and those
    /// that were not are as before; their <see cref="Sequence.Length"/> tells which.</para>
    /// </remarks>
    /// <exception cref="ArgumentException">
    /// There are not as many ids as sequences, a sequence is another model's, an id is none of the model's, or a sequence has no room for it.
    /// </exception>
    /// <exception cref="InvalidOperationException">A sequence is in another call, or here twice.</exception>
    /// <exception cref="ObjectDisposedException">A sequence or the model is disposed.</exception>
    /// <exception cref="OperationCanceledException">The call was cancelled before all sequences were served, and nothing else failed.</exception>
    /// <exception cref="AggregateException">Some sequences failed in a step, for the reasons that it holds.</exception>
    public void Decode(IReadOnlyList<Sequence> sequences, ReadOnlySpan<int> ids, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(sequences);
        if (sequences.Count != ids.Length || sequences.Any(s => s?.Model != this))
        {
            throw new ArgumentException($"{ids.Length} ids do not fit {sequences.Count} sequences of this model.", nameof(ids));
        }
        if (sequences.Count == 0)
        {
            return;
        }
        var uses = new List<Sequence.Use>(sequences.Count);
        var requests = new StepRequest[sequences.Count];
        Exception[] failures;
        try
        {
            for (int i = 0; i < requests.Length; i++)
            {
                uses.Add(sequences[i].BeginDecode(ids[i], cancellationToken));
                requests[i] = sequences[i].Request;
            }
            Engine.RunTogether(requests);
            failures = [.. requests.Select(r => r.Failure).OfType<Exception>()];
        }
        finally
        {
            uses.ForEach(use => use.Dispose());
        }
        if (failures.Length > 0 && failures.All(failure => failure is OperationCanceledException))
        {
            throw new OperationCanceledException(cancellationToken);
        }
        if (failures.Length > 0)
        {
            throw new AggregateException(failures);
        }
    }

    /// <summary>Logits of one sequence from its start, with keys and values and all products in float32.</summary>
    /// <param name="ids">The sequence, at most <see cref="ContextLength"/> ids.</param>
    /// <returns>ids.Count x <see cref="VocabularySize"/>, row-major.</returns>
    /// <exception cref="ArgumentOutOfRangeException">
    /// There are no ids or too many (for the context, or for one array of all their logits: <c>Sequence.AppendAll</c> gives them in pieces), or one is
    /// not below <see cref="VocabularySize"/>.
    /// </exception>
    public float[] Logits(IReadOnlyList<int> ids)
    {
        ArgumentNullException.ThrowIfNull(ids);
        long numbers = (long)Within(ids.Count) * VocabularySize;
        if (numbers > Array.MaxLength)
        {
            throw new ArgumentOutOfRangeException(
                nameof(ids), $"{ids.Count} ids have {numbers} logits, more than one array holds: take them in pieces ({nameof(Sequence)}.AppendAll).");
        }
        var logits = new float[numbers];
        ForEachLogits([.. ids], (first, _, rows) => rows.CopyTo(logits.AsSpan(first * VocabularySize)));
        return logits;
    }

    /// <summary>What the head would be given of a text: its hidden state after the last block and the norm behind it.</summary>
    /// <param name="ids">The text, at least one id and at most <see cref="ContextLength"/>.</param>
    /// <param name="pooling">Which positions count.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    /// <returns>As many numbers as the model is wide.</returns>
    public float[] Embed(IReadOnlyList<int> ids, Pooling pooling, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ids);
        OptionRange.Named<Pooling>().Require(pooling, "pooling");
        var sums = new double[Plan.Width];
        using Sequence sequence = Begin(new() { Length = Within(ids.Count), KeyValues = KeyValueFormat.F32, Products = ProductArithmetic.Float32 });
        sequence.AppendAll([.. ids], StepOutput.Hidden, Add, cancellationToken);
        double count = pooling == Pooling.Last ? 1 : ids.Count;
        return Array.ConvertAll(sums, sum => (float)(sum / count));

        void Add(int first, int count, ReadOnlySpan<float> rows)
        {
            for (int r = 0; r < count; r++)
            {
                if (pooling == Pooling.Mean || first + r == ids.Count - 1)
                {
                    ReadOnlySpan<float> row = rows.Slice(r * sums.Length, sums.Length);
                    for (int i = 0; i < sums.Length; i++)
                    {
                        sums[i] += row[i];
                    }
                }
            }
        }
    }

    /// <summary>Bytes of keys and values that a token takes in full pages.</summary>
    /// <param name="format">How they are kept.</param>
    public double KeyValueBytesPerToken(KeyValueFormat format) => _states.BytesPerToken(format);

    /// <summary>The most bytes of keys and values that a sequence of some tokens takes beside another one that it shares its first ones with.</summary>
    internal long KeyValueBytesFor(int tokens, KeyValueFormat? format)
    {
        // A page that is shared is copied when it is written to.
        long pages = ((tokens - 1L) / PageLayout.Positions) + 2;
        return (long)Math.Ceiling(pages * PageLayout.Positions * KeyValueBytesPerToken(format ?? _options.KeyValues));
    }

    /// <summary>Ends all calls with an <see cref="ObjectDisposedException"/>, ends the threads and closes the files.</summary>
    /// <exception cref="InvalidOperationException">It is called from within a call of the model.</exception>
    public void Dispose()
    {
        if (_disposed != 0)
        {
            return;
        }
        Engine.Dispose();
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            Workers.Dispose();
            _checkpoint.Dispose();
        }
    }

    /// <summary>
    /// Calls <paramref name="take"/> with the logits of one sequence, some positions at a time: the first one's number, how many, and their logits.
    /// </summary>
    internal void ForEachLogits(ReadOnlySpan<int> ids, TakeRows take, CancellationToken cancellationToken = default, KeyValueFormat format = KeyValueFormat.F32)
    {
        using Sequence sequence = Begin(new() { Length = Within(ids.Length), KeyValues = format, Products = ProductArithmetic.Float32 });
        sequence.AppendAll(ids, StepOutput.AllLogits, take, cancellationToken);
    }

    /// <exception cref="ArgumentOutOfRangeException">An id is none of the model's.</exception>
    internal void CheckIds(ReadOnlySpan<int> ids)
    {
        foreach (int id in ids)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(id, nameof(ids));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(id, VocabularySize, nameof(ids));
        }
    }

    private int Within(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1, "ids");
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, ContextLength, "ids");
        return length;
    }

    private static void Check(LanguageModelOptions options)
    {
        OptionRange.Named<Arithmetic>().Require(options.Arithmetic, "arithmetic");
        OptionRange.Named<KeyValueFormat>().Require(options.KeyValues, "key-values");
        if (options.KeyValueLimit < 1)
        {
            throw new DecoupleQException($"The value is {options.KeyValueLimit}.", field: "key-value-limit", expected: "a number of bytes");
        }
        if (options.Access is not (TensorAccess.Mapped or TensorAccess.Copied))
        {
            throw new DecoupleQException($"The value is {options.Access}.", field: "access", expected: "Mapped or Copied: Read is for what is quantized");
        }
        if (options.ContextLength < 1)
        {
            throw new DecoupleQException($"The value is {options.ContextLength}.", field: "context", expected: "at least 1");
        }
    }

    private static DenseMatrix Dequantized(WeightMatrix matrix)
    {
        var elements = new float[checked(matrix.Rows * matrix.Columns)];
        matrix.DequantizeRows(0, matrix.Rows, elements);
        return new DenseMatrix(matrix.Rows, matrix.Columns, elements);
    }
}

/// <summary>Which positions of a text an embedding is made of.</summary>
public enum Pooling
{
    /// <summary>The last one.</summary>
    Last,

    /// <summary>The mean of all.</summary>
    Mean,
}
