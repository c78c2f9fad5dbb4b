namespace DecoupleQ.Pilot.Overlaps;

/// <summary>The calibration's runs of thirteen words, to find test text that also occurs there: it says nothing of how well the model does on others.</summary>
/// <remarks>
/// <para>
/// What a run is says <see cref="TextGrams"/>; of ids it is thirteen ids. Text and ids are indexed apart: what was calibrated on as ids is found in windows of
/// ids. A test text too short for a run, but of four words or more, is looked for as a whole among the calibration's lines and texts that are as short.
/// </para>
/// <para>
/// Time grows with the length of the texts. At most <see cref="MostRuns"/> runs are held of text, and as many of ids and of short lines, 20 to 40 bytes each.
/// Of a calibration with more, a half of all runs is kept, or a quarter .. (<see cref="KeptShare"/>), chosen by their hash: a common passage of many words is
/// found still, one of just thirteen with that probability.
/// </para>
/// </remarks>
public sealed class CalibrationIndex
{
    /// <summary>Runs that are held by default: those of some 12 MB of English, in at most about 100 MB.</summary>
    public const int MostRuns = 1 << 21;

    // In half words: four words, eight characters of a script without blanks.
    private const int ShortestWhole = 8;

    private readonly GramSet _runs, _ids, _short;

    /// <param name="mostRuns">Runs that are held, at least 1.</param>
    public CalibrationIndex(int mostRuns = MostRuns)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(mostRuns, 1);
        (_runs, _ids, _short) = (new GramSet(mostRuns), new GramSet(mostRuns), new GramSet(mostRuns));
    }

    /// <summary>The share of the runs that are kept, of those of text, of ids or of short lines the least: 1 unless there were more than are held.</summary>
    public double KeptShare => Math.Min(_short.Share, Math.Min(_runs.Share, _ids.Share));

    /// <summary>Adds a calibration text.</summary>
    /// <param name="pieces">Its pieces, cut anywhere.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public void AddText(IEnumerable<string> pieces, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(pieces);
        var grams = new TextGrams(_runs.Add, AddShort);
        foreach (string piece in pieces)
        {
            cancellationToken.ThrowIfCancellationRequested();
            grams.Append(piece);
        }
        grams.EndWord();
        AddShort(grams.Whole.Hash, grams.Whole.Weight);
        grams.End();
    }

    /// <summary>Adds a calibration text.</summary>
    public void AddText(string text) => AddText([text]);

    /// <summary>Adds a window of calibration ids.</summary>
    public void AddIds(ReadOnlySpan<int> ids) => EachRun(ids, _ids.Add);

    /// <summary>What of a test text occurs in the calibration's text.</summary>
    public Overlap Of(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        long runs = 0, shared = 0;
        var grams = new TextGrams(hash => Count(_runs, hash, ref runs, ref shared));
        grams.Append(text);
        grams.EndWord();
        if (IsShort(grams.Whole.Weight))
        {
            Count(_short, GramHash.Mix(grams.Whole.Hash), ref runs, ref shared);
        }
        return new Overlap(runs, shared);
    }

    /// <summary>What of a window of test ids occurs in the calibration's ids.</summary>
    public Overlap OfIds(ReadOnlySpan<int> ids)
    {
        long runs = 0, shared = 0;
        EachRun(ids, hash => Count(_ids, hash, ref runs, ref shared));
        return new Overlap(runs, shared);
    }

    private static void EachRun(ReadOnlySpan<int> ids, Action<ulong> take)
    {
        var window = new GramWindow(TextGrams.Words, take);
        foreach (int id in ids)
        {
            window.Add((ulong)id + 1, 1);
        }
    }

    // One that the calibration would not have kept says nothing.
    private static void Count(GramSet set, ulong hash, ref long runs, ref long shared)
    {
        if (set.Keeps(hash))
        {
            runs++;
            shared += set.Contains(hash) ? 1 : 0;
        }
    }

    private static bool IsShort(long weight) => weight is >= ShortestWhole and < TextGrams.RunWeight;

    private void AddShort(ulong hash, long weight)
    {
        if (IsShort(weight))
        {
            _short.Add(GramHash.Mix(hash));
        }
    }
}
