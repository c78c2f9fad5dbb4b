using DecoupleQ.Models;
using DecoupleQ.Pilot.Quality;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Pilot.Risk;
using DecoupleQ.Pilot.Slices;
using DecoupleQ.Pilot.TestData;
using DecoupleQ.Statistics;

namespace DecoupleQ.Pilot.Tests;

public sealed class RiskTests(TinyModels models) : IClassFixture<TinyModels>
{
    private static readonly ContinuationOptions Short = new() { Texts = 12, StartTokens = 8, Tokens = 20 };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Two_models_that_are_the_same_raise_no_alarm()
    {
        IReadOnlyList<WindowFigures> figures = QualityMeasurement.Measure(models.Dense, models.Dense, models.Windows, cancellationToken: Token);
        RiskFigures risk = RiskSummary.Of(models.Windows, figures, models.Dense.Tokenizer, [], [new("layer", 0, null, null, null)], Token);
        Assert.NotEmpty(risk.Slices);
        Assert.All(risk.Slices, slice => Assert.False(slice.StandsOut));
        Assert.All(risk.Slices, slice => Assert.Equal(0, slice.Difference.Value));
        Assert.Empty(risk.Tokens);
        Assert.Empty(risk.Layers);
        Assert.Equal(0, risk.HalvesNoise);
    }

    [Fact]
    public void Windows_are_items_of_the_slices_of_their_text()
    {
        IReadOnlyList<WindowFigures> figures = QualityMeasurement.Measure(models.Dense, models.Packed, models.Windows, cancellationToken: Token);
        IReadOnlyList<SliceItem> items = WindowSlices.Items(models.Windows, figures);
        Assert.All(items, item => Assert.Contains(new SliceName(SliceKind.Source, "validation.txt"), item.Slices));
        Assert.All(items, item => Assert.Equal(TinyModels.Context - 1, item.Weight));
        Assert.Equal(
            figures.Sum(window => window.PackedLoss - window.DenseLoss), items.Sum(item => item.Difference * item.Weight), 1e-9);
        Assert.Throws<ArgumentException>(() => WindowSlices.Items([.. models.Windows.Reverse()], figures));
    }

    [Fact]
    public void The_tokens_that_changed_most_stand_in_their_text()
    {
        IReadOnlyList<WindowFigures> figures = QualityMeasurement.Measure(models.Dense, models.Packed, models.Windows, cancellationToken: Token);
        IReadOnlyList<ChangedToken> tokens = ChangedTokens.Of(models.Windows, figures, models.Dense.Tokenizer);
        int all = models.Windows.Count * (TinyModels.Context - 1);
        Assert.Equal((all + 99) / 100, tokens.Count);
        double[] largest = [.. figures.SelectMany(window => window.Changed).Select(changed => changed.KlDivergence).OrderDescending().Take(tokens.Count)];
        Assert.Equal(largest, tokens.Select(token => token.KlDivergence));
        foreach (ChangedToken token in tokens)
        {
            Assert.Equal("validation.txt", token.Source);
            Assert.Contains(models.Windows, window => window.Text.Contains(token.Before + token.Token + token.After, StringComparison.Ordinal));
            Assert.InRange(token.Before.Length, 0, ChangedTokens.ContextCharacters);
            Assert.InRange(token.After.Length, 0, ChangedTokens.ContextCharacters);
            Assert.NotEqual("", token.DenseChoice);
            Assert.NotEqual("", token.PackedChoice);
        }
    }

    [Fact]
    public void At_most_forty_tokens_are_named_of_a_long_test()
    {
        TestWindow[] windows = [.. Enumerable.Range(0, 300).Select(i => models.Windows[0] with { Ids = [.. models.Windows[0].Ids.Take(20), 300 + i] })];
        ChangedPosition[] changed = [.. Enumerable.Range(1, 20).Select(place => new ChangedPosition(place, 21 - place, 0.5, 0.1, 5, 4_000_000))];
        IReadOnlyList<ChangedToken> tokens = ChangedTokens.Of(
            windows, [.. windows.Select(window => new WindowFigures(window.Key, 20, 1, 2, 3, 0, changed))], models.Dense.Tokenizer);
        Assert.Equal(WindowFigures.MostChanged, tokens.Count);
        Assert.All(tokens, token => Assert.Equal(20, token.KlDivergence));
        // An id of the head that no token has.
        Assert.All(tokens, token => Assert.Equal("<4000000>", token.PackedChoice));
    }

    [Fact]
    public void Noise_is_what_random_halves_differ_by()
    {
        // All windows alike: halves do not differ.
        Assert.Equal(0, HalvesNoise.Of([.. Enumerable.Range(0, 20).Select(_ => Window(2))]), 1e-12);
        Assert.Equal(0, HalvesNoise.Of([Window(2)]));
        // Two windows: any two halves differ by as much as they do.
        Assert.Equal(0.3, HalvesNoise.Of([Window(1), Window(4)]), 1e-12);
        // Independent ones with deviation d: the difference of means of two halves of n / 2 has deviation 2 d / sqrt(n), and 1.96 of these are 95 %.
        var random = new Random(1);
        double[] losses = [.. Enumerable.Range(0, 400).Select(_ => random.NextDouble())];
        double mean = losses.Average(), deviation = Math.Sqrt(losses.Average(loss => (loss - mean) * (loss - mean)));
        double expected = 1.96 * 2 * deviation / 10 / Math.Sqrt(losses.Length);
        Assert.Equal(1, HalvesNoise.Of([.. losses.Select(Window)]) / expected, 0.1);

        static WindowFigures Window(double difference) => new("", 10, 5, 5 + difference, 0, 0, []);
    }

    [Fact]
    public async Task Both_models_continue_the_same_starts()
    {
        var reports = new Reports();
        IReadOnlyList<ContinuationPair> pairs = await Continuations.WriteAsync(models.Dense, models.Packed, models.Windows, Short, reports, Token);
        Assert.Equal(Short.Texts, pairs.Count);
        Assert.Equal(Enumerable.Range(1, 2 * Short.Texts), reports.Seen.Select(report => report.Done));
        foreach ((int i, ContinuationPair pair) in pairs.Index())
        {
            TestWindow window = models.Windows[i];
            Assert.Equal(window.Key, pair.Window);
            Assert.InRange(pair.Packed.Tokens, 1, Short.Tokens);
            if (i % 4 == 0)
            {
                int[] greedy = Greedy(models.Dense, [.. window.Ids.Take(Short.StartTokens)]);
                Assert.Equal(greedy.Length, pair.Dense.Tokens);
                Assert.Equal(Repetition(greedy), pair.Dense.Repetition, 1e-12);
            }
        }
        Assert.Contains(pairs, pair => pair.Dense.Text != pair.Packed.Text);

        IReadOnlyList<ContinuationPair> same = await Continuations.WriteAsync(models.Dense, models.Dense, models.Windows, Short, cancellationToken: Token);
        Assert.All(same, pair => Assert.Equal(pair.Dense, pair.Packed));
        Assert.Equal(pairs.Select(pair => pair.Dense), same.Select(pair => pair.Dense));
    }

    [Fact]
    public void Shares_of_repetition_and_of_empty_texts_have_intervals()
    {
        Continuation[] texts =
        [
            .. Enumerable.Range(0, 12).Select(i => new Continuation(i < 3 ? " \n" : "some text", 20, i % 2 == 0 ? 0.5 : 0, i < 3)),
        ];
        Estimate repetition = Continuations.Repetition(texts), empty = Continuations.Empty(texts);
        Assert.Equal(0.25, repetition.Value, 1e-12);
        Assert.True(repetition.Low < 0.25 && repetition.High > 0.25);
        Assert.Equal(Proportions.Of(3, 12), empty);
    }

    [Fact]
    public async Task Continuations_that_do_not_fit_the_context_are_refused()
    {
        DecoupleQException error = await Assert.ThrowsAsync<DecoupleQException>(() => Continuations.WriteAsync(
            models.Dense, models.Packed, models.Windows, Short with { Tokens = models.Dense.ContextLength - Short.StartTokens }, cancellationToken: Token));
        Assert.Equal("Tokens", error.Field);
    }

    [Fact]
    public async Task The_defaults_fit_a_short_context()
    {
        using LanguageModel small = LanguageModel.Load(models.DenseFolder, new() { ContextLength = 12, Threads = 2 });
        IReadOnlyList<ContinuationPair> pairs = await Continuations.WriteAsync(small, small, [.. models.Windows.Take(2)], cancellationToken: Token);
        Assert.All(pairs, pair => Assert.InRange(pair.Dense.Tokens, 1, 7));
    }

    // Token by token, the most probable one each time, by the logits of the whole text.
    private static int[] Greedy(LanguageModel model, int[] start)
    {
        int[] prompt = start[0] == 1 ? start : [1, .. start];
        List<int> ids = [.. prompt];
        while (ids.Count - prompt.Length < Short.Tokens)
        {
            float[] last = model.Logits(ids)[^model.VocabularySize..];
            ids.Add(Array.IndexOf(last, last.Max()));
            if (model.EndIds.Contains(ids[^1]))
            {
                break;
            }
        }
        return [.. ids.Skip(prompt.Length)];
    }

    private static double Repetition(int[] ids)
    {
        string[] runs = [.. Enumerable.Range(0, Math.Max(0, ids.Length - 3)).Select(i => string.Join(' ', ids.Skip(i).Take(4)))];
        return runs.Length == 0 ? 0 : 1 - ((double)runs.Distinct().Count() / runs.Length);
    }
}
