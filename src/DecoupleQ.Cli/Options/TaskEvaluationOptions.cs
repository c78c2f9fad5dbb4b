using System.CommandLine;
using DecoupleQ.Evaluation.Tasks;
using DecoupleQ.Models;
using DecoupleQ.Tensors;

namespace DecoupleQ.Cli.Options;

/// <summary>The options of a task: its file, how answers are judged, and how the model is asked.</summary>
internal sealed class TaskEvaluationOptions
{
    private static readonly TaskMetricOptions Judging = new();
    private static readonly TaskOptions Asking = new();

    private readonly MetricOption _metric = new();
    private readonly NumberOption<int> _maxTokens = SharedOptions.MaxTokens(Asking.MaxTokens);

    private readonly Option<string[]> _stop = new("--stop")
    {
        Description = "End an answer before this text appears, or at the special token that it spells; may be repeated",
        HelpName = "TEXT",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly NumberOption<double> _tolerance = new(
        "--tolerance", "With the metric number: by what share of the expected number an answer may differ", TaskMetricOptions.ToleranceRange,
        Judging.Tolerance);

    private readonly NumberOption<double> _rightFrom = new(
        "--right-from", "With the metric rouge-l: the score from which on an answer counts as right", TaskMetricOptions.RightFromRange, Judging.RightFrom);

    private readonly Option<string> _delimiter = new("--delimiter")
    {
        Description = "With the metric choice: what stands between a prompt and a choice [default: a blank]",
        HelpName = "TEXT",
    };

    private readonly ChatOptions _chat = new();

    // Of all questions, however long they take.
    private readonly DateOnly _today = DateOnly.FromDateTime(DateTime.Now);

    /// <summary>The file of the task.</summary>
    public PathOption File { get; } = new(
        "--task", [], "FILE", "Questions whose right answers are known, a JSON object a line; - for standard input", "a file with a JSON object a line");

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [File, _metric, _maxTokens, _stop, _tolerance, _rightFrom, _delimiter, .. _chat.OfTemplate];

    /// <summary>Refuses options without a task, and those that change nothing with its metric.</summary>
    /// <exception cref="UsageException">There is one.</exception>
    public void Check(ParseResult parse)
    {
        if (parse.GetValue(File) is null)
        {
            Refuse(parse, All, "It is about a task.", "--task beside it");
            return;
        }
        if (parse.GetValue(_metric) is not TaskMetric metric)
        {
            throw new UsageException("It does not say how answers are judged.", _metric.Name, _metric.Expected);
        }
        string name = MetricOption.NameOf(metric);
        if (metric == TaskMetric.Choice)
        {
            Refuse(parse, [_maxTokens, _stop], $"With the metric {name} nothing is written.", "another metric");
        }
        else
        {
            Refuse(parse, [_delimiter], $"With the metric {name} there are no choices.", "the metric choice");
        }
        if (metric != TaskMetric.Number)
        {
            Refuse(parse, [_tolerance], $"With the metric {name} no numbers are compared.", "the metric number");
        }
        if (metric != TaskMetric.RougeL)
        {
            Refuse(parse, [_rightFrom], $"The metric {name} has no such score.", "the metric rouge-l");
        }
        if (parse.GetValue(_stop)?.Contains("") == true)
        {
            throw new UsageException("The text is empty.", _stop.Name, "a text");
        }
    }

    /// <summary>Reads the task.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="path">Its file.</param>
    /// <exception cref="UsageException">An option is about what no line has.</exception>
    /// <exception cref="DecoupleQException">The file is no task.</exception>
    public EvaluationTask Read(ParseResult parse, string path)
    {
        EvaluationTask task = EvaluationTask.Read(path, parse.GetValue(_metric)!.Value, new()
        {
            Tolerance = _tolerance.ValueIn(parse),
            RightFrom = _rightFrom.ValueIn(parse),
            Delimiter = parse.GetValue(_delimiter) ?? Judging.Delimiter,
        });
        if (task.Items.All(item => item.Messages is null))
        {
            Refuse(parse, _chat.OfTemplate, "No line of the task is a conversation.", "lines with messages");
        }
        if (task.Items.All(item => item.Prompt is null))
        {
            Refuse(parse, [_delimiter], "All lines of the task are conversations, behind which a choice follows at once.", "lines with a prompt");
        }
        return task;
    }

    /// <summary>The options that were given, but for file and metric, as words of a command line; and the date that a chat template is told.</summary>
    /// <param name="parse">The command line.</param>
    /// <param name="task">The task.</param>
    /// <param name="model">The model.</param>
    /// <exception cref="DecoupleQException">The chat template cannot be used.</exception>
    public IReadOnlyList<string> WordsIn(ParseResult parse, EvaluationTask task, string model) =>
    [
        .. All.Where(option => option != File && option != _metric && parse.GetResult(option) is { Implicit: false })
            .SelectMany(option => parse.GetResult(option)!.Tokens.SelectMany(token => new[] { option.Name, token.Value })),
        .. task.Items.Any(item => item.Messages is not null) ? _chat.DateWords(parse, _chat.ReadTemplate(parse, model), _today) : [],
    ];

    /// <summary>What is in files that the options name: their digests.</summary>
    public string DigestIn(ParseResult parse) => _chat.TemplateDigest(parse);

    /// <summary>How a model is asked.</summary>
    /// <exception cref="DecoupleQException">The chat template cannot be used, or has no variable of a given name.</exception>
    public TaskOptions Options(ParseResult parse, EvaluationTask task, LanguageModel model, KeyValueFormat keyValues)
    {
        TaskOptions options = new() { MaxTokens = _maxTokens.ValueIn(parse), Stop = parse.GetValue(_stop) ?? [], KeyValues = keyValues };
        if (task.Items.All(item => item.Messages is null))
        {
            return options;
        }
        Chat.ChatTemplate template = _chat.ReadTemplate(parse, model.Path);
        return options with { ChatTemplate = template, Template = _chat.TemplateOptions(parse, template, _today) };
    }

    /// <summary>Refuses those of some options that are given.</summary>
    public static void Refuse(ParseResult parse, IEnumerable<Option> options, string why, string expected)
    {
        if (options.FirstOrDefault(option => parse.GetResult(option) is { Implicit: false }) is Option given)
        {
            throw new UsageException(why, given.Name, expected);
        }
    }
}
