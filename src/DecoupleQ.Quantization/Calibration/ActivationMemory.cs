namespace DecoupleQ.Quantization.Calibration;

/// <summary>Gives out room for activations: in memory as far as the budget goes, in files beyond it.</summary>
/// <param name="budget">Bytes that activations may take in memory.</param>
/// <param name="folder">Where files go.</param>
internal sealed class ActivationMemory(long budget, string folder) : IDisposable
{
    private readonly List<ActivationStore> _stores = [];
    private long _inMemory;

    /// <summary>Room for <paramref name="sequences"/> of <paramref name="tokens"/> x <paramref name="width"/>; what it holds at first means nothing.</summary>
    public ActivationStore Allocate(int sequences, int tokens, int width)
    {
        long bytes = (long)sequences * tokens * width * sizeof(float);
        bool fits = _inMemory + bytes <= budget;
        _inMemory += fits ? bytes : 0;
        ActivationStore store = fits
            ? new MemoryActivationStore(sequences, tokens, width)
            : new FileActivationStore(Path.Combine(folder, $"activations-{_stores.Count}.tmp"), sequences, tokens, width);
        _stores.Add(store);
        return store;
    }

    public void Dispose() => _stores.ForEach(store => store.Dispose());
}
