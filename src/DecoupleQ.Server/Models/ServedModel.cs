using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using DecoupleQ.Chat.Answers;
using DecoupleQ.Models;
using DecoupleQ.Server.Protocol;
using DecoupleQ.Serving;
using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Models;

/// <summary>A model that is served, and what requests are told of it.</summary>
internal sealed class ServedModel : IDisposable
{
    private ServedModel(TextService texts, string name, ChatModel? chat)
    {
        Texts = texts;
        Name = name;
        Chat = chat;
        TokenTexts = new TokenTexts(Model.Tokenizer);
        Pooling = PoolingConfig.ReadIfThere(Model.Path);
        Created = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Fingerprint = FingerprintOf(Model);
    }

    public LanguageModel Model => Texts.Model;

    /// <summary>What requests call it.</summary>
    public string Name { get; }

    /// <summary>Answers conversations; null if it has no chat template.</summary>
    public ChatModel? Chat { get; }

    public TextService Texts { get; }

    /// <summary>Texts of its tokens.</summary>
    public TokenTexts TokenTexts { get; }

    /// <summary>How texts become vectors; null if it is no model of embeddings.</summary>
    public PoolingConfig? Pooling { get; }

    /// <summary>When it was loaded, in seconds since 1970.</summary>
    public long Created { get; }

    /// <summary>Changes with the model and with what runs it: answers to the same request and seed are the same while it does not.</summary>
    public string Fingerprint { get; }

    /// <summary>Loads a model.</summary>
    /// <param name="path">The model.</param>
    /// <param name="name">What requests call it.</param>
    /// <param name="options">Its templates.</param>
    /// <param name="loading">How it is loaded.</param>
    /// <param name="limits">How much it takes on.</param>
    /// <param name="cancellationToken">Ends the loading.</param>
    /// <exception cref="DecoupleQException">A file cannot be used, or an option is out of its range.</exception>
    public static ServedModel Load(
        string path, string name, ServerOptions options, LanguageModelOptions loading, ServiceLimits limits, CancellationToken cancellationToken)
    {
        TextService texts = TextService.Load(path, loading, limits, cancellationToken);
        try
        {
            return new ServedModel(texts, name, ChatModel.LoadIfThere(texts.Model, options.ChatTemplate, options.ToolTemplate));
        }
        catch
        {
            texts.Dispose();
            throw;
        }
    }

    /// <summary>Answers conversations.</summary>
    /// <exception cref="ApiException">It cannot.</exception>
    public ChatModel RequireChat() => Chat ?? throw new ApiException(
        StatusCodes.Status400BadRequest, "The model has no chat template, so it cannot chat; /v1/completions continues texts.", "model", "model_not_supported");

    /// <summary>How it makes vectors of texts.</summary>
    /// <exception cref="ApiException">It does not.</exception>
    public PoolingConfig RequirePooling() => Pooling ?? throw new ApiException(
        StatusCodes.Status400BadRequest, "The model is none of embeddings: it has no 1_Pooling/config.json.", "model", "model_not_supported");

    public void Dispose() => Texts.Dispose();

    /// <summary>What changes with a model, of what there is to see from outside: files by name, length and time, and the program's version.</summary>
    internal static string FingerprintOf(LanguageModel model)
    {
        IEnumerable<FileInfo> files = Directory.Exists(model.Path) ? new DirectoryInfo(model.Path).EnumerateFiles() : [new FileInfo(model.Path)];
        string text = string.Join('\n', files.OrderBy(file => file.Name, StringComparer.Ordinal).Select(file =>
            string.Create(CultureInfo.InvariantCulture, $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}")))
            + typeof(LanguageModel).Assembly.ManifestModule.ModuleVersionId;
        return "fp_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12];
    }
}
