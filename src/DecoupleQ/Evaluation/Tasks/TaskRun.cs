using System.Diagnostics;
using System.Text;
using DecoupleQ.Chat.Answers;
using DecoupleQ.Chat.Tools;
using DecoupleQ.Generation;
using DecoupleQ.Models;
using DecoupleQ.Serving;

namespace DecoupleQ.Evaluation.Tasks;

/// <summary>
/// A task before a model: every question is made ready first, so that one that does not fit the model is found before hours of work, then several are answered
/// at a time, which changes no answer.
/// </summary>
/// <remarks>
/// All products and, unless said otherwise, keys and values are in float32, so that models differ by their weights alone. Answers are written greedily: the
/// most probable token each time, without what <c>generation_config.json</c> says of penalties.
/// </remarks>
public sealed class TaskRun
{
    // Decoding gains by every text beside it; choices are prompts, which fill a step by themselves.
    private const int AnswersAtOnce = 16, ChoicesAtOnce = 4;

    // Starts that questions have in common, such as examples before each.
    private const long PromptCacheBytes = 256L << 20;

    private readonly LanguageModel _model;
    private readonly EvaluationTask _task;
    private readonly TaskOptions _options;
    private readonly IReadOnlyList<WrittenPrompt> _written;
    private readonly IReadOnlyList<ChoicePrompt> _choices;

    private TaskRun(
        LanguageModel model, EvaluationTask task, TaskOptions options, IReadOnlyList<WrittenPrompt> written, IReadOnlyList<ChoicePrompt> choices) =>
        (_model, _task, _options, _written, _choices) = (model, task, options, written, choices);

    /// <summary>Makes a task ready for a model.</summary>
    /// <param name="model">The model; it is not disposed.</param>
    /// <param name="task">The task.</param>
    /// <param name="options">How the model is asked; the defaults if null.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">
    /// A question does not fit the model's context, or has conversations and the model no chat template; file and line are named. Or an option has no meaning.
    /// </exception>
    public static TaskRun Prepare(LanguageModel model, EvaluationTask task, TaskOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(task);
        options ??= new();
        GenerationRanges.MaxTokens.Require(options.MaxTokens, nameof(options.MaxTokens));
        OptionRange.Named<Tensors.KeyValueFormat>().Require(options.KeyValues, "key-values");
        if (options.Stop.Any(string.IsNullOrEmpty))
        {
            throw new DecoupleQException("A text is empty.", field: nameof(options.Stop), expected: "texts that are not empty");
        }
        if (options.Template.Tools is not null)
        {
            throw new DecoupleQException("Tasks have no tools.", field: nameof(options.Template.Tools), expected: "none");
        }
        var prompts = new TaskPrompts(model, task, options);
        return task.Metric == TaskMetric.Choice
            ? new TaskRun(model, task, options, [], MadeReady(task, item => prompts.Choices(item, cancellationToken), cancellationToken))
            : new TaskRun(model, task, options, MadeReady(task, item => prompts.Written(item, cancellationToken), cancellationToken), []);
    }

    /// <summary>Answers the questions.</summary>
    /// <param name="progress">Told after each question, one call at a time.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">The model's logits are not finite, or an answer may need more memory than there is.</exception>
    public Task<TaskResult> RunAsync(IProgress<TaskProgress>? progress = null, CancellationToken cancellationToken = default) =>
        RunAsync([], null, progress, cancellationToken);

    /// <summary>Answers the questions that an earlier run has not.</summary>
    /// <param name="finished">What an earlier run made of some of the task's questions, of this model asked in the same way.</param>
    /// <param name="onItem">Takes each result as it comes, one call at a time, so that it can be kept; null for nobody.</param>
    /// <param name="progress">Told after each question, one call at a time.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">The model's logits are not finite, or an answer may need more memory than there is.</exception>
    public async Task<TaskResult> RunAsync(
        IReadOnlyCollection<ItemResult> finished, Action<ItemResult>? onItem, IProgress<TaskProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(finished);
        long start = Stopwatch.GetTimestamp();
        var log = new AnswersSoFar(_task, finished, onItem, progress);
        IReadOnlyList<ItemResult> results = _task.Metric == TaskMetric.Choice
            ? await ChooseAsync(log, cancellationToken).ConfigureAwait(false)
            : await WriteAsync(log, cancellationToken).ConfigureAwait(false);
        return new TaskResult(_task.Metric, results, Stopwatch.GetElapsedTime(start));
    }

    private static List<T> MadeReady<T>(EvaluationTask task, Func<TaskItem, T> make, CancellationToken cancellationToken)
    {
        var made = new List<T>(task.Items.Count);
        foreach (TaskItem item in task.Items)
        {
            cancellationToken.ThrowIfCancellationRequested();
            made.Add(make(item));
        }
        return made;
    }

    private async Task<IReadOnlyList<ItemResult>> ChooseAsync(AnswersSoFar log, CancellationToken cancellationToken)
    {
        var scoring = new ChoiceScoring(_model, _options.KeyValues);
        var limits = new ServiceLimits { Running = ChoicesAtOnce, Waiting = int.MaxValue };
        var admission = new Admission(limits, _model.KeyValueLimit, _ => { });
        return await ForEachAsync(
            _choices,
            prompt => prompt.Item,
            ChoicesAtOnce,
            async (prompt, ended) =>
            {
                using Admission.Place place = await admission.EnterAsync(scoring.BytesFor(prompt), ended).ConfigureAwait(false);
                // A thread of its own, as it waits for steps.
                return await Task.Factory.StartNew(
                    () => scoring.Score(prompt, ended), ended, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
            },
            log,
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<ItemResult>> WriteAsync(AnswersSoFar log, CancellationToken cancellationToken)
    {
        var limits = new ServiceLimits { Running = AnswersAtOnce, Waiting = int.MaxValue, PromptCacheBytes = PromptCacheBytes };
        using var service = new TextService(_model, limits);
        return await ForEachAsync(
            _written, prompt => prompt.Item, AnswersAtOnce, (prompt, ended) => AnswerAsync(service, prompt, ended), log, cancellationToken)
            .ConfigureAwait(false);
    }

    private static async Task<ItemResult> AnswerAsync(TextService service, WrittenPrompt prompt, CancellationToken cancellationToken)
    {
        ChatAnswer? chat = prompt.Turn?.Begin();
        var request = new TextRequest { Options = chat?.Options ?? prompt.Options, TextStandsAlone = chat is not null };
        var answer = new StringBuilder();
        GenerationResult? result = null;
        await foreach (GeneratedToken token in service.GenerateAsync(prompt.Ids, request, cancellationToken).ConfigureAwait(false))
        {
            foreach (AnswerText text in chat?.Reader.Push(token).OfType<AnswerText>() ?? [])
            {
                answer.Append(text.Text);
            }
            result = token.Result;
        }
        string written = chat is null ? result!.Text : answer.ToString();
        Metrics.Judgement judgement = prompt.Item.Judge!.Judge(written);
        return new ItemResult(prompt.Item, judgement.Score, judgement.IsRight)
        {
            Answer = written,
            Tokens = result!.Ids.Count,
            IsTruncated = result.FinishReason is FinishReason.MaxTokens or FinishReason.ContextFull,
        };
    }

    private static async Task<IReadOnlyList<ItemResult>> ForEachAsync<T>(
        IReadOnlyList<T> prompts, Func<T, TaskItem> itemOf, int atOnce, Func<T, CancellationToken, Task<ItemResult>> answer, AnswersSoFar log,
        CancellationToken cancellationToken)
    {
        await Parallel.ForEachAsync(
            prompts.Where(prompt => !log.Has(itemOf(prompt))),
            new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = cancellationToken },
            async (prompt, ended) => log.Add(await answer(prompt, ended).ConfigureAwait(false))).ConfigureAwait(false);
        return log.InOrder();
    }

    /// <summary>Results as they come, those of an earlier run included.</summary>
    private sealed class AnswersSoFar(
        EvaluationTask task, IReadOnlyCollection<ItemResult> finished, Action<ItemResult>? onItem, IProgress<TaskProgress>? progress)
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<int, ItemResult> _results = finished.ToDictionary(result => result.Item.Line);
        private readonly HashSet<int> _earlier = [.. finished.Select(result => result.Item.Line)];
        private int _right = finished.Count(result => result.IsRight);

        public bool Has(TaskItem item) => _earlier.Contains(item.Line);

        public void Add(ItemResult result)
        {
            lock (_gate)
            {
                _results.Add(result.Item.Line, result);
                _right += result.IsRight ? 1 : 0;
                onItem?.Invoke(result);
                progress?.Report(new(_results.Count, task.Items.Count, _right));
            }
        }

        public IReadOnlyList<ItemResult> InOrder() => [.. task.Items.Select(item => _results[item.Line])];
    }
}
