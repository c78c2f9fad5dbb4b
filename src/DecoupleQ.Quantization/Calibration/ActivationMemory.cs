using System.Globalization;
using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Calibration;

/// <summary>Gives out room for activations: in memory as far as the budget goes, in files beyond it.</summary>
/// <param name="budget">Bytes that activations may take in memory.</param>
/// <param name="folder">Where files go.</param>
/// <param name="disk">Makes them.</param>
internal sealed class ActivationMemory(long budget, string folder, DurableWriter disk) : IDisposable
{
    private const string FileStart = "activations-";

    private readonly List<ActivationStore> _stores = [];
    private long _inMemory;

    /// <summary>Whether a file of this name is one of activations, which a job that was killed has left.</summary>
    public static bool IsFile(string name) => DurableWriter.IsTemporary(name)
        && name.StartsWith(FileStart, StringComparison.Ordinal)
        && int.TryParse(name.AsSpan(FileStart.Length..name.LastIndexOf('.')), NumberStyles.None, CultureInfo.InvariantCulture, out int store)
        && name == FileName(store);

    /// <summary>Room for <paramref name="sequences"/> of <paramref name="tokens"/> x <paramref name="width"/>; what it holds at first means nothing.</summary>
    public ActivationStore Allocate(int sequences, int tokens, int width)
    {
        long bytes = (long)sequences * tokens * width * sizeof(float);
        bool fits = _inMemory + bytes <= budget;
        _inMemory += fits ? bytes : 0;
        ActivationStore store = fits
            ? new MemoryActivationStore(sequences, tokens, width)
            : new FileActivationStore(disk, Path.Combine(folder, FileName(_stores.Count)), sequences, tokens, width);
        _stores.Add(store);
        return store;
    }

    private static string FileName(int store) => DurableWriter.TemporaryOf(string.Create(CultureInfo.InvariantCulture, $"{FileStart}{store}"));

    public void Dispose() => _stores.ForEach(store => store.Dispose());
}
