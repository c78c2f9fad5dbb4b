namespace DecoupleQ.Quantization.Calibration;

/// <summary>Gives out room for activations: in memory as far as the budget goes, in files beyond it.</summary>
/// <param name="budget">Bytes that activations may take in memory.</param>
/// <param name="folder">Where files go.</param>
internal sealed class ActivationMemory(long budget, string folder) : IDisposable
{
    // Stores are used again and again: they are too large to be left to the garbage collector.
    private readonly List<ActivationStore> _idle = [];
    private readonly List<ActivationStore> _all = [];
    private long _inMemory;

    /// <summary>Room for <paramref name="sequences"/> of <paramref name="tokens"/> x <paramref name="width"/>; what it holds at first means nothing.</summary>
    public ActivationStore Rent(int sequences, int tokens, int width)
    {
        int idle = _idle.FindIndex(store => store.Width == width && store.Sequences == sequences);
        if (idle >= 0)
        {
            ActivationStore used = _idle[idle];
            _idle.RemoveAt(idle);
            return used;
        }
        long bytes = (long)sequences * tokens * width * sizeof(float);
        bool fits = _inMemory + bytes <= budget;
        _inMemory += fits ? bytes : 0;
        ActivationStore store = fits
            ? new MemoryActivationStore(sequences, tokens, width)
            : new FileActivationStore(Path.Combine(folder, $"activations-{_all.Count}.tmp"), sequences, tokens, width);
        _all.Add(store);
        return store;
    }

    /// <summary>Takes a store back.</summary>
    public void Return(ActivationStore store) => _idle.Add(store);

    public void Dispose() => _all.ForEach(store => store.Dispose());
}
