using System.Diagnostics;
using System.Diagnostics.Metrics;
using DecoupleQ.Server.Models;

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

    private readonly Meter _meter = new(MeterName);
    private readonly Histogram<double> _duration, _firstToken, _perToken, _queue;
    private readonly Counter<long> _requests, _promptTokens, _cachedTokens, _writtenTokens;
    private readonly ServedModels _models;

    public ServerMetrics(ServedModels models)
    {
        _models = models;
        _duration = _meter.CreateHistogram("gen_ai.server.request.duration", "s", "From a request to the end of its response.", advice: Durations);
        _firstToken = _meter.CreateHistogram("gen_ai.server.time_to_first_token", "s", "From a request to its first token.", advice: Durations);
        _perToken = _meter.CreateHistogram("gen_ai.server.time_per_output_token", "s", "Between two tokens of a response.", advice: Durations);
        _queue = _meter.CreateHistogram("decoupleq.queue.duration", "s", "How long a request waited for a place.", advice: Durations);
        _requests = _meter.CreateCounter<long>("decoupleq.requests", "{request}", "Responses, by status code.");
        _promptTokens = _meter.CreateCounter<long>("decoupleq.prompt_tokens", "{token}", "Tokens of prompts.");
        _cachedTokens = _meter.CreateCounter<long>("decoupleq.cached_prompt_tokens", "{token}", "Of them, those that were read for an earlier request.");
        _writtenTokens = _meter.CreateCounter<long>("decoupleq.completion_tokens", "{token}", "Tokens that were written.");
        _meter.CreateObservableGauge("decoupleq.requests.running", () => OfEach(model => model.Texts.Status.Running), "{text}", "Texts that are being written.");
        _meter.CreateObservableGauge("decoupleq.requests.waiting", () => OfEach(model => model.Texts.Status.Waiting), "{request}", "Requests that wait.");
        _meter.CreateObservableGauge("decoupleq.key_values", () => OfEach(model => model.Texts.Status.KeyValueBytes), "By", "Keys and values.");
        _meter.CreateObservableGauge(
            "decoupleq.prompt_cache", () => OfEach(model => model.Texts.Status.PromptCacheBytes), "By", "Of them, those of prompts whose texts are done.");
        _meter.CreateObservableGauge("decoupleq.memory", () => new Measurement<long>(Environment.WorkingSet, TagsOf(models.First)), "By", "Memory of the process.");
        if (models.Canary is Canary canary)
        {
            _meter.CreateObservableGauge(
                "decoupleq.canary.share", () => new Measurement<double>(canary.Share.Now, TagsOf(canary.Model)), "1", "Share of those who ask that it answers.");
        }

        IEnumerable<Measurement<long>> OfEach(Func<ServedModel, long> measure) => models.All.Select(model => new Measurement<long>(measure(model), TagsOf(model)));
    }

    /// <summary>Counts a request that has ended: with the model that answered, or the first where none did.</summary>
    public void Add(RequestRecord record, int status)
    {
        TagList tags = TagsOf(record.Model ?? _models.First);
        tags.Add("http.route", record.Route);
        _promptTokens.Add(record.PromptTokens, tags);
        _cachedTokens.Add(record.CachedTokens, tags);
        _writtenTokens.Add(record.WrittenTokens, tags);
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

    public void Dispose() => _meter.Dispose();

    private static TagList TagsOf(ServedModel model) => new() { { "gen_ai.response.model", model.Name } };
}
