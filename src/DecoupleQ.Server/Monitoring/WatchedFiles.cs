using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Monitoring.Drift;
using DecoupleQ.Server.Models;
using DecoupleQ.Serving;

namespace DecoupleQ.Server.Monitoring;

/// <summary>What models are compared with: baselines, and another model.</summary>
internal sealed class WatchedFiles : IDisposable
{
    private WatchedFiles(Baseline? baseline, Baseline? canaryBaseline, LanguageModel? shadow) =>
        (Baseline, CanaryBaseline, Shadow) = (baseline, canaryBaseline, shadow);

    /// <summary>The first model's baseline; null for none.</summary>
    public Baseline? Baseline { get; }

    /// <summary>The canary's baseline; null for none.</summary>
    public Baseline? CanaryBaseline { get; }

    /// <summary>The model that answers are replayed on; null for none.</summary>
    public LanguageModel? Shadow { get; }

    /// <summary>Its name.</summary>
    public string ShadowName => Shadow is null ? "" : ModelPath.NameOf(Shadow.Path);

    /// <summary>Reads what the options name.</summary>
    /// <exception cref="DecoupleQException">A file cannot be used, or the two models have other tokens.</exception>
    public static WatchedFiles Load(ServerOptions options, ServedModels models, CancellationToken cancellationToken)
    {
        Baseline? baseline = options.Baseline is string file ? Baseline.Read(file) : null;
        Baseline? canaryBaseline = options.Canary?.Baseline is string other ? Baseline.Read(other) : null;
        LanguageModel? shadow = null;
        if (options.ShadowModel is string path)
        {
            long limit = options.Loading.KeyValueLimit ?? TextService.DefaultKeyValueLimit;
            shadow = LanguageModel.Load(path, options.Loading with { KeyValueLimit = limit }, cancellationToken);
        }
        var files = new WatchedFiles(baseline, canaryBaseline, shadow);
        try
        {
            LanguageModel? reference = options.ShadowRate == 0 ? null : models.Canary is null ? shadow : models.First.Model;
            LanguageModel watched = (models.Canary?.Model ?? models.First).Model;
            if (reference is not null
                && (watched.VocabularySize != reference.VocabularySize || !ServedModels.HaveSameTokens(watched.Tokenizer, reference.Tokenizer)))
            {
                throw new DecoupleQException(
                    $"Its tokens are not those of {watched.Path}: answers cannot be compared token by token.", reference.Path,
                    models.Canary is null ? "shadow-model" : "shadow-rate", "a model with the same vocabulary, such as the one that it was quantized from");
            }
            return files;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    public void Dispose() => Shadow?.Dispose();
}
