using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Pilot.Results;

namespace DecoupleQ.Pilot.Measurements;

/// <summary>Measures what two models take on the disk and in memory.</summary>
public static class SizeMeasurement
{
    // What .NET compiles when a model first runs is no model's.
    private const int WarmUpRequests = 4, WarmUpPrompt = 16, WarmUpDecoded = 4;

    /// <summary>Measures both, one after the other, each alone.</summary>
    /// <remarks>
    /// The most memory is the process's resident set, looked at some hundred times a second from before a model is loaded until its requests are answered, less
    /// what it was before: weights, also where they are mapped files, keys and values, and what the runtime takes beside them. Whoever calls it should have
    /// no other model open.
    /// </remarks>
    /// <param name="dense">The dense model: a folder or a GGUF file.</param>
    /// <param name="packed">The packed model.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="DecoupleQException">A model cannot be loaded or has no tokenizer; or an option is out of its range.</exception>
    public static SizeFigures Measure(string dense, string packed, SizeOptions? options = null, CancellationToken cancellationToken = default)
    {
        options = (options ?? new()).Checked();
        var warmUp = new SizeOptions
        {
            Threads = options.Threads,
            Requests = Math.Min(WarmUpRequests, options.Requests),
            PromptTokens = Math.Min(WarmUpPrompt, options.PromptTokens),
            DecodedTokens = Math.Min(WarmUpDecoded, options.DecodedTokens),
        };
        MemoryOf(dense, warmUp, cancellationToken);
        MemoryOf(packed, warmUp, cancellationToken);
        ModelMemory first = MemoryOf(dense, options, cancellationToken), second = MemoryOf(packed, options, cancellationToken);
        return new SizeFigures(
            StoredBytes.OfFiles(dense), StoredBytes.OfFiles(packed), first.Weights, second.Weights, first.Peak, second.Peak, first.PerToken, second.PerToken);
    }

    private static ModelMemory MemoryOf(string path, SizeOptions options, CancellationToken cancellationToken)
    {
        using var model = new ServedModel(path, options.Threads, TimeProvider.System);
        using var peak = new ResidentPeak();
        model.Open(cancellationToken);
        int prompt = Math.Max(1, Math.Min(options.PromptTokens, model.ContextLength / 2));
        int decoded = Math.Max(1, Math.Min(options.DecodedTokens, model.ContextLength - prompt - 1));
        var group = new RequestGroup(options.Requests, prompt, decoded, 1);
        Task.Run(() => model.WriteAsync(group, cancellationToken), cancellationToken).GetAwaiter().GetResult();
        long grown = peak.Stop();
        using Checkpoint checkpoint = CheckpointFiles.Open(path);
        return new ModelMemory(StoredBytes.InMemory(model.Model, checkpoint), StoredBytes.PerToken(model.Model, checkpoint), grown);
    }

    private sealed record ModelMemory(long Weights, long PerToken, long Peak);
}
