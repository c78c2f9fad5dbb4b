using System.CommandLine;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Generation;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Cli.Options;

/// <summary>The options that say how text is generated.</summary>
internal sealed class SamplingOptions
{
    private static readonly GenerationOptions Defaults = new();

    private readonly NumberOption<double> _temperature = new(
        "--temperature", "0 takes the most probable token each time; above 0 tokens are drawn", "a number, at least 0", value => value >= 0, Defaults.Temperature);

    private readonly NumberOption<int> _topK = new(
        "--top-k", "Draw among the N most probable tokens only; 0 for all", "a whole number, at least 0", value => value >= 0, Defaults.TopK);

    private readonly NumberOption<double> _topP = new(
        "--top-p", "Draw among the most probable tokens that together reach this probability", "a number above 0, at most 1", value => value is > 0 and <= 1, Defaults.TopP);

    private readonly NumberOption<ulong> _seed = SharedOptions.Seed("Seed of the draws");
    private readonly NumberOption<int> _maxTokens;
    private readonly Option<string[]> _stop = new("--stop")
    {
        Description = "End before this text appears; may be repeated",
        HelpName = "TEXT",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<bool> _specialTokens;

    /// <param name="maxTokens">The default of --max-tokens.</param>
    /// <param name="prompt">What --special-tokens applies to.</param>
    public SamplingOptions(int maxTokens, string prompt)
    {
        _maxTokens = SharedOptions.MaxTokens(maxTokens);
        _specialTokens = new("--special-tokens") { Description = $"Recognise special tokens in {prompt}; otherwise they are plain text" };
    }

    public void AddTo(Command command)
    {
        foreach (Option option in (Option[])[_temperature, _topK, _topP, _seed, _maxTokens, _stop, _specialTokens])
        {
            command.Add(option);
        }
    }

    /// <exception cref="UsageException">Options do not fit one another.</exception>
    public GenerationOptions Read(ParseResult parse)
    {
        double temperature = _temperature.ValueIn(parse);
        foreach (Option option in (Option[])[_topK, _topP])
        {
            if (temperature == 0 && parse.GetResult(option) is { Implicit: false })
            {
                throw new UsageException("It limits draws, and without a temperature nothing is drawn.", option.Name, "--temperature above 0 beside it");
            }
        }
        string[] stop = parse.GetValue(_stop) ?? [];
        if (stop.Contains(""))
        {
            throw new UsageException("The text is empty.", _stop.Name, "a text");
        }
        return new()
        {
            MaxTokens = _maxTokens.ValueIn(parse),
            Temperature = temperature,
            TopK = _topK.ValueIn(parse),
            TopP = _topP.ValueIn(parse),
            Seed = _seed.ValueIn(parse),
            Stop = stop,
            SpecialTokens = parse.GetValue(_specialTokens) ? SpecialTokens.Recognized : SpecialTokens.AsText,
        };
    }
}
