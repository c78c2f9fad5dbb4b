namespace DecoupleQ.Pilot.Overlaps;

/// <summary>Words that pass by, and the hash of each shortest run of a weight.</summary>
/// <param name="weight">What a run weighs, at least.</param>
/// <param name="gram">Takes the hash of each run, in order of their ends.</param>
internal sealed class GramWindow(int weight, Action<ulong> gram)
{
    // Fewer different words say nothing of where a run is from.
    private const int FewestDifferent = 5;

    private static readonly ulong InverseBase = Inverse(GramHash.Base);

    private readonly Queue<(ulong Word, int Weight)> _run = new();
    private readonly Dictionary<ulong, int> _different = [];
    private ulong _hash, _power = 1;
    private int _weight;

    /// <summary>The next word.</summary>
    /// <param name="word">Its hash.</param>
    /// <param name="wordWeight">What it weighs, above 0.</param>
    public void Add(ulong word, int wordWeight)
    {
        // A word's hash is a sum of letters; spread, it may be summed again.
        word = GramHash.Mix(word);
        _run.Enqueue((word, wordWeight));
        _different[word] = _different.GetValueOrDefault(word) + 1;
        _hash = GramHash.Of(_hash, word);
        _power = unchecked(_power * GramHash.Base);
        _weight += wordWeight;
        while (_weight >= weight)
        {
            if (_different.Count >= FewestDifferent)
            {
                gram(GramHash.Mix(_hash));
            }
            Leave();
        }
    }

    /// <summary>Begins anew.</summary>
    public void Clear()
    {
        _run.Clear();
        _different.Clear();
        (_hash, _power, _weight) = (0, 1, 0);
    }

    private void Leave()
    {
        (ulong word, int wordWeight) = _run.Dequeue();
        int left = _different[word] - 1;
        if (left == 0)
        {
            _different.Remove(word);
        }
        else
        {
            _different[word] = left;
        }
        // The first word of n counts times the base to the n - 1.
        _power = unchecked(_power * InverseBase);
        _hash = unchecked(_hash - (word * _power));
        _weight -= wordWeight;
    }

    // Of an odd number, modulo 2^64: each step of Newton's method doubles the bits that are right.
    private static ulong Inverse(ulong odd)
    {
        ulong inverse = odd;
        for (int bits = 3; bits < 64; bits *= 2)
        {
            inverse = unchecked(inverse * (2 - (odd * inverse)));
        }
        return inverse;
    }
}
