using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Pilot.Results;

namespace DecoupleQ.Pilot.Measurements;

/// <summary>Measures what two models take on the disk and in memory.</summary>
public static class SizeMeasurement
{
    /// <summary>Measures both, each alone, in turns.</summary>
    /// <remarks>
    /// The most memory is the process's resident set, looked at some hundred times a second from before a model is loaded until its requests are answered, less
    /// what it was before: weights, also where they are mapped files, keys and values, and what the runtime takes beside them. Of two times the one with less
    /// counts: what .NET compiles when something first runs, and what its collector has not collected yet, is no model's. Whoever calls it should have no
    /// other model open.
    /// </remarks>
    /// <param name="dense">The dense model: a folder or a GGUF file.</param>
    /// <param name="packed">The packed model.</param>
    /// <param name="options">How; null for the defaults.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="DecoupleQException">A model cannot be loaded or has no tokenizer; or an option is out of its range.</exception>
    public static SizeFigures Measure(string dense, string packed, SizeOptions? options = null, CancellationToken cancellationToken = default)
    {
        options = (options ?? new()).Checked();
        long denseBefore = MemoryOf(dense, options, cancellationToken).Peak, packedBefore = MemoryOf(packed, options, cancellationToken).Peak;
        ModelMemory second = MemoryOf(packed, options, cancellationToken), first = MemoryOf(dense, options, cancellationToken);
        return new SizeFigures(
            StoredBytes.OfFiles(dense),
            StoredBytes.OfFiles(packed),
            first.Weights,
            second.Weights,
            Math.Min(denseBefore, first.Peak),
            Math.Min(packedBefore, second.Peak),
            first.PerToken,
            second.PerToken);
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
