using DecoupleQ.Generation;
using DecoupleQ.Generation.Sampling;
using DecoupleQ.Models;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Generation;

public sealed class AnswerSignalsTests
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public void They_are_the_means_of_what_each_token_says()
    {
        using LanguageModel model = LanguageModel.Load(Paths.Model, new() { Threads = 1 });
        GenerationResult result = new TextGenerator(model).Generate(
            "The old man", new() { MaxTokens = 40, Temperature = 1, Seed = 3, Signals = true, LogProbabilities = 0 }, cancellationToken: Ended);
        AnswerSignals signals = Assert.IsType<AnswerSignals>(result.Signals);
        Assert.Equal(result.Ids.Count, signals.Tokens);
        Assert.Equal(result.LogProbabilities!.Average(token => token.LogProbability), signals.LogProbability, 1e-6);
        Assert.Equal(0, signals.Overruled);

        // The entropies again, from the logits in float64.
        using DecoupleQ.Models.Sequence sequence = model.Begin(new() { Length = 100 });
        ReadOnlySpan<float> logits = sequence.Append([model.Tokenizer.LeadingId!.Value, .. model.Tokenizer.Encode("The old man")], Ended);
        double entropy = 0;
        foreach (int id in result.Ids)
        {
            double[] row = [.. logits.ToArray().Select(logit => (double)logit)];
            double most = row.Max(), sum = row.Sum(logit => Math.Exp(logit - most));
            entropy -= row.Select(logit => logit - most - Math.Log(sum)).Sum(log => Math.Exp(log) * log);
            logits = sequence.Decode(id, Ended);
        }
        Assert.Equal(entropy / result.Ids.Count, signals.Entropy, 1e-5);
        Assert.Null(new TextGenerator(model).Generate("The old man", new() { MaxTokens = 2 }, cancellationToken: Ended).Signals);
    }

    [Fact]
    public void A_constraint_overrules_where_it_does_not_allow_the_best()
    {
        using LanguageModel model = LanguageModel.Load(Paths.Model, new() { Threads = 1 });
        int free = new TextGenerator(model).Generate("The old man", new() { MaxTokens = 1, Temperature = 0 }, cancellationToken: Ended).Ids[0];
        GenerationOptions options = new() { MaxTokens = 1, Temperature = 0, Signals = true };
        Assert.Equal(1, Overruled(free + 1));
        Assert.Equal(0, Overruled(free));

        double Overruled(int id) => new TextGenerator(model).Generate("The old man", options with { Constraint = new Only(id) }, cancellationToken: Ended)
            .Signals!.Overruled;
    }

    [Theory]
    [InlineData(0, 1, 2, 3)]
    [InlineData(0, 1, 2, 3, 4, 5)]
    [InlineData(0.5, 7, 7, 7, 7, 7)]
    [InlineData(0.2, 1, 2, 3, 4, 1, 2, 3, 4)]
    public void Repetition_is_the_share_of_runs_that_came_before(double expected, params int[] ids)
    {
        var meter = new SignalMeter();
        float[] logits = [0, float.NegativeInfinity, 0, 0, 0, 0, 0, 0];
        foreach (int count in Enumerable.Range(1, ids.Length))
        {
            meter.Add(logits, [.. ids[..count].Select(id => id == 1 ? 2 : id)], overruled: false);
        }
        Assert.Equal(expected, meter.Signals.Repetition, 1e-12);
        Assert.Equal(-Math.Log(7), meter.Signals.LogProbability, 1e-6);
        Assert.Equal(Math.Log(7), meter.Signals.Entropy, 1e-6);
    }

    private sealed class Only(int id) : ITokenConstraint
    {
        public void Allow(ReadOnlySpan<int> generated, TokenMask allowed) => allowed[id] = true;
    }
}
