using System.Text.Json.Nodes;
using DecoupleQ.Chat;
using DecoupleQ.Generation;
using DecoupleQ.Models;
using DecoupleQ.Testing;
using DecoupleQ.Tests.Generation;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Tests.Chat;

public sealed class ChatSessionTests : IDisposable
{
    private static readonly ChatTemplate Template = ChatTemplate.Parse(
        "{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}",
        specialTokens: new Dictionary<string, string> { ["bos_token"] = "<s>", ["eos_token"] = "</s>" });

    private static readonly GenerationOptions Short = new() { MaxTokens = 8, Temperature = 0 };

    private readonly LanguageModel _model = LanguageModel.Load(Paths.Model);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _model.Dispose();

    [Fact]
    public void Later_turns_run_only_what_is_new_and_answer_as_a_conversation_from_the_start_does()
    {
        var session = new ChatSession(_model, Template, "You tell stories.");
        var asked = new List<ChatMessage> { new(ChatMessage.System, "You tell stories.") };
        int before = 0;
        foreach (string text in (string[])["Who was the captain?", "And the ship?", "Where did it go?"])
        {
            string shown = "";
            GenerationResult answer = session.Answer(text, Short, piece => shown += piece, Token);
            asked.Add(new(ChatMessage.User, text));
            ChatPrompt prompt = Template.Render(asked);
            GenerationResult whole = new TextGenerator(_model).Generate(
                prompt.Text, Short with { SpecialTokens = SpecialTokens.Recognized }, cancellationToken: Token);
            Assert.Equal(whole.Ids, answer.Ids);
            Assert.Equal(whole.PromptTokens, answer.PromptTokens);
            Assert.Equal(answer.Text, shown);
            Assert.True(
                before == 0 ? answer.ReusedTokens == 0 : answer.ReusedTokens >= before, $"{answer.ReusedTokens} of {answer.PromptTokens}, {before} before");
            Assert.True(answer.ReusedTokens < answer.PromptTokens);
            before = answer.PromptTokens;
            asked.Add(new(ChatMessage.Assistant, answer.Text));
            Assert.Equal(asked, session.Messages);
        }
        session.Clear();
        Assert.Equal(asked[..1], session.Messages);
        Assert.Equal(0, session.Answer("Who?", Short, cancellationToken: Token).ReusedTokens);
    }

    [Fact]
    public async Task Answers_read_token_by_token_are_those_of_a_blocking_call_and_become_part_of_the_conversation()
    {
        using var session = new ChatSession(_model, Template, "You tell stories.");
        using var blocking = new ChatSession(_model, Template, "You tell stories.");
        foreach (string text in (string[])["Who was the captain?", "And the ship?"])
        {
            GenerationResult expected = blocking.Answer(text, Short, cancellationToken: Token);
            ChatMessage[] before = [.. session.Messages];
            string shown = "";
            var ids = new List<int>();
            GenerationResult? result = null;
            await foreach (GeneratedToken token in session.AnswerAsync(text, Short, Token))
            {
                Assert.Null(result);
                shown += token.Text;
                ids.Add(token.Id);
                result = token.Result;
                // A turn is the conversation's with its last token, and not before.
                Assert.Equal(result is null ? before : [.. before, new(ChatMessage.User, text), new(ChatMessage.Assistant, result.Text)], session.Messages);
            }
            Assert.Equal((expected.Text, expected.Text), (shown, result!.Text));
            Assert.Equal(expected.Ids, ids);
            Assert.Equal((expected.PromptTokens, expected.ReusedTokens), (result.PromptTokens, result.ReusedTokens));
            Assert.Equal(blocking.Messages, session.Messages);
        }
    }

    [Fact]
    public async Task A_reader_who_leaves_or_cancels_leaves_the_conversation_as_it_was()
    {
        using var session = new ChatSession(_model, Template);
        session.Answer("Who was the captain?", Short, cancellationToken: Token);
        ChatMessage[] before = [.. session.Messages];
        await foreach (GeneratedToken token in session.AnswerAsync("And the ship?", Short, Token))
        {
            Assert.Null(token.Result);
            break;
        }
        Assert.Equal(before, session.Messages);
        using var cancelled = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (GeneratedToken _ in session.AnswerAsync("And the ship?", Short, cancelled.Token))
            {
                await cancelled.CancelAsync();
            }
        });
        Assert.Equal(before, session.Messages);
        await Assert.ThrowsAsync<DecoupleQException>(async () =>
        {
            await foreach (GeneratedToken _ in session.AnswerAsync("And?", Short with { MaxTokens = 0 }, Token))
            {
            }
        });
        Assert.Equal(before, session.Messages);

        using var undisturbed = new ChatSession(_model, Template);
        undisturbed.Answer("Who was the captain?", Short, cancellationToken: Token);
        Assert.Equal(
            undisturbed.Answer("And the ship?", Short, cancellationToken: Token).Ids, session.Answer("And the ship?", Short, cancellationToken: Token).Ids);
    }

    [Fact]
    public void A_conversation_that_cannot_fit_is_not_encoded_to_its_end()
    {
        using var session = new ChatSession(_model, Template);
        string text = string.Concat(Enumerable.Repeat("word ", 400_000));
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => session.Answer(text, Short, cancellationToken: Token));
        Assert.Matches(@"^conversation: The conversation has \d{4,5} tokens and more, but the model's context is 256\.", error.Message);
        using var source = new CancellationTokenSource();
        source.Cancel();
        var prompt = new ChatPrompt(text, [0..1000]);
        Assert.Throws<OperationCanceledException>(() => prompt.Encode(_model.Tokenizer, source.Token));
        // The tokenizer is as good as new.
        Assert.Equal(_model.Tokenizer.Encode(text, cancellationToken: Token), prompt.Encode(_model.Tokenizer, Token));
    }

    [Fact]
    public void A_template_that_changes_earlier_turns_is_followed()
    {
        // Only the last message is printed: little is left of the turn before.
        ChatTemplate template = ChatTemplate.Parse("{{ messages[-1].content }}");
        var session = new ChatSession(_model, template);
        session.Answer("The captain of the ship", Short, cancellationToken: Token);
        GenerationResult second = session.Answer("The old man looked at the", Short, cancellationToken: Token);
        Assert.Equal(new TextGenerator(_model).Generate("The old man looked at the", Short, cancellationToken: Token).Ids, second.Ids);
        Assert.InRange(second.ReusedTokens, 1, 2);
    }

    [Fact]
    public void A_beginning_that_the_template_writes_is_not_put_there_twice()
    {
        ChatTemplate without = ChatTemplate.Parse("{{ messages[0].content }}"), with = ChatTemplate.Parse("<s>{{ messages[0].content }}");
        Assert.Equal(
            new ChatSession(_model, without).Answer("The ship", Short, cancellationToken: Token).PromptTokens,
            new ChatSession(_model, with).Answer("The ship", Short, cancellationToken: Token).PromptTokens);
        // What the user writes is text, and stands after the model's own beginning.
        int text = _model.Tokenizer.Encode("<s>The ship").Count + 1;
        Assert.Equal(text, new ChatSession(_model, without).Answer("<s>The ship", Short, cancellationToken: Token).PromptTokens);
        int recognized = new ChatSession(_model, without).Answer(
            "<s>The ship", Short with { SpecialTokens = SpecialTokens.Recognized }, cancellationToken: Token).PromptTokens;
        Assert.True(recognized < text);
    }

    [Fact]
    public void The_end_token_of_the_template_ends_an_answer()
    {
        GenerationResult plain = new ChatSession(_model, Template).Answer("Who?", Short, cancellationToken: Token);
        string end = _model.Tokenizer.TokenOf(plain.Ids[3])!;
        ChatTemplate ending = ChatTemplate.Parse(
            "{{ bos_token }}{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}",
            specialTokens: new Dictionary<string, string> { ["bos_token"] = "<s>", ["eos_token"] = end });
        GenerationResult ended = new ChatSession(_model, ending).Answer("Who?", Short, cancellationToken: Token);
        Assert.Equal(FinishReason.EndToken, ended.FinishReason);
        Assert.Equal(plain.Ids.Take(plain.Ids.ToList().IndexOf(plain.Ids[3]) + 1), ended.Ids);
    }

    [Theory]
    [InlineData("Question: ", " The answer is", " ", "</s>")]
    [InlineData("They asked: ", " And the old man", " ", "\\n")]
    public void An_answer_is_a_text_of_its_own_without_the_space_that_the_vocabulary_puts_before_texts(
        string before, string after, string beforeAnswer, string afterAnswer)
    {
        ChatTemplate template = ChatTemplate.Parse(
            "<s>{% for m in messages %}{{ ('" + before + "' ~ m.content ~ '" + after + "') if m.role == 'user' else ('" + beforeAnswer + "' ~ m.content ~ '"
            + afterAnswer + "') }}{% endfor %}");
        Tokenizer tokenizer = _model.Tokenizer;
        using var session = new ChatSession(_model, template);
        string shown = "";
        GenerationResult first = session.Answer("Who was the captain?", Short, piece => shown += piece, Token);
        // transformers decodes the ids of the answer alone.
        Assert.Equal('\u2581', tokenizer.TokenOf(first.Ids[0])![0]);
        Assert.Equal(tokenizer.Decode(first.Ids), first.Text);
        Assert.Equal(first.Text, shown);
        Assert.NotEqual(' ', first.Text[0]);

        ChatPrompt Second(string answer) => template.Render(
            [new(ChatMessage.User, "Who was the captain?"), new(ChatMessage.Assistant, answer), new(ChatMessage.User, "And then?")]);
        int count = Second(first.Text).Encode(tokenizer).Count;
        Assert.Equal(count + 1, Second(" " + first.Text).Encode(tokenizer).Count);
        Assert.Equal(count, session.Answer("And then?", Short, cancellationToken: Token).PromptTokens);
    }

    [Fact]
    public void What_fails_leaves_the_conversation_as_it_was()
    {
        using var folder = new TemporaryFolder();
        SampleCopy.Write(folder.Path, "config.json", new JsonObject { ["max_position_embeddings"] = 48 });
        using LanguageModel model = LanguageModel.Load(folder.Path);
        var session = new ChatSession(model, Template);
        GenerationResult first = session.Answer("Who was the captain?", Short, cancellationToken: Token);
        ChatMessage[] messages = [.. session.Messages];

        DecoupleQException error = Assert.Throws<DecoupleQException>(
            () => session.Answer(string.Concat(Enumerable.Repeat("one two three ", 20)), Short, cancellationToken: Token));
        Assert.Equal("conversation", error.Field);
        Assert.Contains("48", error.Message);
        Assert.Throws<DecoupleQException>(() => session.Answer("And?", Short with { MaxTokens = 0 }, cancellationToken: Token));
        using var source = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => session.Answer("And the ship?", Short, _ => source.Cancel(), source.Token));
        Assert.Equal(messages, session.Messages);

        // It goes on where it was, and to the end of the context.
        GenerationResult last = session.Answer("And?", new() { MaxTokens = 100, Temperature = 0 }, cancellationToken: Token);
        Assert.Equal(FinishReason.ContextFull, last.FinishReason);
        Assert.Equal(48, last.PromptTokens + last.Ids.Count);
        Assert.True(last.ReusedTokens >= first.PromptTokens);
    }

    [Fact]
    public void Each_turn_draws_anew_and_the_same_seed_gives_the_same_conversation()
    {
        var options = new GenerationOptions { MaxTokens = 6, Temperature = 1, Seed = 5 };
        Assert.Equal(Talk(), Talk());

        string[] Talk()
        {
            var session = new ChatSession(_model, ChatTemplate.Parse("{{ messages[-1].content }}"));
            string[] answers = [
                session.Answer("The ship", options, cancellationToken: Token).Text, session.Answer("The ship", options, cancellationToken: Token).Text
            ];
            Assert.NotEqual(answers[0], answers[1]);
            return answers;
        }
    }
}
