using DecoupleQ.Models;
using DecoupleQ.Tensors;

namespace DecoupleQ.Evaluation.Tasks;

/// <summary>How probable a model finds each of several answers; what they have in common at their start is computed once.</summary>
/// <param name="model">The model.</param>
/// <param name="keyValues">How keys and values are kept.</param>
internal sealed class ChoiceScoring(LanguageModel model, KeyValueFormat keyValues)
{
    /// <summary>Bytes of keys and values that a question may need.</summary>
    // The start, and one choice at a time.
    public long BytesFor(ChoicePrompt prompt) => 2 * model.KeyValueBytesFor(prompt.Wholes.Max(whole => whole.Length), keyValues);

    /// <summary>Scores the choices of a question.</summary>
    /// <param name="prompt">The question.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">The model's logits are not finite, or there is no memory.</exception>
    public ItemResult Score(ChoicePrompt prompt, CancellationToken cancellationToken)
    {
        double[] sums = Sums(prompt, cancellationToken);
        ChoiceScore[] scores =
        [
            .. sums.Select((sum, i) => new ChoiceScore(sum, prompt.Wholes[i].Length - prompt.First, prompt.Item.Choices[i].EnumerateRunes().Count())),
        ];
        var result = new ChoiceResult(
            scores,
            Best(scores, score => score.LogLikelihood),
            Best(scores, score => score.LogLikelihood / score.Characters),
            Best(scores, score => score.LogLikelihood / score.Tokens));
        bool isRight = result.Best == prompt.Item.RightChoice;
        return new ItemResult(prompt.Item, isRight ? 1 : 0, isRight) { Choice = result };
    }

    private double[] Sums(ChoicePrompt prompt, CancellationToken cancellationToken)
    {
        if (model.LengthMatters)
        {
            // What is computed of a prompt depends on the length of the whole.
            return Array.ConvertAll(prompt.Wholes, whole =>
            {
                using Sequence alone = Begin(whole.Length);
                return Sum(alone, whole, prompt.First, cancellationToken);
            });
        }
        using Sequence start = Begin(prompt.Wholes.Max(whole => whole.Length));
        // The logits of the prompt's last id are needed, and so it is run with each choice.
        int common = prompt.Wholes.Min(whole => whole.AsSpan().CommonPrefixLength(prompt.Wholes[0].AsSpan(0, prompt.First - 1)));
        if (common > 0)
        {
            start.Append(prompt.Wholes[0].AsSpan(0, common), cancellationToken);
        }
        return Array.ConvertAll(prompt.Wholes, whole =>
        {
            using Sequence fork = start.Fork();
            return Sum(fork, whole, prompt.First, cancellationToken);
        });
    }

    private Sequence Begin(int length) => model.Begin(new() { Length = length, KeyValues = keyValues, Products = ProductArithmetic.Float32 });

    // The last id predicts nothing.
    private static double Sum(Sequence sequence, int[] whole, int first, CancellationToken cancellationToken)
    {
        double[] logs = new double[whole.Length - first];
        sequence.AppendAll(whole.AsSpan(sequence.Length..^1), Take, cancellationToken);
        return logs.Sum();

        void Take(int position, int count, ReadOnlySpan<float> rows)
        {
            int width = rows.Length / count;
            for (int row = Math.Max(0, first - 1 - position); row < count; row++)
            {
                int next = position + row + 1;
                ReadOnlySpan<float> logits = rows.Slice(row * width, width);
                logs[next - first] = logits[whole[next]] - Distribution.LogSumExp(logits);
            }
        }
    }

    private static int Best(ChoiceScore[] scores, Func<ChoiceScore, double> by)
    {
        int best = 0;
        for (int i = 1; i < scores.Length; i++)
        {
            best = by(scores[i]) > by(scores[best]) ? i : best;
        }
        return best;
    }
}
