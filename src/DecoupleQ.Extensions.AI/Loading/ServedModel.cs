using DecoupleQ.Models;
using DecoupleQ.Serving;

namespace DecoupleQ.Extensions.AI.Loading;

/// <summary>A model that was loaded for a client, and the service that writes its texts; both end with the client.</summary>
internal sealed class ServedModel : IDisposable
{
    // A quarter of the memory for keys and values: the rest is for weights and whoever else is on the machine.
    private const int MemoryShare = 4;

    private ServedModel(LanguageModel model, ServiceLimits limits) => (Model, Texts) = (model, new TextService(model, limits));

    public LanguageModel Model { get; }

    public TextService Texts { get; }

    /// <summary>Loads a model.</summary>
    /// <exception cref="DecoupleQException">A file cannot be used, or an option is out of its range.</exception>
    public static ServedModel Load(DecoupleQModelOptions options, CancellationToken cancellationToken)
    {
        LanguageModel model = LanguageModel.Load(
            options.Model,
            options.Loading with { KeyValueLimit = options.Loading.KeyValueLimit ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / MemoryShare },
            cancellationToken);
        try
        {
            // The tokenizer is loaded now, so that no call waits for it or finds it broken.
            _ = model.Tokenizer.VocabularySize;
            return new ServedModel(model, options.Limits);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>What a model is called if nothing is said: the name of its folder or file.</summary>
    public static string NameOf(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    public void Dispose()
    {
        Texts.Dispose();
        Model.Dispose();
    }
}
