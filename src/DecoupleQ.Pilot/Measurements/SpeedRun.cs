using DecoupleQ.Pilot.Results;

namespace DecoupleQ.Pilot.Measurements;

/// <summary>A measurement of speed while it goes on, step by step.</summary>
internal sealed class SpeedRun
{
    // Loads that count, and what of the time they may take before there are enough.
    private const int LeastLoads = 3, MostLoads = 8;
    private const double LoadShare = 0.15, WarmUpShare = 0.1;

    // What a model writes to warm up: short, so that it goes through everything often.
    private const int WarmUpDecoded = 4;

    private readonly ITimedModel[] _models;
    private readonly SpeedOptions _options;
    private readonly TimeProvider _clock;
    private readonly IProgress<SpeedProgress>? _progress;
    private readonly CancellationToken _cancellationToken;
    private readonly long _start;
    private readonly List<double>[] _loads = [[], []];
    private int[] _levels = [];
    private ModelTimes[] _times = [];
    private SpeedPlan _plan = new(1, 1, SpeedPlan.LeastRounds, 0);
    private double _promptSeconds, _stepSeconds, _fraction;

    /// <param name="dense">The dense model.</param>
    /// <param name="packed">The packed model.</param>
    /// <param name="options">How.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="progress">Who is told; may be null.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public SpeedRun(
        ITimedModel dense, ITimedModel packed, SpeedOptions options, TimeProvider clock, IProgress<SpeedProgress>? progress, CancellationToken cancellationToken)
    {
        (_models, _options, _clock, _progress, _cancellationToken) = ([dense, packed], options, clock, progress, cancellationToken);
        _start = clock.GetTimestamp();
    }

    private TimeSpan Elapsed => _clock.GetElapsedTime(_start);

    private int MostPrompt => Math.Max(1, _models.Min(model => model.ContextLength) / 2);

    /// <summary>Loads both, in turns, and keeps the last.</summary>
    public void Load()
    {
        for (int round = 0; round <= LeastLoads || (round <= MostLoads && Elapsed.TotalSeconds < LoadShare * _options.Seconds); round++)
        {
            foreach (int i in Turns(round))
            {
                _cancellationToken.ThrowIfCancellationRequested();
                double seconds = _models[i].TimeLoad(_cancellationToken);
                if (round > 0)
                {
                    _loads[i].Add(seconds);
                }
                Tell(null);
            }
        }
        foreach (ITimedModel model in _models)
        {
            model.Open(_cancellationToken);
        }
    }

    /// <summary>Finds the numbers of requests that there is memory for.</summary>
    /// <param name="weights">Bytes of both models.</param>
    /// <param name="memory">Bytes that there are.</param>
    /// <returns>Those that there is none for.</returns>
    /// <exception cref="DecoupleQException">There is none for one request alone.</exception>
    public IReadOnlyList<LevelLeftOut> TakeLevels(long weights, long memory)
    {
        int tokens = Math.Min(_options.PromptTokens, MostPrompt) + _options.DecodedTokens + 1;
        long each = _models.Max(model => model.KeyValueBytes(Math.Min(tokens, model.ContextLength)));
        LevelLeftOut[] levels = [.. _options.Levels().Select(requests => new LevelLeftOut(requests, weights + (requests * each), memory))];
        _levels = [.. levels.Where(level => level.NeededBytes <= memory).Select(level => level.Requests)];
        if (_levels.Length == 0)
        {
            throw new DecoupleQException(
                $"The two models and the keys and values of a request take {levels[0].NeededBytes} bytes together, and {memory} are available.",
                _models[1].Name, "memory", "a machine with more, or other programs closed: both are in memory while they are compared");
        }
        _times = [.. _loads.Select(loads => Timed(loads))];
        return levels[_levels.Length..];

        ModelTimes Timed(List<double> loads)
        {
            var times = new ModelTimes(_levels);
            times.Loads.AddRange(loads);
            return times;
        }
    }

    /// <summary>Runs both until what they use has been compiled, and plans the rounds by what that took last.</summary>
    public async Task WarmUpAsync()
    {
        int prompt = Math.Min(Math.Min(SpeedPlan.LeastPrompt, _options.PromptTokens), MostPrompt);
        foreach (ITimedModel model in _models)
        {
            long start = _clock.GetTimestamp();
            double promptSeconds, stepSeconds;
            do
            {
                (promptSeconds, stepSeconds) = (0, 0);
                foreach (int requests in _levels)
                {
                    var group = new RequestGroup(requests, prompt, Math.Min(WarmUpDecoded, MostDecoded(prompt)), 0);
                    GroupTimes times = await model.WriteAsync(group, _cancellationToken).ConfigureAwait(false);
                    promptSeconds += times.FirstTokenSeconds / prompt;
                    stepSeconds += times.WritingSeconds / group.DecodedTokens;
                    Tell(null);
                }
            }
            while (_clock.GetElapsedTime(start).TotalSeconds < Math.Min(_options.WarmUpSeconds, WarmUpShare * _options.Seconds));
            _promptSeconds += promptSeconds;
            _stepSeconds += stepSeconds;
        }
        int longest = Math.Min(_options.PromptTokens, MostPrompt);
        _plan = SpeedPlan.Of(_promptSeconds, _stepSeconds, _options, longest, MostDecoded(longest), _options.Seconds - Elapsed.TotalSeconds);
    }

    /// <summary>The rounds.</summary>
    public async Task MeasureAsync()
    {
        TimeSpan begun = Elapsed;
        for (int round = 0; round < _plan.Rounds; round++)
        {
            double mean = round == 0 ? _plan.RoundSeconds : (Elapsed - begun).TotalSeconds / round;
            // The plan may have been too hopeful.
            if (round >= SpeedPlan.LeastRounds && Elapsed.TotalSeconds + mean > _options.Seconds)
            {
                break;
            }
            int told = 0, groups = _models.Length * _levels.Length;
            foreach ((int level, int requests) in _levels.Index())
            {
                // Prompts differ from round to round, and both models have the same.
                var group = new RequestGroup(requests, _plan.PromptTokens, _plan.DecodedTokens, (ulong)round + 1);
                foreach (int i in Turns(round))
                {
                    _times[i].Add(level, group, await _models[i].WriteAsync(group, _cancellationToken).ConfigureAwait(false));
                    told++;
                    Tell(mean * (_plan.Rounds - round - ((double)told / groups)));
                }
            }
        }
        _fraction = 1;
        _progress?.Report(new SpeedProgress(1, Elapsed, TimeSpan.Zero));
    }

    /// <summary>What was measured.</summary>
    public SpeedFigures Figures()
    {
        ModelTimes dense = _times[0], packed = _times[1];
        return new SpeedFigures(
            dense.Decodes.Count,
            _plan.PromptTokens,
            _plan.DecodedTokens,
            dense.Figures(),
            packed.Figures(),
            Quantiles.Spread(packed.Decodes.Zip(dense.Decodes, (ours, theirs) => ours / theirs)),
            Quantiles.Spread(packed.Prefills.Zip(dense.Prefills, (ours, theirs) => ours / theirs)));
    }

    // Dense, packed, packed, dense, ...: what warms up or slows down with time is as much before the one as before the other.
    private static int[] Turns(int round) => round % 2 == 0 ? [0, 1] : [1, 0];

    // What a context has room for after a prompt; the last token is not taken into it.
    private int MostDecoded(int prompt) => Math.Max(1, _models.Min(model => model.ContextLength) - prompt - 1);

    // Until there is a plan, by what it is to take; then by what is left of it.
    private void Tell(double? remaining)
    {
        double elapsed = Elapsed.TotalSeconds, total = remaining is double left ? elapsed + Math.Max(0, left) : Math.Max(_options.Seconds, elapsed);
        _fraction = Math.Max(_fraction, total > 0 ? Math.Min(1, elapsed / total) : 0);
        _progress?.Report(new SpeedProgress(_fraction, Elapsed, remaining is double known ? TimeSpan.FromSeconds(Math.Max(0, known)) : null));
    }
}
