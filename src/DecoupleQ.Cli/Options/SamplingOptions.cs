using System.CommandLine;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Generation;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Cli.Options;

/// <summary>The options that say how text is generated.</summary>
internal sealed class SamplingOptions
{
    private const string ModelDefault = " [default: the model's";

    private readonly NumberOption<double> _temperature = new(
        "--temperature",
        "0 takes the most probable token each time; above 0 tokens are drawn" + ModelDefault + ", else 0]",
        GenerationRanges.Temperature);

    private readonly NumberOption<int> _topK = new(
        "--top-k", "Draw among the N most probable tokens only; 0 for all" + ModelDefault + ", else 0]", GenerationRanges.TopK);

    private readonly NumberOption<double> _topP = new(
        "--top-p", "Draw among the most probable tokens that together reach this probability" + ModelDefault + ", else 1]", GenerationRanges.TopP);

    private readonly NumberOption<double> _minP = new(
        "--min-p", "Draw among the tokens at least this many times as probable as the best" + ModelDefault + ", else 0]", GenerationRanges.MinP);

    private readonly NumberOption<double> _typicalP = new(
        "--typical-p",
        "Draw among the tokens whose information is nearest to the entropy and that together reach this probability" + ModelDefault + ", else 1]",
        GenerationRanges.TypicalP);

    private readonly NumberOption<double> _repetitionPenalty = new(
        "--repetition-penalty",
        "Divide positive logits of tokens that prompt or answer hold, multiply negative ones" + ModelDefault + ", else 1]",
        GenerationRanges.RepetitionPenalty);

    private readonly NumberOption<double> _frequencyPenalty = new(
        "--frequency-penalty", "Take this from a token's logit for each time that the answer holds it", GenerationRanges.CountPenalty, 0);

    private readonly NumberOption<double> _presencePenalty = new(
        "--presence-penalty", "Take this from the logits of tokens that the answer holds", GenerationRanges.CountPenalty, 0);

    private readonly LogitBiasOption _logitBias = new("--logit-bias", "Add X to the logit of token ID; may be repeated");
    private readonly NumberOption<ulong> _seed = new(
        "--seed", "Seed of the draws [default: drawn, and reported]", "a whole number from 0 to 18446744073709551615", _ => true)
    {
        Aliases = { "-s" },
    };

    private readonly NumberOption<int> _logProbabilities = new(
        "--logprobs", "With --json give each token's log-probability and those of the N most probable", GenerationRanges.LogProbabilities);

    private readonly NumberOption<int> _maxTokens;
    private readonly Option<string[]> _stop = new("--stop")
    {
        Description = "End before this text appears, or at the special token that it spells; may be repeated",
        HelpName = "TEXT",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly IdsOption _endIds = new("--end-id", "End at this token, beside the model's own end tokens; may be repeated");
    private readonly Option<bool> _specialTokens;

    /// <param name="maxTokens">The default of --max-tokens.</param>
    /// <param name="prompt">What --special-tokens applies to.</param>
    public SamplingOptions(int maxTokens, string prompt)
    {
        _maxTokens = SharedOptions.MaxTokens(maxTokens);
        _specialTokens = new("--special-tokens") { Description = $"Recognise special tokens in {prompt}; otherwise they are plain text" };
    }

    private Option[] All =>
    [
        _temperature, _topK, _topP, _minP, _typicalP, _repetitionPenalty, _frequencyPenalty, _presencePenalty, _logitBias, _seed, _maxTokens, _stop, _endIds,
        _logProbabilities, _specialTokens,
    ];

    public void AddTo(Command command)
    {
        foreach (Option option in All)
        {
            command.Add(option);
        }
    }

    /// <param name="parse">The command line.</param>
    /// <param name="json">Whether the result is a JSON object.</param>
    /// <exception cref="UsageException">Options do not fit one another.</exception>
    public GenerationOptions Read(ParseResult parse, bool json)
    {
        double? temperature = parse.GetValue(_temperature);
        foreach (Option option in (Option[])[_topK, _topP, _minP, _typicalP])
        {
            if (temperature == 0 && parse.GetResult(option) is not null)
            {
                throw new UsageException("It limits draws, and without a temperature nothing is drawn.", option.Name, "--temperature above 0 beside it");
            }
        }
        if (parse.GetResult(_logProbabilities) is not null && !json)
        {
            throw new UsageException("They are part of the JSON object.", _logProbabilities.Name, "--json beside it");
        }
        string[] stop = parse.GetValue(_stop) ?? [];
        if (stop.Contains(""))
        {
            throw new UsageException("The text is empty.", _stop.Name, "a text");
        }
        GenerationOptions options = new()
        {
            MaxTokens = _maxTokens.ValueIn(parse),
            Temperature = temperature,
            TopK = parse.GetValue(_topK),
            TopP = parse.GetValue(_topP),
            MinP = parse.GetValue(_minP),
            TypicalP = parse.GetValue(_typicalP),
            RepetitionPenalty = parse.GetValue(_repetitionPenalty),
            FrequencyPenalty = _frequencyPenalty.ValueIn(parse),
            PresencePenalty = _presencePenalty.ValueIn(parse),
            Seed = parse.GetValue(_seed),
            LogProbabilities = parse.GetValue(_logProbabilities),
            Stop = stop,
            EndIds = parse.GetValue(_endIds) ?? [],
            SpecialTokens = parse.GetValue(_specialTokens) ? SpecialTokens.Recognized : SpecialTokens.AsText,
        };
        return parse.GetValue(_logitBias) is { } bias ? options with { LogitBias = bias } : options;
    }
}
