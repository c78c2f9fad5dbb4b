using System.Text;
using DecoupleQ.Generation;
using DecoupleQ.Models;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Generation;

/// <summary>Texts token by token, without blocking a thread: the same as those written at once.</summary>
public sealed class StreamingTests : IDisposable
{
    private readonly LanguageModel _model = LanguageModel.Load(Paths.Model, new() { Threads = 2 });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _model.Dispose();

    [Fact]
    public async Task Tokens_and_texts_are_those_of_a_blocking_call()
    {
        var options = new GenerationOptions { MaxTokens = 30, Temperature = 0.9, Seed = 5, LogProbabilities = 2 };
        GenerationResult expected = new TextGenerator(_model).Generate("Once upon a time", options, cancellationToken: Token);
        var text = new StringBuilder();
        var ids = new List<int>();
        GeneratedToken? last = null;
        await foreach (GeneratedToken token in new TextGenerator(_model).GenerateAsync("Once upon a time", options, Token))
        {
            Assert.Null(last?.Result);
            text.Append(token.Text);
            ids.Add(token.Id);
            Assert.Equal(expected.LogProbabilities![ids.Count - 1].LogProbability, token.LogProbabilities!.LogProbability);
            last = token;
        }
        Assert.Equal(expected.Text, text.ToString());
        Assert.Equal(expected.Ids, ids);
        Assert.Equal(expected.FinishReason, last!.FinishReason);
        Assert.Equal(expected.Seed, last.Result!.Seed);
    }

    [Fact]
    public async Task Many_readers_at_once_get_their_own_texts()
    {
        var options = new GenerationOptions { MaxTokens = 15, Temperature = 0 };
        string[] prompts = [.. Enumerable.Range(0, 24).Select(i => $"The {(char)('a' + i)} said that")];
        string[] expected = [.. prompts.Select(p => new TextGenerator(_model).Generate(p, options, cancellationToken: Token).Text)];
        Assert.Equal(expected, await Task.WhenAll(prompts.Select(p => Read(p))));

        async Task<string> Read(string prompt)
        {
            var text = new StringBuilder();
            await foreach (GeneratedToken token in new TextGenerator(_model).GenerateAsync(prompt, options, Token))
            {
                text.Append(token.Text);
            }
            return text.ToString();
        }
    }

    [Fact]
    public async Task A_reader_that_leaves_frees_its_keys_and_values()
    {
        await foreach (GeneratedToken _ in new TextGenerator(_model).GenerateAsync("Once", new() { Temperature = 0 }, Token))
        {
            break;
        }
        Assert.Equal(0, _model.KeyValueBytes);
        using var cancelled = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (GeneratedToken _ in new TextGenerator(_model).GenerateAsync("Once", new() { Temperature = 0 }, cancelled.Token))
            {
                await cancelled.CancelAsync();
            }
        });
        Assert.Equal(0, _model.KeyValueBytes);
    }
}
