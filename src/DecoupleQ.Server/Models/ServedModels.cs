using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Server.Canaries;
using DecoupleQ.Server.Protocol;
using DecoupleQ.Serving;
using DecoupleQ.Tokenization;
using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Models;

/// <summary>The models of a server: the first, and perhaps a canary that answers some of its requests.</summary>
/// <param name="first">The first.</param>
/// <param name="canary">The canary; null for none.</param>
internal sealed class ServedModels(ServedModel first, Canary? canary) : IDisposable
{
    /// <summary>The model whose name, or none, requests bring that are not to choose.</summary>
    public ServedModel First { get; } = first;

    public Canary? Canary { get; } = canary;

    /// <summary>All of them.</summary>
    public IReadOnlyList<ServedModel> All { get; } = canary is null ? [first] : [first, canary.Model];

    /// <summary>What goes on in all of them.</summary>
    public ServiceStatus Status => All.Select(model => model.Texts.Status).Aggregate((one, other) => new(
        one.Running + other.Running, one.Waiting + other.Waiting, one.KeyValueBytes + other.KeyValueBytes, one.PromptCacheBytes + other.PromptCacheBytes));

    /// <summary>Loads what <paramref name="options"/> say is to be served.</summary>
    /// <exception cref="DecoupleQException">A file cannot be used, an option is out of its range, or the two cannot stand in for each other.</exception>
    public static ServedModels Load(ServerOptions options, CancellationToken cancellationToken)
    {
        if (options.Canary is not CanaryOptions second)
        {
            return new ServedModels(
                ServedModel.Load(options.Model, NameOf(options), options, options.Loading, options.Limits, cancellationToken), null);
        }
        // Memory for keys and values is for both together: half for each, whoever is asked more.
        LanguageModelOptions loading = options.Loading with
        {
            KeyValueLimit = Math.Max(1, (options.Loading.KeyValueLimit ?? TextService.DefaultKeyValueLimit) / 2),
        };
        ServiceLimits limits = options.Limits with { PromptCacheBytes = options.Limits.PromptCacheBytes / 2 };
        ServedModel first = ServedModel.Load(options.Model, NameOf(options), options, loading, limits, cancellationToken);
        ServedModel? canary = null;
        try
        {
            canary = ServedModel.Load(second.Model, NameOf(second), options, loading, limits, cancellationToken);
            RequireAlike(first, canary);
            return new ServedModels(first, new Canary(canary, new CanaryShare(second.Share), [.. Differences(first, canary)]));
        }
        catch
        {
            canary?.Dispose();
            first.Dispose();
            throw;
        }
    }

    /// <summary>The name that the first model goes by.</summary>
    public static string NameOf(ServerOptions options) => options.Name ?? ModelPath.NameOf(options.Model);

    /// <summary>The name that the canary goes by.</summary>
    public static string NameOf(CanaryOptions options) => options.Name ?? ModelPath.NameOf(options.Model);

    /// <summary>The model that goes by a name.</summary>
    /// <exception cref="ApiException">There is none.</exception>
    public ServedModel Named(string? name) => All.FirstOrDefault(model => model.Name == name) ?? throw new ApiException(
        StatusCodes.Status404NotFound, $"model: There is no model '{name}' here (expected: {string.Join(" or ", All.Select(model => $"'{model.Name}'"))})",
        "model", "model_not_found");

    /// <summary>The model that answers a request.</summary>
    /// <param name="name">The name that the request calls it by; null for none.</param>
    /// <param name="key">Who asks.</param>
    /// <returns>The model, and whether the share decided: it does unless the canary is asked for by its own name.</returns>
    /// <exception cref="ApiException">There is no model of that name.</exception>
    public (ServedModel Model, bool IsShared) Choose(string? name, Func<string> key)
    {
        ServedModel named = name is null ? First : Named(name);
        return Canary is null || named != First ? (named, false) : (Canary.Share.Takes(key()) ? Canary.Model : First, true);
    }

    public void Dispose()
    {
        foreach (ServedModel model in All)
        {
            model.Dispose();
        }
    }

    // What one of the two refuses whole would be refused to some of those who ask, and to others not.
    private static void RequireAlike(ServedModel first, ServedModel canary)
    {
        if (first.Chat is null != canary.Chat is null)
        {
            throw new DecoupleQException(
                $"Of the two models, '{(first.Chat is null ? canary : first).Name}' alone has a chat template.", canary.Model.Path, "canary",
                "two that can chat, or --chat-template, which is for both");
        }
        if (first.Pooling is null != canary.Pooling is null)
        {
            throw new DecoupleQException(
                $"Of the two models, '{(first.Pooling is null ? canary : first).Name}' alone is one of embeddings.", canary.Model.Path, "canary",
                "two with a 1_Pooling/config.json, or none");
        }
        if (first.Pooling is not null && first.Model.Width != canary.Model.Width)
        {
            throw new DecoupleQException(
                $"Its embeddings have {canary.Model.Width} numbers, those of '{first.Name}' {first.Model.Width}.", canary.Model.Path, "canary",
                "embeddings as long as the other model's");
        }
    }

    private static IEnumerable<string> Differences(ServedModel first, ServedModel canary)
    {
        if (first.Model.ContextLength != canary.Model.ContextLength)
        {
            yield return
                $"Its context is {canary.Model.ContextLength} tokens, that of '{first.Name}' {first.Model.ContextLength}: some requests fit one of them only.";
        }
        if (!HaveSameTokens(first.Model.Tokenizer, canary.Model.Tokenizer))
        {
            yield return $"Its tokens are not those of '{first.Name}': prompts of ids, and logit_bias, mean something else to each.";
        }
    }

    /// <summary>Whether two vocabularies mean the same by each id.</summary>
    internal static bool HaveSameTokens(Tokenizer one, Tokenizer other) => one.VocabularySize == other.VocabularySize
        && Enumerable.Range(0, one.VocabularySize).All(id => one.TokenOf(id) == other.TokenOf(id));
}
