using DecoupleQ.Evaluation;
using DecoupleQ.Models;
using DecoupleQ.ModelFiles;
using DecoupleQ.Pilot.Overlaps;
using DecoupleQ.Pilot.TestData;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Pilot.Tests;

public sealed class TestSetTests : IDisposable
{
    private const int Context = 16;

    private static readonly string Text = File.ReadAllText(TinyModels.Text)[..40_000];

    private readonly TemporaryFolder _folder = new();
    private readonly LanguageModel _model = LanguageModel.Load(Paths.Golden("golden", "tiny", "tiny-llama-spm"));

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private Tokenizer Tokenizer => _model.Tokenizer;

    [Fact]
    public void Windows_are_those_that_perplexity_is_measured_on()
    {
        string file = _folder.Write("one.txt", "\uFEFF" + Text[..3000]);
        var evaluated = new List<string>();
        PerplexityEvaluation.MeasureFile(
            _model, file, new() { Context = Context, OnWindow = window => evaluated.Add(string.Join(' ', window.Ids)) }, cancellationToken: Token);
        TestSet test = TestSet.Read(Tokenizer, [file], new() { Context = Context }, calibration: null, Token);
        Assert.Equal(Context, test.Context);
        Assert.Equal(evaluated.Order(StringComparer.Ordinal), All(test).Select(window => string.Join(' ', window.Ids)).Order(StringComparer.Ordinal));
        Assert.All(All(test), window => Assert.Equal("one.txt", window.Source));
        Assert.All(All(test), window => Assert.Contains(window.Text.Trim('\uFFFD').Trim(), Text, StringComparison.Ordinal));
        Assert.InRange(test.Choose.Count - test.Judge.Count, -1, 1);
        Assert.Empty(test.Choose.Select(window => window.Key).Intersect(test.Judge.Select(window => window.Key)));
        Assert.False(test.Overlap.WasChecked);
    }

    [Fact]
    public void Files_take_turns_and_are_read_no_further_than_windows_are_asked_for()
    {
        string one = _folder.Write("one.txt", Text[..20_000]), two = _folder.Write("two.txt", Text[20_000..]);
        string little = _folder.Write("little.txt", Text[..200]), broken = _folder.Write("broken.txt", string.Concat(Enumerable.Repeat(Text, 8)));
        using (FileStream more = new(broken, FileMode.Append))
        {
            more.Write([0xFF, 0xFE]);
        }
        TestSet test = TestSet.Read(Tokenizer, [one, two, little, broken], new() { Context = Context, MaxWindows = 10 }, calibration: null, Token);
        Assert.Equal((10, 10), (test.Choose.Count, test.Judge.Count));
        Dictionary<string, int> counts = All(test).GroupBy(window => window.Source).ToDictionary(group => group.Key, group => group.Count());
        Assert.InRange(counts["one.txt"] - counts["two.txt"], -1, 1);
        // As often as there are windows, of which those that are in the first file too count once.
        Assert.True(counts["two.txt"] >= 6);

        // The same each time.
        TestSet other = TestSet.Read(Tokenizer, [one, two, little, broken], new() { Context = Context, MaxWindows = 10 }, calibration: null, Token);
        Assert.Equal(test.Judge.Select(window => window.Key), other.Judge.Select(window => window.Key));
    }

    [Fact]
    public void Windows_that_occur_in_the_calibration_are_left_out_and_told()
    {
        string file = _folder.Write("test.txt", Text);
        var index = new CalibrationIndex();
        index.AddText(Text[..10_000]);
        TestSetOptions options = new() { Context = 48, MaxWindows = 500 };
        TestSet all = TestSet.Read(Tokenizer, [file], options, calibration: null, Token), rest = TestSet.Read(Tokenizer, [file], options, index, Token);
        Assert.True(rest.Overlap.WasChecked);
        Assert.Equal(all.Windows, rest.Windows + rest.Overlap.Windows);
        Assert.Equal((double)rest.Overlap.Windows / all.Windows, rest.Overlap.Share, 1e-12);
        Assert.InRange(rest.Overlap.Share, 0.2, 0.3);
        Assert.All(All(rest), window => Assert.False(index.Of(window.Text).Occurs));

        DecoupleQException error = Assert.Throws<DecoupleQException>(() =>
        {
            index.AddText(Text);
            TestSet.Read(Tokenizer, [file], options, index, Token);
        });
        Assert.Contains("occur in the calibration", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Windows_that_were_calibrated_on_as_ids_are_left_out_too()
    {
        string file = _folder.Write("test.txt", Text[..4000]);
        TestSet all = TestSet.Read(Tokenizer, [file], new() { Context = Context }, calibration: null, Token);
        string table = IdTable.Write(_folder["ids.safetensors"], [.. all.Choose.Select(window => window.Ids)]);
        CalibrationIndex index = CalibrationTexts.Index([table], Token).Index!;
        TestSet rest = TestSet.Read(Tokenizer, [file], new() { Context = Context }, index, Token);
        Assert.Equal(all.Choose.Count, rest.Overlap.Windows);
        Assert.Equal(all.Judge.Select(window => window.Key).Order(), All(rest).Select(window => window.Key).Order());
    }

    [Fact]
    public void A_window_that_is_there_twice_counts_once()
    {
        string one = _folder.Write("one.txt", Text[..2000]), copy = _folder.Write("copy.txt", Text[..2000]);
        TestSet single = TestSet.Read(Tokenizer, [one], new() { Context = Context }, calibration: null, Token);
        TestSet both = TestSet.Read(Tokenizer, [one, copy], new() { Context = Context }, calibration: null, Token);
        Assert.Equal(single.Windows, both.Windows);
        Assert.Equal(single.Repeated + single.Windows + single.Repeated, both.Repeated);
    }

    [Fact]
    public void Files_without_a_window_and_files_that_are_there_twice_are_refused()
    {
        string little = _folder.Write("little.txt", "Hello."), other = Path.Combine(_folder.Path, ".", "little.txt");
        DecoupleQException error = Assert.Throws<DecoupleQException>(() =>
            TestSet.Read(Tokenizer, [little], new() { Context = Context }, calibration: null, Token));
        Assert.Equal((little, "test"), (error.File, error.Field));
        Assert.Throws<DecoupleQException>(() => TestSet.Read(Tokenizer, [little, other], new() { Context = Context }, calibration: null, Token));
        Assert.Throws<DecoupleQException>(() => TestSet.Read(Tokenizer, [], new() { Context = Context }, calibration: null, Token));
        Assert.Throws<DecoupleQException>(() => TestSet.Read(Tokenizer, [little], new() { Context = 1 }, calibration: null, Token));
    }

    [Fact]
    public void Files_of_the_same_name_are_told_apart()
    {
        Directory.CreateDirectory(_folder["a"]);
        string one = _folder.Write("one.txt", Text[..2000]), other = _folder.Write(Path.Combine("a", "one.txt"), Text[20_000..22_000]);
        TestSet test = TestSet.Read(Tokenizer, [one, other], new() { Context = Context }, calibration: null, Token);
        Assert.Equal(new[] { one, other }.Order(), All(test).Select(window => window.Source).Distinct().Order());
    }

    [Fact]
    public void Text_is_counted_until_there_is_enough()
    {
        string one = _folder.Write("one.txt", Text[..5000]), two = _folder.Write("two.txt", Text[5000..9000]);
        long expected = Tokenizer.Encode(Text[..5000]).Count + Tokenizer.Encode(Text[5000..9000]).Count;
        Assert.Equal(new TextAmount(expected, true, false), TextAmount.OfTest(Tokenizer, [one, two], 1_000_000, Token));
        Assert.Equal(new TextAmount(expected, true, true), TextAmount.OfCalibration(Tokenizer, [one, "self", two], 1_000_000, Token));
        TextAmount enough = TextAmount.OfTest(Tokenizer, [one, _folder["missing.txt"]], 100, Token);
        Assert.False(enough.IsWhole);
        Assert.True(enough.Tokens >= 100);
        Assert.True(TextAmount.OfCalibration(Tokenizer, ["builtin"], 1000, Token).Tokens >= 1000);
        Assert.Equal(new TextAmount(0, true, true), TextAmount.OfCalibration(Tokenizer, ["self"], 1000, Token));
        string table = IdTable.Write(_folder["ids.safetensors"], [[1, 2, 3], [4, 5, 6]]);
        Assert.Equal(new TextAmount(6, true, false), TextAmount.OfCalibration(Tokenizer, [table], 1, Token));
    }

    [Fact]
    public void What_a_model_writes_itself_cannot_be_looked_at()
    {
        string file = _folder.Write("calibration.txt", Text[..3000]);
        (CalibrationIndex? none, IReadOnlyList<string> unknown) = CalibrationTexts.Index(["self"], Token);
        Assert.Null(none);
        Assert.Equal(["self"], unknown);
        // What is known beside it is.
        (CalibrationIndex? known, unknown) = CalibrationTexts.Index([file, "self"], Token);
        Assert.True(known!.Of(Text[500..1500]).Occurs);
        Assert.Equal(["self"], unknown);
        Assert.Empty(CalibrationTexts.Index([file], Token).Unchecked);
        Assert.False(CalibrationTexts.Index(["builtin"], Token).Index!.Of(Text[500..1500]).Occurs);
    }

    [Fact]
    public void Of_a_packed_folder_what_it_says_is_looked_at()
    {
        Assert.Equal((null, CalibrationTexts.Unknown), Of("{}"));
        Assert.Equal((null, "text"), Of("""{"calibration": {"sources": ["text"]}}"""));
        (CalibrationIndex? index, string unknown) = Of("""{"calibration": {"sources": ["builtin", "self"]}}""");
        Assert.NotNull(index);
        Assert.Equal("self", unknown);

        (CalibrationIndex? Index, string Unchecked) Of(string report)
        {
            _folder.Write("decoupleq.json", report);
            (CalibrationIndex? found, IReadOnlyList<string> others) = CalibrationTexts.IndexOf(_folder.Path, Token);
            return (found, string.Join(' ', others));
        }
    }

    [Fact]
    public void Where_nothing_is_chosen_all_windows_judge()
    {
        string file = _folder.Write("one.txt", Text);
        TestSet test = TestSet.Read(Tokenizer, [file], new() { Context = Context, MaxWindows = 10, IsDivided = false }, calibration: null, Token);
        Assert.Equal((0, 10), (test.Choose.Count, test.Judge.Count));
    }

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    private static IEnumerable<TestWindow> All(TestSet test) => test.Choose.Concat(test.Judge);
}
