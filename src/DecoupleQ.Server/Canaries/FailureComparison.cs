using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Statistics;

namespace DecoupleQ.Server.Canaries;

/// <summary>
/// Holds the failed requests of a canary against those of the first model, over the last <see cref="Window"/> requests that the share decided about: those of
/// the same time, whatever the share. By Fisher's exact test, one-sided. Safe for any number of threads.
/// </summary>
internal sealed class FailureComparison
{
    /// <summary>How many requests are looked at, both models' together.</summary>
    public const int Window = 4000;

    /// <summary>
    /// A canary fails more often if chance makes it so rarely: beside a model that does not fail, at a share of 5 %, that is the fourth failure if all of its
    /// requests fail. So small because it is looked at again with each failure.
    /// </summary>
    public const double Limit = 1e-6;

    /// <summary>
    /// Where the first model answers less than this share of what the canary does, as at a share of 100 %, nothing can be compared: then so many failures of
    /// the canary's are too many..
    /// </summary>
    public const double LeastToCompare = 0.05;

    /// <summary>.. if they are so many..</summary>
    public const int MostFailures = 10;

    /// <summary>.. and at least this share of its requests.</summary>
    public const double MostFailing = 0.1;

    private readonly Lock _gate = new();
    private readonly Queue<(bool IsCanary, bool Failed)> _last = new(Window);
    private Counts _canary, _first;

    /// <summary>Adds a request that has ended.</summary>
    /// <param name="isCanary">Whether the canary answered it.</param>
    /// <param name="failed">Whether that failed.</param>
    /// <returns>What was found, if the canary fails more often; else null.</returns>
    public FailuresReason? Add(bool isCanary, bool failed)
    {
        lock (_gate)
        {
            if (_last.Count == Window)
            {
                (bool oldIsCanary, bool oldFailed) = _last.Dequeue();
                Of(oldIsCanary).Add(-1, oldFailed);
            }
            _last.Enqueue((isCanary, failed));
            Of(isCanary).Add(1, failed);
            if (isCanary && failed && _first.All < LeastToCompare * _canary.All
                && _canary.Failed >= MostFailures && _canary.Failed >= MostFailing * _canary.All)
            {
                return new(_canary.Failed, _canary.All);
            }
            return isCanary && failed && FisherExactTest.PValueOfMore(_first.Failed, _first.All, _canary.Failed, _canary.All) < Limit
                ? new(_canary.Failed, _canary.All, _first.Failed, _first.All)
                : null;
        }
    }

    private ref Counts Of(bool isCanary) => ref isCanary ? ref _canary : ref _first;

    private struct Counts
    {
        public int All { get; private set; }

        public int Failed { get; private set; }

        public void Add(int sign, bool failed)
        {
            All += sign;
            Failed += failed ? sign : 0;
        }
    }
}
