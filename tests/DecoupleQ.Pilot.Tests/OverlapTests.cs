using System.Text;
using CsCheck;
using DecoupleQ.Pilot.Overlaps;
using DecoupleQ.Testing;

namespace DecoupleQ.Pilot.Tests;

public sealed class OverlapTests
{
    private const string Passage = "It is a truth universally acknowledged, that a single man in possession of a good fortune, must be in want of a wife.";

    private const string Neko = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。何でも薄暗いじめじめした所で";

    [Fact]
    public void A_passage_of_the_calibration_is_found_whatever_its_case_and_what_lies_between_its_words()
    {
        CalibrationIndex index = Of("Chapter one.\n\n" + Passage + " However little known the feelings");
        Overlap overlap = index.Of("It says: \"it is a truth UNIVERSALLY acknowledged -- that a single man in\n possession of a good fortune\"!");
        Assert.True(overlap.Occurs);
        // Two words, then the sixteen that are common: of six runs four.
        Assert.Equal((6L, 4L), (overlap.Runs, overlap.Shared));
        Assert.Equal(1, index.KeptShare);
        Assert.False(index.Of("It is a truth universally ignored, that a single man in possession of a good cat, must be in want of a mouse.").Occurs);
    }

    [Fact]
    public void Thirteen_words_are_found_and_twelve_are_not()
    {
        string[] words = [.. Enumerable.Range(0, 40).Select(i => $"word{i}")];
        CalibrationIndex index = Of(string.Join(' ', words));
        Assert.True(index.Of($"some other words before it {string.Join(' ', words[5..18])} and some other words behind").Occurs);
        Assert.False(index.Of($"some other words before it {string.Join(' ', words[5..17])} and some other words behind").Occurs);
    }

    [Fact]
    public void Of_text_without_blanks_twenty_six_characters_are_a_run()
    {
        CalibrationIndex index = Of(Neko);
        string letters = string.Concat(Neko.Where(char.IsLetter));
        Assert.True(index.Of("前書き：" + letters[3..29] + "、と書いてあった。").Occurs);
        Assert.False(index.Of("前書き：" + letters[3..28] + "、と書いてあった。").Occurs);
    }

    // By the definition: words of a text, each run of thirteen as a text of its own.
    [Fact]
    public void Runs_are_those_of_the_definition() =>
        Gen.Select(Words, Words, Gen.Int[0, 60], Gen.Int[0, 30]).Sample((calibration, test, from, length) =>
        {
            // With a part of the calibration in the test's middle.
            string[] part = [.. calibration.Skip(from).Take(length)];
            string[] all = [.. test[..(test.Length / 2)], .. part, .. test[(test.Length / 2)..]];
            HashSet<string> known = [.. Runs(calibration)];
            string[] runs = [.. Runs(all)];
            Overlap overlap = Of(string.Join(' ', calibration)).Of(string.Join(", ", all));
            // Fewer than thirteen words are looked for as a whole.
            if (all.Length >= 13)
            {
                Assert.Equal((runs.Length, runs.Count(known.Contains)), (overlap.Runs, overlap.Shared));
            }
        }, iter: 500);

    [Fact]
    public void Pieces_may_be_cut_anywhere() =>
        Gen.Select(Words.Select(words => string.Join(' ', words)), One.Of("", Neko + "𠮷野家で牛丼を食べた", Passage), Gen.Int[1, 9]).Sample((words, more, size) =>
        {
            string text = words + more;
            var index = new CalibrationIndex();
            index.AddText(text.Chunk(size).Select(piece => new string(piece)));
            Overlap overlap = index.Of(text);
            Assert.Equal(overlap.Runs, overlap.Shared);
        }, iter: 300);

    [Fact]
    public void A_run_does_not_go_from_one_text_into_the_next()
    {
        string[] words = Passage.Split(' ');
        var index = new CalibrationIndex();
        index.AddText(string.Join(' ', words[..12]));
        index.AddText(string.Join(' ', words[12..]));
        Assert.False(index.Of(Passage).Occurs);
    }

    [Fact]
    public void A_text_too_short_for_a_run_is_found_as_a_line_or_as_a_whole()
    {
        CalibrationIndex index = Of("Questions of yesterday\nWhat is the capital of France?\r\nParis.\nOf what colour is the sky over the sea?");
        index.AddText("Who wrote the\nlong story of two cities?");
        Assert.True(index.Of("what is the capital of france").Occurs);
        Assert.True(index.Of("Who wrote the long story of two cities?").Occurs);
        Assert.True(index.Of("Of what colour is the sky over the sea?").Occurs);
        Assert.False(index.Of("What is the capital of Spain?").Occurs);
        // Three words say nothing of where they are from.
        Assert.Equal(new Overlap(0, 0), index.Of("Questions of yesterday"));
        Assert.True(index.Of("Paris.").IsTooShort);
        Assert.False(index.Of("What is the capital of Spain?").IsTooShort);
    }

    [Fact]
    public void Rows_of_the_same_few_words_are_no_passage()
    {
        string zeros = string.Join(' ', Enumerable.Repeat("0.0 0.5", 100));
        Assert.Equal(new Overlap(0, 0), Of(zeros).Of(zeros));
    }

    [Fact]
    public void Windows_of_ids_are_found_by_thirteen_ids()
    {
        int[] ids = [.. Enumerable.Range(0, 500).Select(i => (i * 7919) % 1000)];
        var index = new CalibrationIndex();
        index.AddIds(ids.AsSpan(0, 200));
        Assert.Equal(new Overlap(188, 188), index.OfIds(ids.AsSpan(0, 200)));
        Assert.Equal(new Overlap(88, 1), index.OfIds(ids.AsSpan(187, 100)));
        Assert.Equal(new Overlap(88, 0), index.OfIds(ids.AsSpan(188, 100)));
        // Ids and text are apart.
        Assert.False(index.Of(Passage).Occurs);
    }

    [Fact]
    public void Of_more_than_are_held_a_share_is_and_a_long_passage_is_found_still()
    {
        var random = new SplitMix64(1);
        string[] words = [.. Enumerable.Range(0, 20_000).Select(_ => $"w{random.NextInt(5000)}")];
        var index = new CalibrationIndex(mostRuns: 1500);
        index.AddText(string.Join(' ', words));
        // 20000 runs: a sixteenth.
        Assert.Equal(1 / 16.0, index.KeptShare);
        Overlap overlap = index.Of(string.Join(' ', words[7000..8000]));
        Assert.InRange(overlap.Runs, 30, 100);
        Assert.Equal(overlap.Runs, overlap.Shared);
        Assert.False(index.Of(string.Join(' ', Enumerable.Range(0, 1000).Select(_ => $"w{random.NextInt(5000)}"))).Occurs);
    }

    [Fact]
    public void The_samples_calibration_and_validation_are_apart_and_a_part_of_one_put_into_the_other_is_found()
    {
        string calibration = File.ReadAllText(Path.Combine(Paths.Samples, "text", "calibration.txt"));
        string[] windows = [.. File.ReadAllText(Path.Combine(Paths.Samples, "text", "validation.txt")).Chunk(4000).Select(piece => new string(piece)).Take(40)];
        CalibrationIndex index = Of(calibration);
        Assert.DoesNotContain(windows, window => index.Of(window).Occurs);
        windows[7] = new StringBuilder(windows[7]).Insert(1000, calibration[50_000..50_200]).ToString();
        Assert.Equal([7], windows.Index().Where(window => index.Of(window.Item).Occurs).Select(window => window.Index));
    }

    [Fact]
    public void A_cancelled_reading_ends() =>
        Assert.Throws<OperationCanceledException>(() => new CalibrationIndex().AddText([Passage], new CancellationToken(true)));

    private static Gen<string[]> Words => Gen.Int[0, 30].Select(index => $"w{index}").Array[0, 80];

    private static IEnumerable<string> Runs(string[] words) =>
        from start in Enumerable.Range(0, Math.Max(0, words.Length - 12))
        let run = words[start..(start + 13)]
        where run.Distinct().Count() >= 5
        select string.Join(' ', run);

    private static CalibrationIndex Of(string text)
    {
        var index = new CalibrationIndex();
        index.AddText(text);
        return index;
    }
}
