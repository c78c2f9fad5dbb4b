using System.CommandLine;
using DecoupleQ.Models;

namespace DecoupleQ.Cli.Options;

/// <summary>The options of commands that serve a model, or are about one that is served, which say how it is loaded.</summary>
internal sealed class LoadingOptions
{
    private readonly NumberOption<int> _context = SharedOptions.ModelContext();
    private readonly KeyValuesOption _keyValues = new(new LanguageModelOptions().KeyValues);
    private readonly ThreadsOption _threads = new();
    private readonly CopyWeightsOption _copyWeights = new();

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [_context, _keyValues, _threads, _copyWeights];

    /// <summary>What was given.</summary>
    public LanguageModelOptions Read(ParseResult parse) => new()
    {
        Threads = _threads.ValueIn(parse),
        Access = _copyWeights.ValueIn(parse),
        ContextLength = parse.GetValue(_context),
        KeyValues = _keyValues.ValueIn(parse),
    };
}
