using DecoupleQ.Generation;
using DecoupleQ.Models;
using DecoupleQ.Serving;
using DecoupleQ.Tokenization;

namespace DecoupleQ.LlamaCpp;

/// <summary>Several texts of a model as the server writes them: callers of one service, whose tokens share the engine's steps.</summary>
internal sealed class ManagedBatch : IBatch
{
    private readonly LanguageModel _model;
    private readonly TextService _texts;

    /// <param name="path">A GGUF file or a folder.</param>
    /// <param name="threads">Threads.</param>
    /// <param name="sequences">How many at a time.</param>
    public ManagedBatch(string path, int threads, int sequences)
    {
        _model = LanguageModel.Load(path, new LanguageModelOptions { Threads = threads });
        // Nothing is left of a prompt from one round to the next.
        _texts = new TextService(_model, new ServiceLimits { Running = sequences, PromptCacheBytes = 0 });
    }

    public string Name => "DecoupleQ";

    /// <summary>Its tokenizer.</summary>
    public Tokenizer Tokenizer => _model.Tokenizer;

    /// <summary>The ids that end a text.</summary>
    public IReadOnlyCollection<int> EndIds => _model.EndIds;

    public Task<int[][]> ContinueAsync(IReadOnlyList<int[]> prompts, int tokens, IReadOnlyCollection<int> unwanted)
    {
        var options = new GenerationOptions
        {
            MaxTokens = tokens,
            Temperature = 0,
            LogitBias = unwanted.ToDictionary(id => id, _ => -100.0),
        };
        return Task.WhenAll(prompts.Select(prompt => Task.Run(async () =>
        {
            var written = new List<int>(tokens);
            await foreach (GeneratedToken token in _texts.GenerateAsync(prompt, new TextRequest { Options = options, IsWhole = true }))
            {
                written.Add(token.Id);
            }
            return written.ToArray();
        })));
    }

    public void Dispose()
    {
        _texts.Dispose();
        _model.Dispose();
    }
}
