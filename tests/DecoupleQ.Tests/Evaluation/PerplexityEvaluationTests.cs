using System.Text.Json.Nodes;
using DecoupleQ.Evaluation;
using DecoupleQ.Models;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;
using DecoupleQ.Tests.Generation;
using DecoupleQ.Tests.Models;

namespace DecoupleQ.Tests.Evaluation;

public sealed class PerplexityEvaluationTests : IDisposable
{
    private const int Context = 48;

    private static readonly string Text = File.ReadAllText(Path.Combine(Paths.Samples, "text", "validation.txt"))[..2000];

    private readonly LanguageModel _model = LanguageModel.Load(Paths.Model);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Perplexity_is_what_its_definition_gives_in_float64()
    {
        // BOS once, before everything; windows do not overlap; the incomplete last one is dropped; the first id of a window is not predicted.
        int[] ids = [1, .. _model.Tokenizer.Encode(Text)];
        int windows = ids.Length / Context;
        double loss = 0;
        for (int w = 0; w < windows; w++)
        {
            int[] window = ids[(w * Context)..((w + 1) * Context)];
            float[] logits = _model.Logits(window);
            for (int i = 0; i + 1 < Context; i++)
            {
                double[] row = [.. logits.Skip(i * _model.VocabularySize).Take(_model.VocabularySize)];
                loss += Math.Log(row.Sum(Math.Exp)) - row[window[i + 1]];
            }
        }
        EvaluationResult result = PerplexityEvaluation.Measure(_model, Text, new() { Context = Context }, cancellationToken: Token);
        Assert.True(windows > 5);
        Assert.Equal((windows, Context, (long)windows * (Context - 1)), (result.Windows, result.Context, result.Tokens));
        double expected = Math.Exp(loss / result.Tokens);
        Assert.Equal(expected, result.Perplexity, 1e-5 * expected);
        Assert.Null(result.KlDivergence);
        Assert.Null(result.Top1Agreement);
    }

    [Fact]
    public void A_file_has_the_windows_of_its_text_and_is_read_no_further_than_they_are_asked_for()
    {
        using var folder = new TemporaryFolder();
        string file = Path.Combine(folder.Path, "text.txt"), text = string.Concat(Enumerable.Repeat(Text, 60));
        File.WriteAllText(file, text);
        foreach (int? most in (int?[])[2, null])
        {
            EvaluationOptions options = new() { Context = most is null ? 250 : Context, MaxWindows = most };
            string part = most is null ? text[..8000] : text;
            File.WriteAllText(file, part);
            Assert.Equal(
                PerplexityEvaluation.Measure(_model, part, options, cancellationToken: Token) with { Elapsed = default },
                PerplexityEvaluation.MeasureFile(_model, file, options, cancellationToken: Token) with { Elapsed = default });
        }
        File.WriteAllText(file, text);
        using (FileStream more = new(file, FileMode.Append))
        {
            more.Write([0xFF, 0xFE, 0xFF]);
        }
        Assert.Equal(1, PerplexityEvaluation.MeasureFile(_model, file, new() { Context = Context, MaxWindows = 1 }, cancellationToken: Token).Windows);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => PerplexityEvaluation.MeasureFile(_model, file, new(), cancellationToken: Token));
        Assert.Equal(file, error.File);
    }

    [Fact]
    public void An_older_scaling_beside_newer_parameters_gives_the_perplexity_that_it_gives_in_transformers()
    {
        using var folder = new TemporaryFolder();
        SampleCopy.Write(folder.Path, "config.json", new()
        {
            ["rope_scaling"] = new JsonObject { ["rope_type"] = "linear", ["factor"] = 4.0 },
            ["rope_parameters"] = new JsonObject { ["rope_type"] = "default", ["rope_theta"] = 10000.0 },
        });
        using LanguageModel scaled = LanguageModel.Load(folder.Path);
        string text = File.ReadAllText(Path.Combine(Paths.Samples, "text", "validation.txt"));
        EvaluationOptions options = new() { Context = 96, MaxWindows = 2 };
        Assert.Equal(57.695, PerplexityEvaluation.Measure(scaled, text, options, cancellationToken: Token).Perplexity, 5e-3);
        Assert.Equal(26.992, PerplexityEvaluation.Measure(_model, text, options, cancellationToken: Token).Perplexity, 5e-3);
    }

    [Fact]
    public void A_model_agrees_with_itself()
    {
        using LanguageModel same = LanguageModel.Load(Paths.Model);
        EvaluationResult result = PerplexityEvaluation.Measure(_model, Text, new() { Context = Context, MaxWindows = 2 }, same, cancellationToken: Token);
        Assert.Equal(0, result.KlDivergence!.Value, 1e-9);
        Assert.Equal(1, result.Top1Agreement);
        Assert.Equal(result.Perplexity, result.ReferencePerplexity);
    }

    [Fact]
    public void The_result_does_not_depend_on_the_threads()
    {
        var options = new EvaluationOptions { Context = Context, MaxWindows = 2 };
        using LanguageModel one = LanguageModel.Load(Paths.Model, new() { Threads = 1 }), three = LanguageModel.Load(Paths.Model, new() { Threads = 3 });
        Assert.Equal(
            PerplexityEvaluation.Measure(one, Text, options, cancellationToken: Token).Perplexity,
            PerplexityEvaluation.Measure(three, Text, options, cancellationToken: Token).Perplexity);
    }

    [Fact]
    public void A_window_that_goes_over_to_float32_is_measured_in_float32_throughout_with_a_reference_and_without()
    {
        using var folder = new TemporaryFolder();
        string text = File.ReadAllText(Path.Combine(Paths.Samples, "text", "validation.txt"))[..5000];
        var options = new LanguageModelOptions { Threads = 2, ContextLength = 2000 };
        using LanguageModel usual = LanguageModel.Load(LargeValueModel.Original, options);
        int[] ids = [1, .. usual.Tokenizer.Encode(text)];
        const int Window = 1100;
        int at = Enumerable.Range(700, 300).First(i => Array.IndexOf(ids, ids[i]) == i);
        LargeValueModel.Write(folder.Path, token: ids[at], block: 1, factor: 1e6f);
        using LanguageModel large = LanguageModel.Load(folder.Path, options);
        EvaluationOptions single = new() { Context = Window, MaxWindows = 1, KeyValues = KeyValueFormat.F32 };
        EvaluationOptions half = single with { KeyValues = KeyValueFormat.F16 };
        double expected = PerplexityEvaluation.Measure(large, text, single, cancellationToken: Token).Perplexity;
        Assert.Equal(expected, PerplexityEvaluation.Measure(large, text, half, cancellationToken: Token).Perplexity);

        EvaluationResult own = PerplexityEvaluation.Measure(large, text, half, usual, cancellationToken: Token);
        Assert.Equal(expected, own.Perplexity);
        EvaluationResult other = PerplexityEvaluation.Measure(usual, text, half, large, cancellationToken: Token);
        Assert.Equal(expected, other.ReferencePerplexity);
        Assert.Equal((own.ReferencePerplexity, own.Top1Agreement), (other.Perplexity, other.Top1Agreement));
        EvaluationResult both = PerplexityEvaluation.Measure(large, text, half, large, cancellationToken: Token);
        Assert.Equal((expected, expected, 0d), (both.Perplexity, both.ReferencePerplexity, Math.Round(both.KlDivergence!.Value, 9)));
    }

    [Fact]
    public void Progress_tells_the_perplexity_of_the_windows_so_far()
    {
        var reports = new Reports();
        EvaluationResult result = PerplexityEvaluation.Measure(
            _model, Text, new() { Context = Context, MaxWindows = 3 }, progress: reports, cancellationToken: Token);
        Assert.Equal([1, 2, 3], reports.Seen.Select(r => r.Windows));
        Assert.All(reports.Seen, r => Assert.Equal(3, r.TotalWindows));
        Assert.Equal(result.Perplexity, reports.Seen[^1].Perplexity);
        Assert.Equal(
            PerplexityEvaluation.Measure(_model, Text, new() { Context = Context, MaxWindows = 1 }, cancellationToken: Token).Perplexity,
            reports.Seen[0].Perplexity);
    }

    [Fact]
    public void What_is_measured_in_each_window_is_what_its_definition_gives_and_adds_up_to_the_result()
    {
        using LanguageModel other = LanguageModel.Load(Paths.Golden("golden", "tiny", "tiny-llama-spm"));
        var seen = new List<WindowMeasurement>();
        EvaluationOptions options = new() { Context = Context, MaxWindows = 2, OnWindow = seen.Add };
        EvaluationResult result = PerplexityEvaluation.Measure(_model, Text, options, other, cancellationToken: Token);
        int[] ids = [1, .. _model.Tokenizer.Encode(Text)];
        Assert.Equal(ids[..(2 * Context)], seen.SelectMany(window => window.Ids));
        Assert.Equal(result.Perplexity, Math.Exp(seen.SelectMany(window => window.Losses).Aggregate(0.0, (sum, loss) => sum + loss) / result.Tokens));
        Assert.Equal(result.KlDivergence, seen.SelectMany(window => window.Reference!.Divergences).Aggregate(0.0, (sum, here) => sum + here) / result.Tokens);
        foreach (WindowMeasurement window in seen)
        {
            float[] own = _model.Logits(window.Ids), reference = other.Logits(window.Ids);
            for (int i = 0; i + 1 < Context; i++)
            {
                double[] q = Probabilities(own, i), p = Probabilities(reference, i);
                Assert.Equal(-Math.Log(q[window.Ids[i + 1]]), window.Losses[i], 1e-4);
                Assert.Equal(-Math.Log(p[window.Ids[i + 1]]), window.Reference!.Losses[i], 1e-4);
                Assert.Equal(p.Zip(q, (x, y) => x * Math.Log(x / y)).Sum(), window.Reference.Divergences[i], 1e-4);
                Assert.Equal((Array.IndexOf(p, p.Max()), Array.IndexOf(q, q.Max())), (window.Reference.Choices[i], window.Choices[i]));
            }
        }
        WindowMeasurement alone = PerplexityEvaluation.MeasureWindow(_model, [.. seen[1].Ids], other, cancellationToken: Token);
        Assert.Equal(seen[1].Losses, alone.Losses);
        Assert.Equal(seen[1].Reference!.Divergences, alone.Reference!.Divergences);
        Assert.Null(PerplexityEvaluation.MeasureWindow(_model, [.. seen[1].Ids], cancellationToken: Token).Reference);
    }

    [Fact]
    public void A_window_that_is_no_window_of_the_model_is_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => PerplexityEvaluation.MeasureWindow(_model, [1, 4096], cancellationToken: Token));
        Assert.Throws<DecoupleQException>(() => PerplexityEvaluation.MeasureWindow(_model, [1], cancellationToken: Token));
        Assert.Throws<DecoupleQException>(() => PerplexityEvaluation.MeasureWindow(_model, new int[257], cancellationToken: Token));
    }

    [Theory]
    [InlineData(1, null, "context")]
    [InlineData(257, null, "context")]
    [InlineData(32, 0, "max-windows")]
    [InlineData(256, null, "text")]
    public void What_cannot_be_evaluated_is_refused_by_name(int context, int? windows, string field)
    {
        DecoupleQException error = Assert.Throws<DecoupleQException>(
            () => PerplexityEvaluation.Measure(_model, Text[..400], new() { Context = context, MaxWindows = windows }, cancellationToken: Token));
        Assert.Equal(field, error.Field);
        Assert.NotNull(error.Expected);
    }

    [Fact]
    public void A_reference_with_another_vocabulary_is_refused()
    {
        using LanguageModel other = LanguageModel.Load(Paths.Golden("golden", "tiny", "tiny-llama3"));
        DecoupleQException error = Assert.Throws<DecoupleQException>(
            () => PerplexityEvaluation.Measure(_model, Text, new() { Context = Context }, other, cancellationToken: Token));
        Assert.Equal((other.Path, "vocab_size"), (error.File, error.Field));
    }

    [Fact]
    public void Comparing_models_of_a_large_vocabulary_holds_a_part_of_their_logits()
    {
        const int Vocabulary = 150_000, Window = 256;
        using var folder = new TemporaryFolder();
        LargeVocabulary.Write(folder, Vocabulary);
        // One thread, which is this one: what it allocates is all that there is.
        using LanguageModel model = LanguageModel.Load(folder.Path, new() { Threads = 1 }), other = LanguageModel.Load(folder.Path, new() { Threads = 1 });
        string text = File.ReadAllText(Path.Combine(Paths.Samples, "text", "validation.txt"))[..4000];
        long before = GC.GetAllocatedBytesForCurrentThread();
        EvaluationResult result = PerplexityEvaluation.Measure(model, text, new() { Context = Window, MaxWindows = 1 }, other, cancellationToken: Token);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before, whole = 2L * (Window - 1) * Vocabulary * sizeof(float);
        Assert.InRange(allocated, 0, whole / 2);
        Assert.Equal(result.Perplexity, result.ReferencePerplexity);
        Assert.Equal(0, result.KlDivergence!.Value, 1e-9);
    }

    public void Dispose() => _model.Dispose();

    private double[] Probabilities(float[] logits, int position)
    {
        double[] row = [.. logits.Skip(position * _model.VocabularySize).Take(_model.VocabularySize).Select(logit => Math.Exp(logit))];
        double sum = row.Sum();
        return [.. row.Select(x => x / sum)];
    }

    private sealed class Reports : IProgress<EvaluationProgress>
    {
        public List<EvaluationProgress> Seen { get; } = [];

        public void Report(EvaluationProgress value) => Seen.Add(value);
    }
}
