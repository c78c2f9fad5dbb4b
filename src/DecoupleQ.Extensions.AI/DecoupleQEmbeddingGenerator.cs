using DecoupleQ.Extensions.AI.Loading;
using DecoupleQ.Extensions.AI.Questions;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Serving;
using Microsoft.Extensions.AI;

namespace DecoupleQ.Extensions.AI;

/// <summary>
/// A model of embeddings, whose files say how a text becomes one vector (<c>1_Pooling/config.json</c>), as a generator of Microsoft.Extensions.AI. Safe for any
/// number of threads.
/// </summary>
public sealed class DecoupleQEmbeddingGenerator : IEmbeddingGenerator<string, Embedding<float>>
{
    private readonly TextService _texts;
    private readonly PoolingConfig _pooling;
    private readonly EmbeddingGeneratorMetadata _metadata;
    private readonly string _name;
    private readonly TextService? _owned;

    /// <summary>Makes a generator of a service that there is.</summary>
    /// <param name="texts">Takes texts in; it is not disposed.</param>
    /// <param name="pooling">How a text becomes one vector.</param>
    /// <param name="modelId">What embeddings and measurements call the model; null for the name of its folder or file.</param>
    public DecoupleQEmbeddingGenerator(TextService texts, PoolingConfig pooling, string? modelId = null)
    {
        ArgumentNullException.ThrowIfNull(texts);
        ArgumentNullException.ThrowIfNull(pooling);
        _texts = texts;
        _pooling = pooling;
        _name = modelId ?? ModelPath.NameOf(texts.Model.Path);
        _metadata = new EmbeddingGeneratorMetadata(DecoupleQChatClient.ProviderName, null, _name, texts.Model.Width);
    }

    private DecoupleQEmbeddingGenerator(TextService owned, PoolingConfig pooling, DecoupleQModelOptions options)
        : this(owned, pooling, options.Name ?? ModelPath.NameOf(options.Model)) => _owned = owned;

    /// <summary>Loads a model and makes a generator of it. The model ends with the generator.</summary>
    /// <param name="options">Which, and how.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <exception cref="DecoupleQException">A file cannot be used, an option is out of its range, or the model is none of embeddings.</exception>
    public static DecoupleQEmbeddingGenerator Load(DecoupleQModelOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        PoolingConfig pooling = PoolingOf(options);
        return new DecoupleQEmbeddingGenerator(options.LoadService(cancellationToken), pooling, options);
    }

    /// <summary>Makes a vector of each text.</summary>
    /// <param name="values">The texts, each of at least one token and at most the model's context.</param>
    /// <param name="options">The model's name and number of dimensions, if anything; others than these are refused.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <returns>The vectors, in the order of the texts, and the number of tokens.</returns>
    /// <exception cref="DecoupleQException">A text does not fit the model's context, or something that is asked for cannot be.</exception>
    /// <exception cref="BusyException">Too many wait.</exception>
    public async Task<GeneratedEmbeddings<Embedding<float>>> GenerateAsync(
        IEnumerable<string> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(values);
        Check(options);
        IReadOnlyList<int>[] texts =
        [
            .. values.Select(text => (IReadOnlyList<int>)_texts.Model.Tokenizer.EncodeWithTemplate(
                text ?? throw new ArgumentException("A text is null.", nameof(values)), cancellationToken)),
        ];
        float[][] vectors = await Task.WhenAll(texts.Select((ids, index) => _texts.EmbedAsync(ids, _pooling, cancellationToken, index > 0)))
            .ConfigureAwait(false);
        DateTimeOffset created = DateTimeOffset.UtcNow;
        int tokens = texts.Sum(ids => ids.Count);
        return new GeneratedEmbeddings<Embedding<float>>(
            vectors.Select(vector => new Embedding<float>(vector) { ModelId = _name, CreatedAt = created }))
        {
            Usage = new UsageDetails { InputTokenCount = tokens, TotalTokenCount = tokens },
        };
    }

    /// <summary>What is behind the generator: <see cref="EmbeddingGeneratorMetadata"/>, <see cref="LanguageModel"/>, <see cref="TextService"/>,
    /// <see cref="PoolingConfig"/>.</summary>
    /// <param name="serviceType">The type that is asked for.</param>
    /// <param name="serviceKey">Null; nothing has a key.</param>
    /// <returns>Null if there is no such thing.</returns>
    public object? GetService(Type serviceType, object? serviceKey = null)
    {
        ArgumentNullException.ThrowIfNull(serviceType);
        return serviceKey is not null ? null : ((object[])[this, _metadata, _texts, _pooling, _texts.Model]).FirstOrDefault(serviceType.IsInstanceOfType);
    }

    /// <summary>Ends the model, if the generator has loaded it; calls that run then end with an <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose() => _owned?.Dispose();

    /// <summary>How the model that options name makes one vector of a text.</summary>
    /// <exception cref="DecoupleQException">It does not.</exception>
    internal static PoolingConfig PoolingOf(DecoupleQModelOptions options) => PoolingConfig.ReadIfThere(options.Model) ?? throw new DecoupleQException(
        "The model is none of embeddings.", options.Model, nameof(options.Model), "one with a 1_Pooling/config.json");

    private void Check(EmbeddingGenerationOptions? options)
    {
        Refusal.OtherModel(options?.ModelId, _name);
        int width = _texts.Model.Width;
        if (options?.Dimensions is int dimensions && dimensions != width)
        {
            throw Refusal.Of(nameof(options.Dimensions), $"Vectors have {width} numbers and are not shortened.", $"{width}, or null");
        }
        if (options?.AdditionalProperties is { Count: > 0 } extras)
        {
            throw Refusal.Of(ExtraProperties.FieldOf(extras.First().Key), "There is no such setting.", "none");
        }
        if (options?.RawRepresentationFactory?.Invoke(this) is object raw)
        {
            throw Refusal.Of(nameof(options.RawRepresentationFactory), $"It makes a {raw.GetType().Name}.", "null: there are no other options");
        }
    }
}
