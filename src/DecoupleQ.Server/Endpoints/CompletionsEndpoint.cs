using System.Runtime.CompilerServices;
using DecoupleQ.Generation;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Server.Models;
using DecoupleQ.Server.Monitoring;
using DecoupleQ.Server.Protocol;
using DecoupleQ.Serving;
using DecoupleQ.Tokenization;
using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Endpoints;

/// <summary><c>POST /v1/completions</c>: continues texts.</summary>
/// <param name="choice">Which model answers.</param>
/// <param name="options">Limits.</param>
internal sealed class CompletionsEndpoint(ModelChoice choice, ServerOptions options)
{
    private const string ObjectName = "text_completion";

    public async Task HandleAsync(HttpContext context)
    {
        CancellationToken aborted = context.RequestAborted;
        RequestFields fields = await RequestBody.ReadAsync(context).ConfigureAwait(false);
        ServedModel served = choice.For(context, fields);
        CompletionRequest request = CompletionRequest.Read(fields, served, options, aborted);
        RequestRecord record = RequestRecord.Of(context);
        IReadOnlyList<Func<CancellationToken, IAsyncEnumerable<TextChoice>>> streams =
        [
            .. request.Prompts.SelectMany((prompt, p) => Enumerable.Range(0, request.Count).Select(
                k => (Func<CancellationToken, IAsyncEnumerable<TextChoice>>)(ended =>
                    new Continuation(served, request, prompt, k, (p * request.Count) + k, record).WriteAsync(ended)))),
        ];
        string id = Identity.New("cmpl-");
        long created = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var responses = new ChoiceResponses<TextChoice, TextCompletion>(
            choice => choice.Index,
            Joined,
            (_, choices, usage) => new(id, ObjectName, created, served.Name, served.Fingerprint, choices, usage),
            ServerJson.Plain.TextCompletion);
        await responses.WriteAsync(context, options, streams, request.Stream, request.StreamUsage).ConfigureAwait(false);
    }

    private static TextChoice Joined(IReadOnlyList<TextChoice> parts)
    {
        TextLogProbabilities[] logs = [.. parts.Select(part => part.Logprobs).OfType<TextLogProbabilities>()];
        return parts[^1] with
        {
            Text = string.Concat(parts.Select(part => part.Text)),
            Logprobs = logs.Length == 0 ? null : new(
                [.. logs.SelectMany(log => log.Tokens)],
                [.. logs.SelectMany(log => log.TokenLogprobs)],
                logs[0].TopLogprobs is null ? null : [.. logs.SelectMany(log => log.TopLogprobs!)],
                [.. logs.SelectMany(log => log.TextOffset)]),
        };
    }

    /// <summary>One continuation of one prompt, piece by piece.</summary>
    private sealed class Continuation(ServedModel served, CompletionRequest request, CompletionPrompt prompt, int repetition, int index, RequestRecord record)
    {
        private readonly List<TokenLogProbabilities> _pending = [];
        private int _offset;

        public async IAsyncEnumerable<TextChoice> WriteAsync([EnumeratorCancellation] CancellationToken cancellationToken)
        {
            if (repetition == 0)
            {
                record.AddPrompt(prompt.Ids.Count + (Leads ? 1 : 0), prompt.Text);
            }
            if (request.Echo)
            {
                yield return await EchoAsync(cancellationToken).ConfigureAwait(false);
                if (!request.Writes)
                {
                    yield break;
                }
            }
            var text = new TextRequest { Options = Options(), IsWhole = prompt.IsWhole, Follows = index > 0, Watch = record.Of(index) };
            await foreach (GeneratedToken token in served.Texts.GenerateAsync(prompt.Ids, text, cancellationToken).ConfigureAwait(false))
            {
                record.AddToken(index, token.Text);
                if (token.LogProbabilities is TokenLogProbabilities log)
                {
                    _pending.Add(log);
                }
                if (token.Result is GenerationResult result && repetition == 0)
                {
                    record.AddCached(result.ReusedTokens);
                }
                if (token.Text.Length > 0 || token.FinishReason is not null)
                {
                    yield return new TextChoice(
                        token.Text, index, Written(token.Text), token.FinishReason is FinishReason reason ? FinishReasons.Of(reason) : null);
                }
            }
        }

        // Whether the model puts an id before the prompt.
        private bool Leads => !prompt.IsWhole && served.Model.Tokenizer.LeadingId is int leading && (prompt.Ids.Count == 0 || prompt.Ids[0] != leading);

        // Each repetition draws with a seed of its own.
        private GenerationOptions Options() =>
            request.Options.Seed is ulong seed ? request.Options with { Seed = unchecked(seed + (ulong)repetition) } : request.Options;

        private async Task<TextChoice> EchoAsync(CancellationToken cancellationToken)
        {
            string? finish = request.Writes ? null : FinishReasons.Length;
            if (request.Best is not int best)
            {
                return new TextChoice(prompt.Text, index, null, finish);
            }
            int lead = Leads ? 1 : 0;
            int[] ids = lead == 1 ? [served.Model.Tokenizer.LeadingId!.Value, .. prompt.Ids] : [.. prompt.Ids];
            IReadOnlyList<TokenLogProbabilities?> scores =
                await served.Texts.ScoreAsync(ids, best, cancellationToken: cancellationToken, follows: index > 0).ConfigureAwait(false);
            var stream = new TokenStream(served.Model.Tokenizer, ids[..lead]);
            var tokens = new List<string>();
            var offsets = new List<int>();
            foreach (int id in ids[lead..])
            {
                offsets.Add(_offset);
                string piece = stream.Push(id);
                tokens.Add(piece.Length > 0 ? piece : served.TokenTexts[id]);
                _offset += piece.Length;
            }
            _offset = prompt.Text.Length;
            TokenLogProbabilities?[] visible = [.. scores.Skip(lead)];
            return new TextChoice(
                prompt.Text,
                index,
                new(tokens, [.. visible.Select(score => score?.LogProbability)], best == 0 ? null : [.. visible.Zip(tokens, Best)], offsets),
                finish);
        }

        private TextLogProbabilities? Written(string text)
        {
            if (request.Best is not int best)
            {
                return null;
            }
            int at = _offset;
            var offsets = new List<int>();
            foreach (TokenLogProbabilities token in _pending)
            {
                offsets.Add(Math.Min(at, _offset + text.Length));
                at += served.TokenTexts[token.Id].Length;
            }
            _offset += text.Length;
            var written = new TextLogProbabilities(
                [.. _pending.Select(token => served.TokenTexts[token.Id])],
                [.. _pending.Select(token => (double?)token.LogProbability)],
                best == 0 ? null : [.. _pending.Select(token => Best(token, served.TokenTexts[token.Id]))],
                offsets);
            _pending.Clear();
            return written;
        }

        // With the chosen token, as the API has it and as it is shown; of tokens that look alike the best.
        private Dictionary<string, double>? Best(TokenLogProbabilities? token, string shown)
        {
            if (token is null)
            {
                return null;
            }
            var best = new Dictionary<string, double> { [shown] = token.LogProbability };
            foreach (TokenLogProbability other in token.Best.Where(other => other.Id != token.Id))
            {
                best.TryAdd(served.TokenTexts[other.Id], other.LogProbability);
            }
            return best;
        }
    }
}
