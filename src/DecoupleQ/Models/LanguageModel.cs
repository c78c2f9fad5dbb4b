using DecoupleQ.Tokenization;

namespace DecoupleQ.Models;

/// <summary>How a model is loaded and run.</summary>
public sealed record LanguageModelOptions
{
    /// <summary>Threads; 0 (the default) for one a core.</summary>
    public int Threads { get; init; }

    /// <summary>The arithmetic. Default <see cref="Arithmetic.Packed"/>.</summary>
    public Arithmetic Arithmetic { get; init; } = Arithmetic.Packed;
}

/// <summary>How weights are multiplied.</summary>
public enum Arithmetic
{
    /// <summary>As stored: codes and scales straight into the kernels.</summary>
    Packed,

    /// <summary>Dequantized to float32 when loaded, then dense float32 products: what the packed kernels are held against.</summary>
    Float32,
}

/// <summary>A causal language model, dense or packed, ready to run.</summary>
public sealed class LanguageModel : IDisposable
{
    private LanguageModel(Tokenizer tokenizer) => Tokenizer = tokenizer;

    /// <summary>Its tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The most tokens of a sequence (<c>max_position_embeddings</c>).</summary>
    public int ContextLength => throw new NotImplementedException();

    /// <summary>Rows of the output head.</summary>
    public int VocabularySize => throw new NotImplementedException();

    /// <summary>Loads the model in <paramref name="path"/>.</summary>
    /// <param name="path">A Hugging Face folder, dense or packed by decoupleq or MLX.</param>
    /// <param name="options">Threads and arithmetic.</param>
    /// <exception cref="DecoupleQException">A file is missing, damaged or not supported; it says which and why.</exception>
    public static LanguageModel Load(string path, LanguageModelOptions? options = null) => throw new NotImplementedException();

    /// <summary>Logits of one sequence from its start, without a cache.</summary>
    /// <param name="ids">The sequence, at most <see cref="ContextLength"/> ids.</param>
    /// <returns>ids.Count x <see cref="VocabularySize"/>, row-major.</returns>
    public float[] Logits(IReadOnlyList<int> ids) => throw new NotImplementedException();

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
