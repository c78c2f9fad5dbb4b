using System.Numerics.Tensors;
using System.Text.Json.Nodes;
using DecoupleQ.Models;
using DecoupleQ.Monitoring.Comparisons;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Testing;
using DecoupleQ.Tests.Generation;

namespace DecoupleQ.Tests.Monitoring;

public sealed class AnswerReplayTests
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public void It_measures_what_whole_texts_say_in_float64()
    {
        using var folder = new TemporaryFolder();
        // Another norm's epsilon makes another model of the same vocabulary.
        SampleCopy.Write(folder.Path, "config.json", new JsonObject { ["rms_norm_eps"] = 0.5 });
        using LanguageModel model = LanguageModel.Load(Paths.Model, new() { Threads = 1 }), other = LanguageModel.Load(folder.Path, new() { Threads = 1 });
        int[] text = [.. model.Tokenizer.Encode("It was a bright cold day in April, and the clocks were striking thirteen. The old man said nothing.")];
        int[] prompt = [1, .. text[..9]], answer = text[9..];
        using var replay = new AnswerReplay(model, other, prompt, answer);
        int steps = 0;
        for (; !replay.Finished; steps++)
        {
            replay.Step(Ended);
        }
        Assert.True(steps > 2);
        replay.Step(Ended);

        float[][] own = Logits(model, [.. prompt, .. answer]), reference = Logits(other, [.. prompt, .. answer]);
        double divergence = 0, loss = 0, referenceLoss = 0;
        int agreements = 0;
        for (int i = 0; i < answer.Length; i++)
        {
            double[] p = LogSoftmax(reference[prompt.Length - 1 + i]), q = LogSoftmax(own[prompt.Length - 1 + i]);
            divergence += p.Zip(q, (a, b) => Math.Exp(a) * (a - b)).Sum();
            loss -= q[answer[i]];
            referenceLoss -= p[answer[i]];
            agreements += TensorPrimitives.IndexOfMax<double>(p) == TensorPrimitives.IndexOfMax<double>(q) ? 1 : 0;
        }
        Assert.Equal(answer.Length, replay.Tokens);
        Assert.Equal(divergence, replay.KlDivergence, 1e-3 * divergence);
        Assert.Equal(loss, replay.LogLoss, 1e-4 * loss);
        Assert.Equal(referenceLoss, replay.ReferenceLogLoss, 1e-4 * referenceLoss);
        Assert.Equal(agreements, replay.Agreements);
        Assert.InRange(agreements, 1, answer.Length - 1);
    }

    [Fact]
    public void A_model_is_as_it_is()
    {
        using LanguageModel model = LanguageModel.Load(Paths.Model, new() { Threads = 1 });
        using var replay = new AnswerReplay(model, model, [1], [5, 6, 7, 8]);
        while (!replay.Finished)
        {
            replay.Step(Ended);
        }
        Assert.Equal((0, 4), (replay.KlDivergence, replay.Agreements));
        Assert.Equal(replay.LogLoss, replay.ReferenceLogLoss);
        Assert.Throws<DecoupleQException>(() => new AnswerReplay(model, model, [1], [.. Enumerable.Repeat(5, model.ContextLength + 1)]));
    }

    [Fact]
    public void A_summary_is_of_all_tokens()
    {
        ComparisonEntry[] answers = [.. Enumerable.Range(1, 20).Select(tokens => new ComparisonEntry
        {
            Time = default, Model = "m", Id = "", Route = "", Reference = "", Tokens = tokens, KlDivergence = 0.1 * tokens, Agreements = tokens - 1,
            LogLoss = 2 * tokens, ReferenceLogLoss = 1.5 * tokens,
        })];
        ComparisonSummary summary = ComparisonSummary.Of(answers);
        Assert.Equal((20, 210), (summary.Answers, summary.Tokens));
        Assert.Equal(0.1, summary.KlDivergence.Value, 1e-12);
        Assert.Equal(190 / 210.0, summary.Agreement.Value, 1e-12);
        Assert.Equal(Math.Exp(0.5), summary.PerplexityRatio.Value, 1e-12);
        Assert.InRange(190 / 210.0, summary.Agreement.Low!.Value, summary.Agreement.High!.Value);
        Assert.Equal(0, ComparisonSummary.Of([]).Answers);
    }

    private static float[][] Logits(LanguageModel model, int[] ids)
    {
        var rows = new float[ids.Length][];
        using DecoupleQ.Models.Sequence sequence = model.Begin(new() { Length = ids.Length });
        sequence.AppendAll(
            ids,
            (first, count, logits) =>
            {
                for (int row = 0; row < count; row++)
                {
                    rows[first + row] = logits.Slice(row * model.VocabularySize, model.VocabularySize).ToArray();
                }
            },
            Ended);
        return rows;
    }

    private static double[] LogSoftmax(float[] logits)
    {
        double most = logits.Max(), sum = logits.Sum(logit => Math.Exp(logit - most));
        return [.. logits.Select(logit => logit - most - Math.Log(sum))];
    }
}
