using DecoupleQ.Kernels.Elementwise;

namespace DecoupleQ.Generation;

/// <summary>Takes the <see cref="AnswerSignals"/> of an answer as it is written.</summary>
internal sealed class SignalMeter
{
    private const int RunLength = 4;

    private readonly HashSet<(int, int, int, int)> _runs = [];
    private int _tokens, _runCount, _overruled;
    private double _logProbability, _entropy;

    /// <summary>Those of the tokens so far.</summary>
    public AnswerSignals Signals => new(
        _tokens, Mean(_logProbability, _tokens), Mean(_entropy, _tokens), Mean(_runCount - _runs.Count, _runCount), Mean(_overruled, _tokens));

    /// <summary>Takes a token.</summary>
    /// <param name="logits">The model's own, in its place.</param>
    /// <param name="generated">The answer with the token, which is its last.</param>
    /// <param name="overruled">Whether the model's most probable one was not allowed.</param>
    public void Add(ReadOnlySpan<float> logits, List<int> generated, bool overruled)
    {
        (double logSum, double entropy) = Softmax.LogSumExpAndEntropy(logits);
        _tokens++;
        _logProbability += Math.Min(0, logits[generated[^1]] - logSum);
        _entropy += entropy;
        _overruled += overruled ? 1 : 0;
        if (generated.Count >= RunLength)
        {
            _runCount++;
            _runs.Add((generated[^4], generated[^3], generated[^2], generated[^1]));
        }
    }

    private static double Mean(double sum, int count) => count == 0 ? 0 : sum / count;
}
