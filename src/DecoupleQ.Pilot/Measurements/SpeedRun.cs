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
    private SpeedPlan _plan = new(1, 1, 1, 0);
    private double _fraction;

    /// <param name="dense">The dense model.</param>
    /// <param name="packed">The packed model.</param>
    /// <param name="options">How.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="progress">Who is told; may be null.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public SpeedRun(
        ITimedModel dense, ITimedModel packed, SpeedOptions options, TimeProvider clock, IProgress<SpeedProgress>? progress,
        CancellationToken cancellationToken)
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
        RoundPace pace = default;
        foreach (ITimedModel model in _models)
        {
            long start = _clock.GetTimestamp();
            RoundPace own;
            do
            {
                own = default;
                foreach (int requests in _levels)
                {
                    var group = new RequestGroup(requests, prompt, Math.Min(WarmUpDecoded, MostDecoded(prompt)), 0);
                    GroupTimes times = await model.WriteAsync(group, _cancellationToken).ConfigureAwait(false);
                    double each = times.FirstTokenSeconds / prompt, step = times.WritingSeconds / group.DecodedTokens;
                    own += requests == 1 ? new RoundPace(each, 0, step) : new RoundPace(0, each, step);
                    Tell(null);
                }
            }
            while (_clock.GetElapsedTime(start).TotalSeconds < Math.Min(_options.WarmUpSeconds, WarmUpShare * _options.Seconds));
            pace += own;
        }
        int longest = Math.Min(_options.PromptTokens, MostPrompt);
        _plan = SpeedPlan.Of(pace, _options, longest, MostDecoded(longest), _options.Seconds - Elapsed.TotalSeconds);
    }

    /// <summary>The rounds: one that does not count, whose prompts and texts are longer than those that were warmed up with, and then as many as fit.</summary>
    public async Task MeasureAsync()
    {
        TimeSpan begun = Elapsed;
        int groups = _models.Length * _levels.Length, told = 0;
        for (int round = -1; round < _options.Rounds; round++)
        {
            if (round >= SpeedPlan.LeastRounds && Elapsed.TotalSeconds + RoundSeconds() > _options.Seconds)
            {
                break;
            }
            foreach ((int level, int requests) in _levels.Index())
            {
                // Prompts differ from round to round, and both models have the same.
                var group = new RequestGroup(requests, requests == 1 ? _plan.PromptTokens : _plan.SharedPromptTokens, _plan.DecodedTokens, (ulong)(round + 2));
                foreach (int i in Turns(round))
                {
                    GroupTimes times = await _models[i].WriteAsync(group, _cancellationToken).ConfigureAwait(false);
                    if (round >= 0)
                    {
                        _times[i].Add(level, group, times);
                    }
                    told++;
                    Tell(Remaining());
                }
            }
        }
        Tell(0);

        // By the plan until there is something to go by.
        double RoundSeconds() => told < groups ? _plan.RoundSeconds : (Elapsed - begun).TotalSeconds * groups / told;

        double Remaining()
        {
            double each = RoundSeconds(), there = Math.Floor((_options.Seconds - begun.TotalSeconds) / each) - 1;
            return each * (Math.Clamp(there, SpeedPlan.LeastRounds, _options.Rounds) + 1 - ((double)told / groups));
        }
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
            Quantiles.Spread(packed.Prefills.Zip(dense.Prefills, (ours, theirs) => ours / theirs)))
        {
            Ratios = packed.Over(dense),
            PromptRatio = PairedRatio.Of(packed.Prefills, dense.Prefills),
        };
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
