using System.Runtime.CompilerServices;
using DecoupleQ.Chat.Answers;
using DecoupleQ.Chat.Tools;
using DecoupleQ.Generation;
using DecoupleQ.Server.Models;
using DecoupleQ.Server.Monitoring;
using DecoupleQ.Serving;

namespace DecoupleQ.Server.Endpoints;

/// <summary>A token of an answer, and the parts of the answer that have become certain with it.</summary>
internal readonly record struct AnswerPiece(GeneratedToken Token, IReadOnlyList<AnswerUpdate> Updates, bool HasCalls);

/// <summary>One answer to a question, noted as it is written.</summary>
/// <param name="served">The model.</param>
/// <param name="turn">The question.</param>
/// <param name="index">Which of its answers; each draws with a seed of its own.</param>
/// <param name="record">Where it is noted.</param>
internal sealed class AnswerStream(ServedModel served, ChatTurn turn, int index, RequestRecord record)
{
    public async IAsyncEnumerable<AnswerPiece> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        (GenerationOptions sampling, AnswerReader reader) = turn.Begin();
        if (sampling.Seed is ulong seed)
        {
            sampling = sampling with { Seed = unchecked(seed + (ulong)index) };
        }
        var text = new TextRequest { Options = sampling, TextStandsAlone = true, Follows = index > 0, Watch = record.Of(index) };
        await foreach (GeneratedToken token in served.Texts.GenerateAsync(turn.Ids, text, cancellationToken).ConfigureAwait(false))
        {
            record.AddToken(index, token.Text);
            if (token.Result is GenerationResult result && index == 0)
            {
                record.AddCached(result.ReusedTokens);
            }
            IReadOnlyList<AnswerUpdate> updates = reader.Push(token);
            if (updates.Any(update => update is ReasoningText))
            {
                record.AddReasoning(1);
            }
            yield return new AnswerPiece(token, updates, reader.HasCalls);
        }
    }
}
