using DecoupleQ.Generation;
using DecoupleQ.Models;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Chat;

/// <summary>
/// A conversation with a model. Each turn is rendered anew by the chat template, as some templates change earlier turns; the keys and values of
/// the tokens that it has in common with the turn before are kept.
/// </summary>
/// <remarks>One call at a time, as the model runs.</remarks>
public sealed class ChatSession : IDisposable
{
    private readonly LanguageModel _model;
    private readonly ChatTemplate _template;
    private readonly ChatTemplateOptions _templateOptions;
    private readonly string? _system;
    private readonly HashSet<int> _endIds;
    private readonly List<ChatMessage> _messages = [];
    private Sequence _sequence;
    private ulong _seed;
    private ulong _turn;

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

    /// <summary>The conversation so far.</summary>
    public IReadOnlyList<ChatMessage> Messages => _messages;

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
        _seed = SamplingResolution.DrawSeed();
        _turn = 0;
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
    /// <param name="cancellationToken">Ends the answer between two tokens; the conversation is then as before.</param>
    /// <exception cref="DecoupleQException">
    /// The conversation does not fit the model's context, the template refuses it, or an option is out of its range; the conversation is then as before.
    /// </exception>
    public GenerationResult Answer(
        string text, GenerationOptions? options = null, Action<string>? onText = null, CancellationToken cancellationToken = default)
    {
        options ??= new();
        var loop = new TokenLoop(_model, options with { Seed = unchecked((options.Seed ?? _seed) + _turn) }, _endIds);
        var question = new ChatMessage(ChatMessage.User, text);
        ChatPrompt prompt = _template.Render([.. _messages, question], _templateOptions);
        IReadOnlyList<int> ids = options.SpecialTokens == SpecialTokens.Recognized
            ? _model.Tokenizer.Encode(prompt.Text, SpecialTokens.Recognized)
            : _model.Tokenizer.Encode(prompt.Text, prompt.Given);
        GenerationResult answer = loop.Run(_sequence, TokenLoop.Prompt(_model, ids, "conversation"), onText, cancellationToken);
        _messages.Add(question);
        _messages.Add(new ChatMessage(ChatMessage.Assistant, answer.Text));
        _turn++;
        return answer;
    }
}
