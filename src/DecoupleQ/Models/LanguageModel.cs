using DecoupleQ.Checkpoints;
using DecoupleQ.Kernels;
using DecoupleQ.Kernels.Linear;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Tensors;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Models;

/// <summary>A causal language model, dense or packed, ready to run.</summary>
/// <remarks>Weights are shared by all sequences; a model runs one call at a time.</remarks>
public sealed class LanguageModel : IDisposable
{
    // Hidden states are turned into logits in pieces of about this many numbers.
    private const int LogitsPiece = 1 << 22;

    private readonly Checkpoint _checkpoint;
    private readonly EmbeddingRows _embedding;
    private readonly BlockWeights[] _blocks;
    private readonly BlockRunner[] _runners;
    private readonly float[] _finalNorm;
    private readonly LinearKernel _head;
    private readonly BlockBuffers _buffers = new();
    private readonly Lazy<Tokenizer> _tokenizer;

    private LanguageModel(Checkpoint checkpoint, ModelPlan plan, LanguageModelOptions options)
    {
        _checkpoint = checkpoint;
        Plan = plan;
        var reader = new WeightReader(checkpoint);
        reader.CheckAllOwned(plan);
        Workers = new Workers(Workers.CountFor(options.Threads));
        Func<WeightMatrix, SlabKernel> prepare = matrix => LinearKernel.For(options.Arithmetic == Arithmetic.Float32 ? Dequantized(matrix) : matrix, Workers);

        SlabKernel head = prepare(reader.Matrix(plan.HeadIsEmbedding ? plan.Embedding : plan.Head, plan.VocabularySize, plan.Width));
        _embedding = plan.HeadIsEmbedding ? new EmbeddingRows(head) : new EmbeddingRows(reader.Matrix(plan.Embedding, plan.VocabularySize, plan.Width));
        _head = head;
        _finalNorm = reader.Norm(plan.FinalNorm, plan.Width);
        _blocks = [.. plan.Blocks.Select((block, i) => BlockWeights.Read(reader, block, plan.BlockPrefix(i), prepare))];
        _runners = [.. plan.Blocks.Select(block => new BlockRunner(block, plan.Rotary, Workers))];
        _tokenizer = new(() => LoadTokenizer(checkpoint, plan));
        EndIds = Models.EndIds.Of(checkpoint);
    }

    /// <summary>Its tokenizer, loaded when it is first asked for.</summary>
    /// <exception cref="DecoupleQException">The model has none, it is not supported, or it has ids beyond the embedding's rows.</exception>
    public Tokenizer Tokenizer => _tokenizer.Value;

    /// <summary>The most tokens of a sequence (<c>max_position_embeddings</c>).</summary>
    public int ContextLength => Plan.ContextLength;

    /// <summary>Rows of the output head; the tokenizer may have fewer ids.</summary>
    public int VocabularySize => Plan.VocabularySize;

    /// <summary>The ids that end a text (<c>eos_token_id</c> of <c>generation_config.json</c>, else of <c>config.json</c>).</summary>
    public IReadOnlySet<int> EndIds { get; }

    /// <summary>The path that it was loaded from.</summary>
    public string Path => _checkpoint.Path;

    internal ModelPlan Plan { get; }

    internal Workers Workers { get; }

    /// <summary>Loads the model in <paramref name="path"/>.</summary>
    /// <param name="path">A Hugging Face folder, dense or packed by decoupleq or MLX, or a GGUF file.</param>
    /// <param name="options">Threads and arithmetic.</param>
    /// <exception cref="DecoupleQException">A file is missing, damaged or not supported; it says which and why.</exception>
    public static LanguageModel Load(string path, LanguageModelOptions? options = null)
    {
        Checkpoint checkpoint = Checkpoint.Open(path);
        try
        {
            return new LanguageModel(checkpoint, Architecture.Plan(checkpoint.ConfigSection), options ?? new());
        }
        catch
        {
            checkpoint.Dispose();
            throw;
        }
    }

    /// <summary>Logits of one sequence from its start.</summary>
    /// <param name="ids">The sequence, at most <see cref="ContextLength"/> ids.</param>
    /// <returns>ids.Count x <see cref="VocabularySize"/>, row-major.</returns>
    /// <exception cref="ArgumentOutOfRangeException">There are too many ids, or one is not below <see cref="VocabularySize"/>.</exception>
    public float[] Logits(IReadOnlyList<int> ids)
    {
        var logits = new float[checked(ids.Count * VocabularySize)];
        ReadOnlySpan<float> hidden = Hidden([.. ids], position: 0, caches: null);
        Head(hidden, 0, ids.Count, logits);
        return logits;
    }

    /// <summary>Calls <paramref name="body"/> with the logits of one sequence, some positions at a time: the first one's number, how many, and their logits.</summary>
    internal void ForEachLogits(ReadOnlySpan<int> ids, Action<int, int, float[]> body)
    {
        ReadOnlySpan<float> hidden = Hidden(ids, position: 0, caches: null);
        int step = Math.Clamp(LogitsPiece / VocabularySize, 1, ids.Length);
        var logits = new float[step * VocabularySize];
        for (int first = 0; first < ids.Length; first += step)
        {
            int rows = Math.Min(step, ids.Length - first);
            Head(hidden, first, rows, logits);
            body(first, rows, logits);
        }
    }

    /// <summary>Hidden states after the last block, ids.Length x width. They are valid until the next call.</summary>
    /// <param name="ids">Consecutive tokens.</param>
    /// <param name="position">Position of the first; what the caches hold.</param>
    /// <param name="caches">One a block, to which the tokens are added; null for a sequence that is not continued.</param>
    internal ReadOnlySpan<float> Hidden(scoped ReadOnlySpan<int> ids, int position, KeyValueCache[]? caches)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position + ids.Length, ContextLength, nameof(ids));
        int tokens = ids.Length, size = tokens * Plan.Width;
        Span<float> stream = _buffers.Rows(Plan.Blocks[0].Input, tokens).AsSpan(0, size);
        for (int t = 0; t < tokens; t++)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(ids[t], nameof(ids));
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(ids[t], VocabularySize, nameof(ids));
            _embedding.Read(ids[t], stream.Slice(t * Plan.Width, Plan.Width));
        }
        for (int i = 0; i < _blocks.Length; i++)
        {
            _runners[i].Run(_blocks[i], _buffers, tokens, position, caches?[i]);
            _buffers.Rows(Plan.Blocks[i].Output, tokens).AsSpan(0, size).CopyTo(stream);
        }
        return stream;
    }

    /// <summary>Logits of rows <paramref name="first"/> .. first + <paramref name="rows"/> - 1 of <paramref name="hidden"/>.</summary>
    internal void Head(ReadOnlySpan<float> hidden, int first, int rows, Span<float> logits)
    {
        var normed = new float[rows * Plan.Width];
        RmsNorm.Apply(hidden.Slice(first * Plan.Width, normed.Length), _finalNorm, Plan.FinalNormEpsilon, normed);
        _head.Multiply(normed, rows, logits[..(rows * VocabularySize)], Workers);
    }

    /// <summary>Empty caches for a new sequence.</summary>
    internal KeyValueCache[] CreateCaches() =>
    [
        .. Plan.Blocks.Select(block =>
        {
            AttentionShape shape = block.Operations.OfType<AttentionOperation>().Single().Shape;
            return new KeyValueCache(shape.KeyValueHeads * shape.HeadSize, ContextLength);
        }),
    ];

    /// <inheritdoc/>
    public void Dispose()
    {
        Workers.Dispose();
        _checkpoint.Dispose();
    }

    private static Tokenizer LoadTokenizer(Checkpoint checkpoint, ModelPlan plan)
    {
        Tokenizer tokenizer = Tokenizer.Load(checkpoint.Path);
        return tokenizer.VocabularySize <= plan.VocabularySize ? tokenizer : throw new DecoupleQException(
            $"The tokenizer has {tokenizer.VocabularySize} ids, but the embedding has {plan.VocabularySize} rows.",
            checkpoint.ConfigFile, "vocab_size", "a tokenizer whose ids all have a row");
    }

    private static DenseMatrix Dequantized(WeightMatrix matrix)
    {
        var elements = new float[checked(matrix.Rows * matrix.Columns)];
        matrix.DequantizeRows(0, matrix.Rows, elements);
        return new DenseMatrix(matrix.Rows, matrix.Columns, elements);
    }
}
