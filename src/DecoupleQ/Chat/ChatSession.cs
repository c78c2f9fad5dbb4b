using System.Runtime.CompilerServices;
using DecoupleQ.Generation;
using DecoupleQ.Models;
using DecoupleQ.Tensors;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Chat;

/// <summary>
/// A conversation with a model. Each turn is rendered anew by the chat template, as some templates change earlier turns; the keys and values of
/// the tokens that it has in common with the turn before are kept.
/// </summary>
/// <remarks>One call at a time; other conversations with the model may be answered meanwhile.</remarks>
public sealed class ChatSession : IDisposable
{
    private const string What = "conversation";

    private const ulong SeedsBetweenRepetitions = 1UL << 32;

    private readonly LanguageModel _model;
    private readonly ChatTemplate _template;
    private readonly ChatTemplateOptions _templateOptions;
    private string? _system;
    private readonly HashSet<int> _endIds;
    private readonly List<ChatMessage> _messages = [];
    private Sequence _sequence;
    private KeyValueFormat? _format;
    private ProductArithmetic _products;
    private ulong _seed;
    private ulong _turn;
    private ulong _repetitions;

    /// <summary>Starts a conversation.</summary>
    /// <param name="model">The model; it is not disposed.</param>
    /// <param name="template">Its chat template.</param>
    /// <param name="system">Instructions that stand before the conversation; null for what the template says by itself.</param>
    /// <param name="templateOptions">Tools, variables and clock; the beginning of the answer is always added.</param>
    public ChatSession(LanguageModel model, ChatTemplate template, string? system = null, ChatTemplateOptions? templateOptions = null)
    {
        _model = model;
        _template = template;
        _templateOptions = (templateOptions ?? new()) with { AddGenerationPrompt = true };
        _system = system;
        _endIds = [.. model.EndIds];
        if (template.EndToken is string end && model.Tokenizer.IdOf(end) is int endId)
        {
            _endIds.Add(endId);
        }
        Clear();
    }

    /// <summary>The ids that end an answer: the model's, and the one that the template names.</summary>
    public IReadOnlySet<int> EndIds => _endIds;

    /// <summary>The conversation so far.</summary>
    public IReadOnlyList<ChatMessage> Messages => _messages;

    /// <summary>
    /// The instructions that stand before the conversation; null for what the template says by itself. A change counts from the next answer on.
    /// </summary>
    public string? Instructions
    {
        get => _system;
        set
        {
            if (_messages is [{ Role: ChatMessage.System }, ..])
            {
                _messages.RemoveAt(0);
            }
            _system = value;
            if (value is not null)
            {
                _messages.Insert(0, new ChatMessage(ChatMessage.System, value));
            }
        }
    }

    /// <summary>Goes on with another conversation. Instructions at its start become those of this one, else it has none.</summary>
    /// <param name="messages">The conversation, such as <see cref="Messages"/> of an earlier session.</param>
    public void Restore(IReadOnlyList<ChatMessage> messages)
    {
        ArgumentNullException.ThrowIfNull(messages);
        ChatMessage[] restored = [.. messages];
        _system = restored is [{ Role: ChatMessage.System } system, ..] ? system.Content : null;
        Clear();
        _messages.Clear();
        _messages.AddRange(restored);
        _turn = (ulong)restored.Count(message => message.Role == ChatMessage.User);
    }

    /// <summary>Answers the last question again, with other draws; the new answer takes the place of the old one.</summary>
    /// <inheritdoc cref="Answer"/>
    /// <exception cref="InvalidOperationException">The conversation does not end with a question and its answer.</exception>
    public GenerationResult AnswerAgain(GenerationOptions? options = null, Action<string>? onText = null, CancellationToken cancellationToken = default)
    {
        if (!CanAnswerAgain)
        {
            throw new InvalidOperationException("The conversation does not end with a question and its answer.");
        }
        ChatMessage[] last = [.. _messages[^2..]];
        _messages.RemoveRange(_messages.Count - 2, 2);
        ulong turn = _turn;
        _turn = turn == 0 ? 0 : turn - 1;
        _repetitions++;
        try
        {
            return AnswerTo(last[0], options, onText, cancellationToken);
        }
        catch
        {
            _messages.AddRange(last);
            _turn = turn;
            throw;
        }
    }

    /// <summary>Whether the conversation ends with a question and its answer.</summary>
    public bool CanAnswerAgain => _messages is [.., { Role: ChatMessage.User }, { Role: ChatMessage.Assistant }];

    /// <summary>Forgets the conversation; the instructions stay.</summary>
    [System.Diagnostics.CodeAnalysis.MemberNotNull(nameof(_sequence))]
    public void Clear()
    {
        _messages.Clear();
        if (_system is not null)
        {
            _messages.Add(new ChatMessage(ChatMessage.System, _system));
        }
        _sequence?.Dispose();
        _sequence = _model.Begin();
        (_format, _products) = (null, ProductArithmetic.Rounded);
        _seed = SamplingResolution.DrawSeed();
        _turn = 0;
        _repetitions = 0;
    }

    /// <summary>Frees the conversation's keys and values.</summary>
    public void Dispose() => _sequence.Dispose();

    /// <summary>Answers the user; what is said and the answer become part of the conversation.</summary>
    /// <param name="text">
    /// What the user says. Control tokens in it (and in everything that was said) stay text, unless <paramref name="options"/> say
    /// <see cref="SpecialTokens.Recognized"/>.
    /// </param>
    /// <param name="options">
    /// Sampling and limits; the model's own way, 128 tokens if null. Each turn draws with a seed of its own: that of the conversation's first turn plus the
    /// number of turns before it.
    /// </param>
    /// <param name="onText">Called with each new piece of the answer as soon as it is certain.</param>
    /// <param name="cancellationToken">Ends the answer, also within the prompt; the conversation is then as before.</param>
    /// <exception cref="DecoupleQException">
    /// The conversation does not fit the model's context, the template refuses it, or an option is out of its range; the conversation is then as before.
    /// </exception>
    public GenerationResult Answer(
        string text, GenerationOptions? options = null, Action<string>? onText = null, CancellationToken cancellationToken = default)
        => AnswerTo(new ChatMessage(ChatMessage.User, text), options, onText, cancellationToken);

    private GenerationResult AnswerTo(ChatMessage question, GenerationOptions? options, Action<string>? onText, CancellationToken cancellationToken)
    {
        Turn turn = Begin(question, options ?? new(), cancellationToken);
        GenerationResult answer = turn.Loop.Run(_sequence, turn.Prompt, onText, cancellationToken);
        Add(question.Content, answer.Text);
        return answer;
    }

    /// <summary>Answers the user token by token, without blocking a thread.</summary>
    /// <remarks>
    /// What is said and the answer become part of the conversation with the last token; if the reader leaves before, the conversation is as before.
    /// </remarks>
    /// <inheritdoc cref="Answer"/>
    public async IAsyncEnumerable<GeneratedToken> AnswerAsync(
        string text, GenerationOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Turn turn = Begin(new ChatMessage(ChatMessage.User, text), options ?? new(), cancellationToken);
        await foreach (GeneratedToken token in turn.Loop.StreamAsync(_sequence, turn.Prompt, cancellationToken).ConfigureAwait(false))
        {
            if (token.Result is GenerationResult answer)
            {
                Add(text, answer.Text);
            }
            yield return token;
        }
    }

    /// <summary>Takes over a turn that was said elsewhere or not to its end, such as an answer that was cancelled.</summary>
    /// <param name="text">What the user said.</param>
    /// <param name="answer">The answer.</param>
    public void Add(string text, string answer)
    {
        _messages.Add(new ChatMessage(ChatMessage.User, text));
        _messages.Add(new ChatMessage(ChatMessage.Assistant, answer));
        _turn++;
    }

    private Turn Begin(ChatMessage question, GenerationOptions options, CancellationToken cancellationToken)
    {
        // Answers that are asked for again draw far from all others of the conversation.
        ulong seed = unchecked((options.Seed ?? _seed) + _turn + _repetitions * SeedsBetweenRepetitions);
        var loop = new TokenLoop(_model, options with { Seed = seed }, _endIds) { TextStandsAlone = true };
        ChatPrompt prompt = _template.Render([.. _messages, question], _templateOptions, cancellationToken);
        IReadOnlyList<int> ids = options.SpecialTokens == SpecialTokens.Recognized
            ? PromptText.Encode(_model, prompt.Text, SpecialTokens.Recognized, What, cancellationToken)
            : PromptText.Encode(_model, prompt.Text, prompt.Given, What, cancellationToken);
        KeyValueFormat? format = options.KeyValues ?? _format;
        if (format != _format || options.Products != _products)
        {
            // What was computed in another way is computed again with the next prompt.
            _sequence.Dispose();
            _sequence = _model.Begin(new() { KeyValues = format, Products = options.Products });
            (_format, _products) = (format, options.Products);
        }
        return new Turn(loop, TokenLoop.Prompt(_model, ids, What));
    }

    /// <summary>What a turn of the conversation runs.</summary>
    private sealed record Turn(TokenLoop Loop, int[] Prompt);
}
