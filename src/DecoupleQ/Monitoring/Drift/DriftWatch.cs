using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Statistics;

namespace DecoupleQ.Monitoring.Drift;

/// <summary>Compares the last answers to one route with a baseline's, signal by signal, each time some are new. Safe for any number of threads.</summary>
/// <remarks>
/// A signal differs where <see cref="TwoSampleTest"/> gives a p-value below <see cref="DriftOptions.Threshold"/>. Once one does, the stream drifts until none
/// does in a window that has been filled anew.
/// </remarks>
public sealed class DriftWatch
{
    private readonly Lock _gate = new();
    private readonly BaselineRoute _baseline;
    private readonly DriftOptions _options;
    private readonly double[][] _windows;
    private long _answers, _lastDifference;
    private IReadOnlyList<SignalDifference> _differences = [];

    /// <param name="baseline">What is compared with.</param>
    /// <param name="options">How.</param>
    public DriftWatch(BaselineRoute baseline, DriftOptions options)
    {
        ArgumentNullException.ThrowIfNull(baseline);
        ArgumentNullException.ThrowIfNull(options);
        (_baseline, _options) = (baseline, options.Checked());
        _windows = [.. DriftSignal.All.Select(_ => new double[options.Window])];
    }

    /// <summary>Answers that were taken.</summary>
    public long Answers => Interlocked.Read(ref _answers);

    /// <summary>The signals that differ, at the last comparison in which one did; none while the stream is as the baseline.</summary>
    public IReadOnlyList<SignalDifference> Differences
    {
        get
        {
            lock (_gate)
            {
                return _differences;
            }
        }
    }

    /// <summary>Takes an answer.</summary>
    /// <param name="answer">It is one of a request's, of which others say nothing new.</param>
    /// <returns>Whether the stream has begun to differ, or does so no more.</returns>
    public bool Add(AnswerEntry answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        lock (_gate)
        {
            int place = (int)(_answers % _options.Window);
            for (int signal = 0; signal < _windows.Length; signal++)
            {
                _windows[signal][place] = DriftSignal.All[signal].Of(answer);
            }
            _answers++;
            // Half a window says enough where much has changed.
            return _answers % _options.Step == 0 && _answers >= _options.Window / 2 && Compare();
        }
    }

    private bool Compare()
    {
        bool differed = _differences.Count > 0;
        SignalDifference[] differences = [.. Differing()];
        if (differences.Length > 0)
        {
            (_differences, _lastDifference) = (differences, _answers);
        }
        else if (_answers - _lastDifference >= _options.Window)
        {
            _differences = [];
        }
        return differed != _differences.Count > 0;
    }

    private IEnumerable<SignalDifference> Differing()
    {
        int count = (int)Math.Min(_answers, _options.Window);
        for (int signal = 0; signal < _windows.Length; signal++)
        {
            string name = DriftSignal.All[signal].Name;
            double[] window = _windows[signal][..count], baseline = _baseline.Sorted(name);
            double p = TwoSampleTest.PValue(baseline, window);
            if (p < _options.Threshold)
            {
                yield return new(name, p, baseline.Average(), window.Average());
            }
        }
    }
}
