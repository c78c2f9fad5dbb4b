using System.Runtime.InteropServices;

namespace DecoupleQ.Generation.Sampling;

/// <summary>Every id of the prompt and of what was generated, and how often it was generated.</summary>
/// <param name="vocabulary">Ids run from 0 to this number, exclusive; others are passed over.</param>
internal sealed class TokenCounts(int vocabulary)
{
    private readonly Dictionary<int, int> _times = [];
    private int _generated = -1;

    /// <summary>Counts what has come since the last call; all of it where something was taken back.</summary>
    public void Update(ReadOnlySpan<int> prompt, ReadOnlySpan<int> generated)
    {
        if (_generated < 0 || generated.Length < _generated)
        {
            _times.Clear();
            _generated = 0;
            Add(prompt, 0);
        }
        Add(generated[_generated..], 1);
        _generated = generated.Length;
    }

    /// <summary>Each id with how often it was generated: 0 for those of the prompt alone.</summary>
    public Dictionary<int, int>.Enumerator GetEnumerator() => _times.GetEnumerator();

    private void Add(ReadOnlySpan<int> ids, int times)
    {
        foreach (int id in ids)
        {
            if (id < vocabulary)
            {
                CollectionsMarshal.GetValueRefOrAddDefault(_times, id, out _) += times;
            }
        }
    }
}
