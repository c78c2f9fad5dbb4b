using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Quantization.Tests.Calibration;

public sealed class CalibrationSourceTests
{
    private const int Context = 24;
    private static readonly Tokenizer Tokenizer = TokenizerFiles.Load(Paths.Model);

    [Fact]
    public void The_builtin_text_is_of_many_kinds_and_enough_for_the_windows_of_a_small_model()
    {
        using StreamReader reader = new(BuiltinText.Open());
        string text = reader.ReadToEnd();
        Assert.InRange(text.Length, 200_000, 400_000);
        Assert.All((string[])["Assistant:", "SELECT", "def median", "Der alte", "Старик", "春天", "Theorem."], kind => Assert.Contains(kind, text));
        Assert.Empty(CalibrationWindows.FromTexts(["builtin"], Tokenizer, 128, 16, 256, 0).Warnings);
    }

    [Fact]
    public void Beside_other_sources_the_model_writes_every_other_window()
    {
        CalibrationWindows alone = CalibrationWindows.FromTexts(["self"], Tokenizer, 3, 1, Context, 0);
        CalibrationWindows mixed = Windows("builtin", "self"), text = Windows("builtin");
        Assert.Equal([0, 1, 2, 3], alone.Unwritten);
        Assert.Equal(["builtin", "self"], mixed.Sources);
        Assert.Equal([1, 3], mixed.Unwritten);
        Assert.Empty(text.Unwritten);
        Assert.Equal(text.Ids[0], mixed.Ids[0]);
        Assert.Equal(new int[Context], mixed.Ids[1]);

        int[] first = [.. Enumerable.Repeat(5, Context)], second = [.. Enumerable.Repeat(6, Context)];
        CalibrationWindows whole = mixed.With([first, second]);
        Assert.Equal([mixed.Ids[0], first, mixed.Ids[2]], whole.Ids);
        Assert.Equal([second], whole.HeldOut);
        Assert.Empty(whole.Unwritten);

        static CalibrationWindows Windows(params string[] sources) => CalibrationWindows.FromTexts(sources, Tokenizer, 3, 1, Context, 0);
    }

    [Fact]
    public void What_a_model_writes_depends_on_the_seed_and_the_window_alone()
    {
        using var model = LanguageModel.Load(Paths.Model, new() { Threads = 2 });
        int told = 0;
        int[][] together = new SelfWrittenText(model, Context, 3).Write(3, SelfWrittenText.KeyValueBytes, ids => told += ids, CancellationToken.None);
        Assert.Equal(3 * (Context - 1), told);
        Assert.All(together, ids => Assert.Equal(Context, ids.Length));
        Assert.All(together, ids => Assert.Equal(1, ids[0])); // <s>, which the tokenizer puts before each text
        Assert.Equal(3, together.Select(ids => string.Join(' ', ids)).Distinct().Count());
        Assert.Equal(together, new SelfWrittenText(model, Context, 3).Write(3, 1, _ => { }, CancellationToken.None));
        Assert.NotEqual(together, new SelfWrittenText(model, Context, 4).Write(3, 1, _ => { }, CancellationToken.None));
    }

    [Fact]
    public void What_a_model_writes_is_likely_to_it()
    {
        using var model = LanguageModel.Load(Paths.Model);
        int[] ids = new SelfWrittenText(model, 128, 0).Write(1, 1, _ => { }, CancellationToken.None)[0];
        // Its entropy is near the logarithm of its perplexity on books, 37.6; ids drawn uniformly would be at ln 4096 = 8.3 or more.
        Assert.InRange(MeanSurprise(model, ids), 2, 5);
    }

    private static double MeanSurprise(LanguageModel model, int[] ids)
    {
        float[] logits = model.Logits(ids);
        return Enumerable.Range(0, ids.Length - 1).Average(i =>
        {
            ReadOnlySpan<float> row = logits.AsSpan(i * model.VocabularySize, model.VocabularySize);
            double sum = 0;
            foreach (float logit in row)
            {
                sum += Math.Exp(logit);
            }
            return Math.Log(sum) - row[ids[i + 1]];
        });
    }
}
