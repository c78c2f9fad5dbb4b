using System.Diagnostics;
using System.Diagnostics.Metrics;
using DecoupleQ.Monitoring.Comparisons;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Monitoring.Logs;
using DecoupleQ.Server.Models;
using DecoupleQ.Statistics;

namespace DecoupleQ.Server.Monitoring;

/// <summary>Measurements of what is served, by the names of OpenTelemetry's conventions for generative AI where those have one.</summary>
internal sealed class ServerMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "DecoupleQ.Server";

    // Seconds: from a step of a small model to an answer of thousands of tokens.
    private static readonly InstrumentAdvice<double> Durations = new()
    {
        HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 25, 50, 100, 250],
    };

    private static readonly InstrumentAdvice<double> Nats = new()
    {
        HistogramBucketBoundaries = [0.1, 0.25, 0.5, 0.75, 1, 1.25, 1.5, 1.75, 2, 2.5, 3, 3.5, 4, 5, 6, 8, 12],
    };

    private static readonly InstrumentAdvice<double> Shares = new() { HistogramBucketBoundaries = [0, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1] };

    private static readonly InstrumentAdvice<double> Speeds = new() { HistogramBucketBoundaries = [0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000] };

    private static readonly InstrumentAdvice<long> Lengths = new() { HistogramBucketBoundaries = [1, 4, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 16384] };

    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<double> _duration, _firstToken, _perToken, _queue;
    private readonly Histogram<double> _surprise, _entropy, _repetition, _overruled, _speed;
    private readonly Histogram<long> _answerTokens;
    private readonly Counter<long> _requests, _promptTokens, _cachedTokens, _writtenTokens, _empty, _truncated;

    public ServerMetrics(ServedModels models)
    {
        _duration = _meter.CreateHistogram("gen_ai.server.request.duration", "s", "From a request to the end of its response.", advice: Durations);
        _firstToken = _meter.CreateHistogram("gen_ai.server.time_to_first_token", "s", "From a request to its first token.", advice: Durations);
        _perToken = _meter.CreateHistogram("gen_ai.server.time_per_output_token", "s", "Between two tokens of a response.", advice: Durations);
        _queue = _meter.CreateHistogram("decoupleq.queue.duration", "s", "How long a request waited for a place.", advice: Durations);
        _requests = _meter.CreateCounter<long>("decoupleq.requests", "{request}", "Responses, by status code.");
        _promptTokens = _meter.CreateCounter<long>("decoupleq.prompt_tokens", "{token}", "Tokens of prompts.");
        _cachedTokens = _meter.CreateCounter<long>("decoupleq.cached_prompt_tokens", "{token}", "Of them, those that were read for an earlier request.");
        _writtenTokens = _meter.CreateCounter<long>("decoupleq.completion_tokens", "{token}", "Tokens that were written.");
        _surprise = _meter.CreateHistogram("decoupleq.answer.negative_log_probability", "{nat}", "Mean of an answer's tokens.", advice: Nats);
        _entropy = _meter.CreateHistogram("decoupleq.answer.entropy", "{nat}", "Mean of the distributions that an answer's tokens come from.", advice: Nats);
        _repetition = _meter.CreateHistogram("decoupleq.answer.repetition", "1", "Share of runs of four tokens that came before.", advice: Shares);
        _overruled = _meter.CreateHistogram(
            "decoupleq.answer.overruled", "1", "Share of tokens where a grammar did not allow the model's most probable one.", advice: Shares);
        _answerTokens = _meter.CreateHistogram("decoupleq.answer.tokens", "{token}", "Length of an answer.", advice: Lengths);
        _speed = _meter.CreateHistogram("decoupleq.answer.speed", "{token}/s", "Tokens a second of an answer, after its first.", advice: Speeds);
        _empty = _meter.CreateCounter<long>("decoupleq.answers.empty", "{answer}", "Answers without a visible character.");
        _truncated = _meter.CreateCounter<long>("decoupleq.answers.truncated", "{answer}", "Answers that were cut by a limit.");
        _meter.CreateObservableGauge(
            "decoupleq.requests.running", () => OfEach(model => model.Texts.Status.Running), "{text}", "Texts that are being written.");
        _meter.CreateObservableGauge("decoupleq.requests.waiting", () => OfEach(model => model.Texts.Status.Waiting), "{request}", "Requests that wait.");
        _meter.CreateObservableGauge("decoupleq.key_values", () => OfEach(model => model.Texts.Status.KeyValueBytes), "By", "Keys and values.");
        _meter.CreateObservableGauge(
            "decoupleq.prompt_cache", () => OfEach(model => model.Texts.Status.PromptCacheBytes), "By", "Of them, those of prompts whose texts are done.");
        _meter.CreateObservableGauge(
            "decoupleq.memory", () => new Measurement<long>(Environment.WorkingSet, TagsOf(models.First)), "By", "Memory of the process.");
        if (models.Canary is Canary canary)
        {
            _meter.CreateObservableGauge(
                "decoupleq.canary.share", () => new Measurement<double>(canary.Share.Now, TagsOf(canary.Model)), "1",
                "Share of those who ask that it answers.");
        }

        IEnumerable<Measurement<long>> OfEach(Func<ServedModel, long> measure) =>
            models.All.Select(model => new Measurement<long>(measure(model), TagsOf(model)));
    }

    /// <summary>Counts a request that has ended: with the model that answered, or without one where none did.</summary>
    public void Add(RequestRecord record, int status)
    {
        TagList tags = record.Model is ServedModel model ? TagsOf(model) : [];
        tags.Add("http.route", record.Route);
        if (record.Model is not null)
        {
            _promptTokens.Add(record.PromptTokens, tags);
            _cachedTokens.Add(record.CachedTokens, tags);
            _writtenTokens.Add(record.WrittenTokens, tags);
        }
        if (record.QueueTime is TimeSpan queue)
        {
            _queue.Record(queue.TotalSeconds, tags);
        }
        if (record.TimeToFirstToken is TimeSpan first)
        {
            _firstToken.Record(first.TotalSeconds, tags);
        }
        if (record.TimePerToken is TimeSpan each)
        {
            _perToken.Record(each.TotalSeconds, tags);
        }
        tags.Add("http.response.status_code", status);
        _requests.Add(1, tags);
        _duration.Record(record.Elapsed.TotalSeconds, tags);
    }

    /// <summary>Counts an answer.</summary>
    public void Add(AnswerEntry answer)
    {
        TagList tags = new() { { "gen_ai.response.model", answer.Model }, { "http.route", answer.Route } };
        _surprise.Record(-answer.LogProbability, tags);
        _entropy.Record(answer.Entropy, tags);
        _repetition.Record(answer.Repetition, tags);
        _overruled.Record(answer.Overruled, tags);
        _answerTokens.Record(answer.Tokens, tags);
        if (answer.TokensPerSecond > 0)
        {
            _speed.Record(answer.TokensPerSecond, tags);
        }
        _empty.Add(answer.Empty ? 1 : 0, tags);
        _truncated.Add(answer.Truncated ? 1 : 0, tags);
    }

    /// <summary>Measures what watches have found, whenever somebody asks.</summary>
    public void Observe(Watches watches)
    {
        if (watches.All.Any(watch => watch.Drift is not null))
        {
            _meter.CreateObservableGauge(
                "decoupleq.drift.state",
                () => watches.All.SelectMany(watch => (watch.Drift?.Routes ?? []).Select(route =>
                    new Measurement<int>(route.Drifting ? 1 : 0, [.. TagsOf(watch.Served), new("http.route", route.Route)]))),
                "1", "1 where answers differ from the baseline.");
            _meter.CreateObservableGauge(
                "decoupleq.drift.self_check.difference",
                () => watches.All.Where(watch => watch.SelfChecks?.Difference is not null)
                    .Select(watch => new Measurement<double>(watch.SelfChecks!.Difference!.Value, TagsOf(watch.Served))),
                "{nat}", "How far log-probabilities of the baseline's texts are from what they were, a token.");
        }
        if (watches.All.Any(watch => watch.Shadow is not null))
        {
            IEnumerable<ModelWatch> Shadowed() => watches.All.Where(watch => watch.Shadow is not null);
            _meter.CreateObservableCounter(
                "decoupleq.shadow.replays", () => Shadowed().Select(watch => new Measurement<long>(watch.Shadow!.Replays, TagsOf(watch.Served))),
                "{answer}", "Answers that were compared with the other model's.");
            _meter.CreateObservableCounter(
                "decoupleq.shadow.dropped", () => Shadowed().Select(watch => new Measurement<long>(watch.Shadow!.Dropped, TagsOf(watch.Served))),
                "{answer}", "Answers that were to be compared, for which there was no idle time or no memory.");
            Gauge("decoupleq.shadow.kl_divergence", "{nat}", "KL divergence from the other model, a token.", summary => summary.KlDivergence);
            Gauge("decoupleq.shadow.agreement", "1", "Share of tokens in whose place both models have the same best one.", summary => summary.Agreement);
            Gauge("decoupleq.shadow.perplexity_ratio", "1", "Perplexity on the answers by that of the other model.", summary => summary.PerplexityRatio);

            void Gauge(string name, string unit, string description, Func<ComparisonSummary, Estimate> of) => _meter.CreateObservableGauge(
                name,
                () => Shadowed().SelectMany(watch => watch.Shadow!.Summary is ComparisonSummary summary ? Bounds(of(summary), TagsOf(watch.Served)) : []),
                unit, description);
        }
        if (watches.Log is MonitorLog log)
        {
            _meter.CreateObservableCounter("decoupleq.monitor.dropped", () => log.Dropped, "{entry}", "Entries of the monitor log that could not be written.");
            TagList tags = TagsOf(watches.All.First().Served);
            _meter.CreateObservableGauge(
                "decoupleq.monitor.failing", () => new Measurement<int>(log.Fault is null ? 0 : 1, tags), "1", "1 while the monitor log cannot be written.");
        }
    }

    public void Dispose() => _meter.Dispose();

    private static IEnumerable<Measurement<double>> Bounds(Estimate estimate, TagList tags) =>
        new (string Bound, double? Value)[] { ("estimate", estimate.Value), ("low", estimate.Low), ("high", estimate.High) }
            .Where(bound => bound.Value is not null).Select(bound => new Measurement<double>(bound.Value!.Value, [.. tags, new("bound", bound.Bound)]));

    private static TagList TagsOf(ServedModel model) => new() { { "gen_ai.response.model", model.Name } };
}
