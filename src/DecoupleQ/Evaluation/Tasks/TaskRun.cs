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
    public async Task<TaskResult> RunAsync(IProgress<TaskProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        long start = Stopwatch.GetTimestamp();
        IReadOnlyList<ItemResult> results = _task.Metric == TaskMetric.Choice
            ? await ChooseAsync(progress, cancellationToken).ConfigureAwait(false)
            : await WriteAsync(progress, cancellationToken).ConfigureAwait(false);
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

    private async Task<IReadOnlyList<ItemResult>> ChooseAsync(IProgress<TaskProgress>? progress, CancellationToken cancellationToken)
    {
        var scoring = new ChoiceScoring(_model, _options.KeyValues);
        var limits = new ServiceLimits { Running = ChoicesAtOnce, Waiting = int.MaxValue };
        var admission = new Admission(limits, _model.KeyValueLimit, _ => { });
        return await ForEachAsync(
            _choices,
            ChoicesAtOnce,
            async (prompt, ended) =>
            {
                using Admission.Place place = await admission.EnterAsync(scoring.BytesFor(prompt), ended).ConfigureAwait(false);
                // A thread of its own, as it waits for steps.
                return await Task.Factory.StartNew(
                    () => scoring.Score(prompt, ended), ended, TaskCreationOptions.LongRunning, TaskScheduler.Default).ConfigureAwait(false);
            },
            progress,
            cancellationToken).ConfigureAwait(false);
    }

    private async Task<IReadOnlyList<ItemResult>> WriteAsync(IProgress<TaskProgress>? progress, CancellationToken cancellationToken)
    {
        var limits = new ServiceLimits { Running = AnswersAtOnce, Waiting = int.MaxValue, PromptCacheBytes = PromptCacheBytes };
        using var service = new TextService(_model, limits);
        return await ForEachAsync(_written, AnswersAtOnce, (prompt, ended) => AnswerAsync(service, prompt, ended), progress, cancellationToken)
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
        IReadOnlyList<T> prompts, int atOnce, Func<T, CancellationToken, Task<ItemResult>> answer, IProgress<TaskProgress>? progress,
        CancellationToken cancellationToken)
    {
        var results = new ItemResult[prompts.Count];
        var gate = new Lock();
        int items = 0, right = 0;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, prompts.Count),
            new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = cancellationToken },
            async (index, ended) =>
            {
                ItemResult result = results[index] = await answer(prompts[index], ended).ConfigureAwait(false);
                lock (gate)
                {
                    items++;
                    right += result.IsRight ? 1 : 0;
                    progress?.Report(new(items, prompts.Count, right));
                }
            }).ConfigureAwait(false);
        return results;
    }
}
