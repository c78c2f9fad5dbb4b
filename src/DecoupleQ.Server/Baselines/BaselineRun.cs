using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using DecoupleQ.Monitoring.Drift;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Monitoring.Logs;
using DecoupleQ.Server.Hosting;
using DecoupleQ.Server.Models;
using DecoupleQ.Server.Monitoring;
using DecoupleQ.Serving;
using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Baselines;

/// <summary>
/// Makes a baseline of a model: its answers to requests, given by the server itself, or those of a monitor log; and how probable it finds texts of its own.
/// </summary>
public static class BaselineRun
{
    private const int AtOnce = 16;

    // Signals that a text says nothing of: how long requests and answers are is decided here.
    private static readonly string[] OfRequests = ["prompt_tokens", "tokens", "truncated"];

    /// <summary>Sends the requests of a file, one a line, and takes the answers.</summary>
    /// <param name="options">The model.</param>
    /// <param name="path">The file.</param>
    /// <param name="progress">Told of each answer.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">A file cannot be used, a request is refused, or there are too few.</exception>
    public static Task<Baseline> OfRequestsAsync(
        BaselineOptions options, string path, IProgress<BaselineProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(path);
        IReadOnlyList<BaselineRequest> requests = BaselineRequest.ReadLines(path);
        if (requests.Count < Baseline.FewestAnswers)
        {
            throw new DecoupleQException($"There are {requests.Count} requests.", path, "requests", $"at least {Baseline.FewestAnswers}");
        }
        return MeasureAsync(options, _ => requests, path, without: [], progress, cancellationToken);
    }

    /// <summary>Cuts prompts from a text, and takes the answers; the lengths of prompts and answers are not part of the baseline.</summary>
    /// <inheritdoc cref="OfRequestsAsync"/>
    public static Task<Baseline> OfTextAsync(
        BaselineOptions options, string path, IProgress<BaselineProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(path);
        BaselineOptions.RequestsRange.Require(options.Requests, "count");
        BaselineOptions.PromptRange.Require(options.PromptCharacters, "prompt-characters");
        OptionRange.Whole(1).Require(options.AnswerTokens, "max-tokens");
        return MeasureAsync(
            options, served => BaselineRequest.CutFrom(path, served.Chat is not null, options), path, OfRequests, progress, cancellationToken);
    }

    /// <summary>Takes the answers of a monitor log that the model has given in service.</summary>
    /// <param name="options">The model.</param>
    /// <param name="paths">Files and folders of the log.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">A file cannot be used, or there are too few answers of a model of this name.</exception>
    public static async Task<Baseline> OfLogAsync(BaselineOptions options, IReadOnlyList<string> paths, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(paths);
        using ServedModels models = ServedModels.Load(options.Server, cancellationToken);
        // A model that has answered millions is as well known by the last hundred thousand.
        const int Most = 100_000;
        var answers = new Queue<AnswerEntry>();
        var drifting = new HashSet<string>();
        bool isThisModel = false;
        long others = 0;
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (MonitorEntry entry in MonitorLogFiles.Read(paths))
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (entry.Model != models.First.Name)
            {
                names.Add(entry.Model);
                continue;
            }
            switch (entry)
            {
                // Another model, or another version of it, may have gone by the same name.
                case ServerEntry { Started: true } server:
                    isThisModel = server.Fingerprint == models.First.Fingerprint;
                    drifting.Clear();
                    break;
                case DriftEntry drift when drift.Drifting:
                    drifting.Add(drift.Route);
                    break;
                case DriftEntry drift:
                    drifting.Remove(drift.Route);
                    break;
                case AnswerEntry answer when !isThisModel || drifting.Contains(answer.Route):
                    others++;
                    break;
                case AnswerEntry answer:
                    answers.Enqueue(answer with { Prompt = null, Answer = null });
                    if (answers.Count > Most)
                    {
                        answers.Dequeue();
                    }
                    break;
            }
        }
        if (answers.Count + others == 0)
        {
            throw new DecoupleQException(
                $"There are no answers of '{models.First.Name}'" + (names.Count > 0 ? $", but of {string.Join(", ", names)}." : "."), paths[0], "log",
                "the log of a server of this model; --name where it was served by another name");
        }
        if (answers.Count < Baseline.FewestAnswers && others > 0)
        {
            throw new DecoupleQException(
                $"{answers.Count} answers are those of this model while all was well; {others} were given under its name by another model or version, "
                    + "or while they differed from a baseline.", paths[0], "log", $"at least {Baseline.FewestAnswers} of this one, or --requests");
        }
        IReadOnlyList<ReferenceText> texts = await OwnTexts.WriteAsync(models.First.Texts, cancellationToken).ConfigureAwait(false);
        return Baseline.Of(models.First.Name, answers, texts);
    }

    private static async Task<Baseline> MeasureAsync(
        BaselineOptions options, Func<ServedModel, IReadOnlyList<BaselineRequest>> ask, string path, IReadOnlyList<string> without,
        IProgress<BaselineProgress>? progress, CancellationToken cancellationToken)
    {
        using var host = new InProcessServer();
        InferenceServer server = await InferenceServer.StartAsync(options.Server, host, logging: null, cancellationToken).ConfigureAwait(false);
        await using ConfiguredAsyncDisposable _ = server.ConfigureAwait(false);
        ModelWatch watch = server.Watches.All.Single();
        var answers = new ConcurrentBag<AnswerEntry>();
        watch.Answers.Answered += (answer, _) => answers.Add(answer);
        IReadOnlyList<BaselineRequest> requests = ask(watch.Served);
        int answered = 0;
        await Parallel.ForEachAsync(
            requests,
            new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken },
            async (request, ended) =>
            {
                await SendAsync(host, request, path, ended).ConfigureAwait(false);
                progress?.Report(new(Interlocked.Increment(ref answered), requests.Count));
            }).ConfigureAwait(false);
        IReadOnlyList<ReferenceText> texts = await OwnTexts.WriteAsync(watch.Served.Texts, cancellationToken).ConfigureAwait(false);
        return Baseline.Of(watch.Served.Name, answers, texts, without);
    }

    private static async Task SendAsync(InProcessServer host, BaselineRequest request, string path, CancellationToken cancellationToken)
    {
        (int status, string body) = await host.PostAsync(request.Route, request.Body, cancellationToken).ConfigureAwait(false);
        if (status != StatusCodes.Status200OK)
        {
            string message = JsonNode.Parse(body)?["error"]?["message"]?.GetValue<string>() ?? $"status {status}";
            throw new DecoupleQException(
                request.Line > 0 ? $"The request of line {request.Line} was refused: {message}" : $"A request was refused: {message}", path, "requests",
                "requests that the server answers");
        }
    }
}
