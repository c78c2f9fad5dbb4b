using DecoupleQ.Evaluation;
using DecoupleQ.Pilot.Halves;
using DecoupleQ.Pilot.Overlaps;
using DecoupleQ.Pilot.Results;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Pilot.TestData;

/// <summary>
/// Windows of test text: those that settings are chosen on and those that the chosen one is judged on. Each file's are cut as
/// <see cref="PerplexityEvaluation"/> cuts them.
/// </summary>
/// <param name="Context">Ids of a window.</param>
/// <param name="Choose">The windows that settings are chosen on.</param>
/// <param name="Judge">The windows that the chosen setting is judged on.</param>
/// <param name="Overlap">Windows that were left out, as they occur in the calibration.</param>
/// <param name="Repeated">Windows that were left out, as they are there already: each counts once.</param>
public sealed record TestSet(int Context, IReadOnlyList<TestWindow> Choose, IReadOnlyList<TestWindow> Judge, OverlapResult Overlap, int Repeated)
{
    /// <summary>Windows of both halves.</summary>
    public int Windows => Choose.Count + Judge.Count;

    /// <summary>Reads test text, no further than windows are asked for: a window of each file in turns, so that each is in the test.</summary>
    /// <remarks>No more is held than the windows that are returned and a piece of each file.</remarks>
    /// <param name="tokenizer">The models'.</param>
    /// <param name="files">UTF-8 text files, at least one; a byte order mark is left out.</param>
    /// <param name="options">How many windows, and how long.</param>
    /// <param name="calibration">What was calibrated on: windows that occur in it are left out; null if that cannot be looked at.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="DecoupleQException">
    /// A file cannot be read, or is there twice; the files have no window, or none that does not occur in the calibration; or an option is out of its range.
    /// </exception>
    public static TestSet Read(
        Tokenizer tokenizer, IReadOnlyList<string> files, TestSetOptions options, CalibrationIndex? calibration, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(tokenizer);
        ArgumentNullException.ThrowIfNull(files);
        ArgumentNullException.ThrowIfNull(options);
        options.Check();
        var windows = new List<TestWindow>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        int looked = 0, shared = 0, repeated = 0;
        foreach (TestWindow window in InTurns(tokenizer, files, options.Context, cancellationToken))
        {
            cancellationToken.ThrowIfCancellationRequested();
            looked++;
            if (!seen.Add(window.Key))
            {
                repeated++;
            }
            else if (calibration is not null && (calibration.Of(window.Text).Occurs || calibration.OfIds([.. window.Ids]).Occurs))
            {
                shared++;
            }
            else
            {
                windows.Add(window);
            }
            if (windows.Count == (options.IsDivided ? 2L : 1) * options.MaxWindows)
            {
                break;
            }
        }
        if (windows.Count == 0)
        {
            throw Empty(files, options.Context, looked);
        }
        IReadOnlyList<TestHalf> halves = !options.IsDivided
            ? [.. windows.Select(_ => TestHalf.Judge)]
            : TestHalves.Of([.. windows.Select(window => window.Ids.ToArray())]);
        return new TestSet(
            options.Context,
            [.. windows.Where((_, i) => halves[i] == TestHalf.Choose)],
            [.. windows.Where((_, i) => halves[i] == TestHalf.Judge)],
            new OverlapResult(shared, 0, (double)shared / looked, calibration is not null) { KeptShare = calibration?.KeptShare ?? 1 },
            repeated);
    }

    private static IEnumerable<TestWindow> InTurns(Tokenizer tokenizer, IReadOnlyList<string> files, int context, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> names = TestText.Names(files);
        var texts = new List<(string Name, IEnumerator<int[]> Windows)>(files.Count);
        try
        {
            foreach ((int i, string file) in files.Index())
            {
                IEnumerable<int[]> own = EvaluationText.Windows(TestText.Ids(file, tokenizer), tokenizer.LeadingId, context, cancellationToken);
                texts.Add((names[i], own.GetEnumerator()));
            }
            List<(string Name, IEnumerator<int[]> Windows)> open = [.. texts];
            while (open.Count > 0)
            {
                for (int i = 0; i < open.Count;)
                {
                    if (open[i].Windows.MoveNext())
                    {
                        int[] ids = [.. open[i].Windows.Current];
                        yield return new TestWindow(open[i].Name, ids, tokenizer.Decode(ids));
                        i++;
                    }
                    else
                    {
                        open.RemoveAt(i);
                    }
                }
            }
        }
        finally
        {
            texts.ForEach(text => text.Windows.Dispose());
        }
    }

    private static DecoupleQException Empty(IReadOnlyList<string> files, int context, int looked) => looked == 0
        ? new("The test text has fewer tokens than one window.", string.Join(", ", files), "test", $"at least {context} tokens in a file, or a smaller context")
        : new($"All {looked} windows of it occur in the calibration.", string.Join(", ", files), "test", "text that the model was not calibrated on");
}
