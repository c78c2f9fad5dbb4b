namespace DecoupleQ.Generation.Sampling;

/// <summary>
/// Chooses the next token of one sequence. In this order: logit bias, the penalties (repetition, frequency, presence), the constraint; then the best token, or
/// with a temperature top-k, top-p, min-p and typical-p, each on what the ones before have left, and a draw.
/// </summary>
/// <remarks>
/// Bias before penalties as in transformers, llama.cpp and vLLM; temperature before truncation and the order of the truncations as in transformers (llama.cpp
/// divides by the temperature last). The draw walks through the tokens by probability descending, then by id ascending. A call allocates nothing once the
/// first ones are over, but for log-probabilities where they are asked for.
/// </remarks>
internal sealed class TokenSampler
{
    private readonly SamplingSettings _settings;
    private readonly TokenCounts _counts;
    private readonly ILogitsProcessor[] _processors;
    private readonly AllowedTokens? _constraint;
    private readonly ITruncation[] _truncations;
    private readonly float[] _processed;
    private readonly RankingMemory? _memory;
    private SplitMix64 _random;

    /// <param name="settings">How tokens are chosen.</param>
    /// <param name="vocabulary">Ids run from 0 to this number, exclusive.</param>
    public TokenSampler(SamplingSettings settings, int vocabulary)
    {
        _settings = settings;
        _counts = new(vocabulary);
        _processors = [.. Processors(settings, _counts, vocabulary)];
        _constraint = _processors.OfType<AllowedTokens>().SingleOrDefault();
        _truncations = [.. Truncations(settings, vocabulary)];
        _processed = _processors.Length > 0 ? new float[vocabulary] : [];
        _memory = settings.Temperature > 0 ? new() : null;
        _random = new(settings.Seed);
    }

    /// <summary>Chooses a token.</summary>
    /// <param name="logits">One an id; minus infinity is a token that cannot come.</param>
    /// <param name="prompt">The ids before what is generated.</param>
    /// <param name="generated">The ids generated so far.</param>
    /// <param name="logProbabilities">Those of the token, where the settings ask for them.</param>
    /// <exception cref="DecoupleQException">A logit is NaN or plus infinity, or all are minus infinity, from the model or by the settings.</exception>
    public int Next(ReadOnlySpan<float> logits, ReadOnlySpan<int> prompt, ReadOnlySpan<int> generated, out TokenLogProbabilities? logProbabilities)
    {
        LogitRange range = LogitRange.Of(logits);
        if (!float.IsFinite(range.Greatest))
        {
            throw new DecoupleQException(
                $"The model's logits are not finite: {range.Fault}.", field: "logits", expected: "finite logits; the weights may be damaged")
            {
                IsModelFault = true,
            };
        }
        int id = Choose(logits, range, prompt, generated);
        logProbabilities = _settings.LogProbabilities is int count ? TokenLogProbabilities.Of(logits, id, count) : null;
        return id;
    }

    /// <summary>Whether the constraint did not allow what the model would have liked best, where the last token was chosen.</summary>
    /// <param name="logits">Those that it was chosen by.</param>
    public bool Overrules(ReadOnlySpan<float> logits) =>
        _constraint is AllowedTokens constraint && !constraint.Allows(System.Numerics.Tensors.TensorPrimitives.IndexOfMax(logits));

    private int Choose(ReadOnlySpan<float> logits, LogitRange range, ReadOnlySpan<int> prompt, ReadOnlySpan<int> generated)
    {
        if (_processors.Length > 0)
        {
            logits.CopyTo(_processed);
            _counts.Update(prompt, generated);
            foreach (ILogitsProcessor processor in _processors)
            {
                processor.Apply(_processed, generated);
            }
            logits = _processed;
            range = LogitRange.Of(logits);
            if (!float.IsFinite(range.Greatest))
            {
                throw Unusable(range);
            }
        }
        if (_memory is null)
        {
            return range.FirstGreatest(logits);
        }
        var ranking = new Ranking(new TokenWeights(logits, range, _settings.Temperature), _memory);
        foreach (ITruncation truncation in _truncations)
        {
            truncation.Narrow(ref ranking);
        }
        return ranking.Draw(ref _random);
    }

    private DecoupleQException Unusable(LogitRange range) => float.IsNegativeInfinity(range.Greatest) && _settings.Constraint is not null
        ? new("The constraint allows no token that can come.", field: nameof(_settings.Constraint), expected: "at least one token each time")
        : new($"After bias and penalties the logits are not finite: {range.Fault}.", field: "logits", expected: "milder penalties");

    private static IEnumerable<ILogitsProcessor> Processors(SamplingSettings settings, TokenCounts counts, int vocabulary)
    {
        if (settings.LogitBias.Count > 0)
        {
            yield return new LogitBias(settings.LogitBias);
        }
        if (settings.RepetitionPenalty != 1)
        {
            yield return new RepetitionPenalty(settings.RepetitionPenalty, counts);
        }
        if (settings.FrequencyPenalty != 0)
        {
            yield return new FrequencyPenalty(settings.FrequencyPenalty, counts);
        }
        if (settings.PresencePenalty != 0)
        {
            yield return new PresencePenalty(settings.PresencePenalty, counts);
        }
        if (settings.Constraint is ITokenConstraint constraint)
        {
            yield return new AllowedTokens(constraint, vocabulary);
        }
    }

    private static IEnumerable<ITruncation> Truncations(SamplingSettings settings, int vocabulary)
    {
        if (settings.TopK > 0)
        {
            yield return new TopK(settings.TopK);
        }
        if (settings.TopP < 1)
        {
            yield return new TopP(settings.TopP);
        }
        if (settings.MinP > 0)
        {
            yield return new MinP(settings.MinP);
        }
        if (settings.TypicalP < 1)
        {
            yield return new TypicalP(settings.TypicalP, vocabulary);
        }
    }
}
