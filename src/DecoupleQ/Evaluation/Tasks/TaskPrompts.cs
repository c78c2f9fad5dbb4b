using DecoupleQ.Chat;
using DecoupleQ.Chat.Answers;
using DecoupleQ.Chat.Tools;
using DecoupleQ.Generation;
using DecoupleQ.Models;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Evaluation.Tasks;

/// <summary>What a model is given of questions: ids.</summary>
internal sealed class TaskPrompts
{
    private const string What = "prompt";

    private readonly LanguageModel _model;
    private readonly EvaluationTask _task;
    private readonly TaskOptions _options;
    private readonly GenerationOptions _writing;
    private readonly ChatModel? _chat;

    /// <summary>Finds the chat template, if there are conversations.</summary>
    /// <param name="model">The model.</param>
    /// <param name="task">The questions.</param>
    /// <param name="options">How the model is asked.</param>
    /// <exception cref="DecoupleQException">There is no template, or it has no such variables.</exception>
    public TaskPrompts(LanguageModel model, EvaluationTask task, TaskOptions options)
    {
        (_model, _task, _options) = (model, task, options);
        _writing = new GenerationOptions
        {
            MaxTokens = options.MaxTokens,
            // Greedily, whatever the model's authors advise.
            Temperature = 0,
            RepetitionPenalty = 1,
            Stop = options.Stop,
            KeyValues = options.KeyValues,
            Products = ProductArithmetic.Float32,
        };
        if (task.Items.Any(item => item.Messages is not null))
        {
            ChatTemplate template = options.ChatTemplate ?? ChatTemplate.Load(model.Path);
            _chat = new ChatModel(model, template);
            foreach ((string name, _) in options.Template.Variables ?? [])
            {
                if (!_chat.Mentions(name))
                {
                    throw new DecoupleQException($"The chat template does not mention '{name}'.", template.File, name, "a variable that the template reads");
                }
            }
        }
    }

    /// <summary>A question whose answer is written.</summary>
    /// <exception cref="DecoupleQException">It does not fit the model; file and line are named.</exception>
    public WrittenPrompt Written(TaskItem item, CancellationToken cancellationToken) => Guard(item, () =>
    {
        if (item.Messages is not null)
        {
            ChatTurn turn = Turn(item, cancellationToken);
            CheckMemory(_model.KeyValueBytesFor(LengthOf(Checked(turn.Ids)), _options.KeyValues));
            return new WrittenPrompt(item, turn.Ids, _writing, turn);
        }
        IReadOnlyList<int> ids = Encode(item.Prompt!, cancellationToken);
        CheckMemory(_model.KeyValueBytesFor(LengthOf(Checked(ids)), _options.KeyValues));
        return new WrittenPrompt(item, ids, _writing, null);
    });

    /// <summary>A question with its choices.</summary>
    /// <exception cref="DecoupleQException">It does not fit the model; file and line are named.</exception>
    public ChoicePrompt Choices(TaskItem item, CancellationToken cancellationToken) => Guard(item, () =>
    {
        int[] prompt;
        int[][] wholes;
        if (item.Messages is not null)
        {
            ChatTurn turn = Turn(item, cancellationToken);
            if (OpenReasoning.IsAtEndOf(turn.Prompt))
            {
                throw new DecoupleQException(
                    "The chat template opens the model's reasoning, where no choice stands.", field: "messages",
                    expected: "a template without reasoning, by a variable of it such as enable_thinking=false");
            }
            prompt = Checked(turn.Ids);
            string text = turn.Prompt.Text;
            wholes = [.. item.Choices.Select(choice => Checked(PromptText.Encode(
                _model, text + choice, [.. turn.Prompt.Given, text.Length..(text.Length + choice.Length)], "prompt with a choice", cancellationToken)))];
        }
        else
        {
            prompt = Checked(Encode(item.Prompt!, cancellationToken));
            wholes = [.. item.Choices.Select(choice => Checked(Encode(item.Prompt! + _task.Options.Delimiter + choice, cancellationToken)))];
        }
        int none = Array.FindIndex(wholes, whole => whole.Length <= prompt.Length);
        if (none >= 0)
        {
            throw new DecoupleQException("The choice has no tokens of its own behind the prompt.", field: $"choices[{none}]", expected: "some text");
        }
        var choices = new ChoicePrompt(item, prompt.Length, wholes);
        CheckMemory(new ChoiceScoring(_model, _options.KeyValues).BytesFor(choices));
        return choices;
    });

    private IReadOnlyList<int> Encode(string text, CancellationToken cancellationToken) =>
        PromptText.Encode(_model, text, SpecialTokens.AsText, What, cancellationToken);

    private ChatTurn Turn(TaskItem item, CancellationToken cancellationToken) => _chat!.Prepare(
        new ChatQuestion
        {
            Messages = item.Messages!,
            TemplateVariables = _options.Template.Variables,
            Clock = _options.Template.Clock,
            Options = _writing,
        },
        cancellationToken);

    // With the answer.
    private int LengthOf(int[] prompt) => (int)Math.Min(_model.ContextLength, (long)prompt.Length + _options.MaxTokens);

    private void CheckMemory(long bytes)
    {
        if (bytes > _model.KeyValueLimit)
        {
            throw new DecoupleQException(
                $"The question may need {bytes} bytes of keys and values, and there are {_model.KeyValueLimit} for all of them.",
                expected: "a shorter question, fewer tokens of an answer, or another format of keys and values");
        }
    }

    private int[] Checked(IReadOnlyList<int> ids) => TokenLoop.Prompt(_model, ids, What);

    private T Guard<T>(TaskItem item, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (DecoupleQException error) when (error.File is null)
        {
            throw error.In(_task.Path).Of(TaskLine.Where(item.Line, error.Field));
        }
    }
}

/// <summary>A question whose answer is written.</summary>
/// <param name="Item">The question.</param>
/// <param name="Ids">The prompt.</param>
/// <param name="Options">How it is gone on from.</param>
/// <param name="Turn">Of a conversation: how its answer begins.</param>
internal sealed record WrittenPrompt(TaskItem Item, IReadOnlyList<int> Ids, GenerationOptions Options, ChatTurn? Turn);

/// <summary>A question with its choices.</summary>
/// <param name="Item">The question.</param>
/// <param name="First">Ids of the prompt alone, at least 1: from this position on a choice is scored.</param>
/// <param name="Wholes">The ids of the prompt with each choice, more than <paramref name="First"/>.</param>
internal sealed record ChoicePrompt(TaskItem Item, int First, int[][] Wholes);
