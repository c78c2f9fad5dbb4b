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
    // A quarter of the memory for keys and values: the rest is for weights and whoever else is on the machine.
    private const int MemoryShare = 4;

    private ServedModel(LanguageModel model, string name, ChatModel? chat, ServiceLimits limits)
    {
        Model = model;
        Name = name;
        Chat = chat;
        Texts = new TextService(model, limits);
        TokenTexts = new TokenTexts(model.Tokenizer);
        Pooling = PoolingConfig.ReadIfThere(model.Path);
        Created = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        Fingerprint = FingerprintOf(model);
    }

    public LanguageModel Model { get; }

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

    /// <summary>Loads what <paramref name="options"/> say is to be served.</summary>
    /// <exception cref="DecoupleQException">A file cannot be used, or an option is out of its range.</exception>
    public static ServedModel Load(ServerOptions options, CancellationToken cancellationToken)
    {
        LanguageModelOptions loading = options.Loading with
        {
            KeyValueLimit = options.Loading.KeyValueLimit ?? GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / MemoryShare,
        };
        LanguageModel model = LanguageModel.Load(options.Model, loading, cancellationToken);
        try
        {
            // The tokenizer is loaded now, so that no request waits for it or finds it broken.
            _ = model.Tokenizer.VocabularySize;
            ChatModel? chat = ChatModel.LoadIfThere(model, options.ChatTemplate, options.ToolTemplate);
            return new ServedModel(model, options.Name ?? NameOf(options.Model), chat, options.Limits);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }

    /// <summary>Answers conversations.</summary>
    /// <exception cref="ApiException">It cannot.</exception>
    public ChatModel RequireChat() => Chat ?? throw new ApiException(
        StatusCodes.Status400BadRequest, "The model has no chat template, so it cannot chat; /v1/completions continues texts.", "model", "model_not_supported");

    /// <summary>The vector of a text.</summary>
    public async Task<float[]> EmbedAsync(IReadOnlyList<int> ids, PoolingConfig pooling, bool follows, CancellationToken cancellationToken)
    {
        float[] vector = await Texts.EmbedAsync(ids, pooling.Pooling, cancellationToken, follows).ConfigureAwait(false);
        pooling.Finish(vector);
        return vector;
    }

    public void Dispose()
    {
        Texts.Dispose();
        Model.Dispose();
    }

    private static string NameOf(string path) => Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)));

    // Of what there is to see from outside: files by name, length and time, and the program's version.
    private static string FingerprintOf(LanguageModel model)
    {
        IEnumerable<FileInfo> files = Directory.Exists(model.Path) ? new DirectoryInfo(model.Path).EnumerateFiles() : [new FileInfo(model.Path)];
        string text = string.Join('\n', files.OrderBy(file => file.Name, StringComparer.Ordinal).Select(file =>
            string.Create(CultureInfo.InvariantCulture, $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}")))
            + typeof(LanguageModel).Assembly.ManifestModule.ModuleVersionId;
        return "fp_" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..12];
    }
}
