using DecoupleQ.Generation;
using DecoupleQ.Models;
using DecoupleQ.Serving;

namespace DecoupleQ.Pilot.Measurements;

/// <summary>A model as the server runs it: requests of callers of their own, who share the engine's steps.</summary>
/// <param name="path">A folder or a GGUF file.</param>
/// <param name="threads">Threads; 0 for one a physical core.</param>
/// <param name="clock">The clock.</param>
internal sealed class ServedModel(string path, int threads, TimeProvider clock) : ITimedModel
{
    // Enough to keep an id from being the most probable one.
    private const double Unwanted = -100;

    private LanguageModel? _model;

    public string Name => path;

    public long WeightBytes { get; } = StoredBytes.OfTensors(path);

    public int ContextLength => Model.ContextLength;

    /// <summary>The model; it is open.</summary>
    public LanguageModel Model => _model ?? throw new InvalidOperationException("The model is not open.");

    public double TimeLoad(CancellationToken cancellationToken)
    {
        // What the last load has left behind is none of this one's.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long start = clock.GetTimestamp();
        using LanguageModel model = Load(cancellationToken);
        return clock.GetElapsedTime(start).TotalSeconds;
    }

    public void Open(CancellationToken cancellationToken) => _model ??= Load(cancellationToken);

    public long KeyValueBytes(int tokens) => Model.KeyValueBytesFor(tokens, null);

    public async Task<GroupTimes> WriteAsync(RequestGroup group, CancellationToken cancellationToken)
    {
        // Nothing is left of a prompt from one group to the next, and nobody waits.
        using var texts = new TextService(Model, new ServiceLimits { Running = group.Requests, PromptCacheBytes = 0 });
        var options = new GenerationOptions
        {
            MaxTokens = group.DecodedTokens + 1,
            Temperature = 0,
            RepetitionPenalty = 1,
            // How long texts are is what is asked for, not what models choose.
            LogitBias = Model.EndIds.ToDictionary(id => id, _ => Unwanted),
        };
        var request = new TextRequest { Options = options, IsWhole = true };
        int[][] prompts = Prompts(group);
        var gate = new StartGate(group.Requests, clock);
        long start = clock.GetTimestamp();
        (double[] Seconds, long End)[] written = await Task.WhenAll(
            prompts.Select(prompt => Task.Run(() => WriteAsync(texts, prompt, request, gate, cancellationToken), cancellationToken))).ConfigureAwait(false);
        long opened = await gate.Opened.ConfigureAwait(false);
        return new GroupTimes(
            clock.GetElapsedTime(start, opened).TotalSeconds,
            clock.GetElapsedTime(opened, written.Max(text => text.End)).TotalSeconds,
            [.. written.SelectMany(text => text.Seconds)]);
    }

    public void Dispose() => _model?.Dispose();

    private async Task<(double[] Seconds, long End)> WriteAsync(
        TextService texts, int[] prompt, TextRequest request, StartGate gate, CancellationToken cancellationToken)
    {
        var seconds = new List<double>(request.Options.MaxTokens);
        long? last = null;
        try
        {
            await foreach (GeneratedToken _ in texts.GenerateAsync(prompt, request, cancellationToken).ConfigureAwait(false))
            {
                if (last is not long before)
                {
                    last = await gate.ArriveAsync().ConfigureAwait(false);
                    continue;
                }
                long now = clock.GetTimestamp();
                seconds.Add(clock.GetElapsedTime(before, now).TotalSeconds);
                last = now;
            }
        }
        catch
        {
            gate.Open();
            throw;
        }
        return seconds.Count + 1 == request.Options.MaxTokens
            ? ([.. seconds], last!.Value)
            : throw new DecoupleQException($"The model ended a text after {seconds.Count + 1} tokens, whatever was asked of it.", path);
    }

    // Ids that the tokenizer has and that end nothing: what the text says does not matter to how long it takes.
    private int[][] Prompts(RequestGroup group)
    {
        var random = new SplitMix64(group.Seed);
        int[] ids = [.. Enumerable.Range(0, Model.Tokenizer.VocabularySize).Where(id => !Model.EndIds.Contains(id))];
        return [.. Enumerable.Range(0, group.Requests).Select(_ => Prompt())];

        int[] Prompt() => [.. Enumerable.Range(0, group.PromptTokens).Select(_ => ids[random.NextInt(ids.Length)])];
    }

    private LanguageModel Load(CancellationToken cancellationToken)
    {
        LanguageModel model = LanguageModel.Load(path, new() { Threads = threads }, cancellationToken);
        try
        {
            // Without it nothing can be asked.
            _ = model.Tokenizer.VocabularySize;
            return model;
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
