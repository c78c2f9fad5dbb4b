namespace DecoupleQ.Cli.Json;

/// <summary>What <c>compare --json</c> prints.</summary>
/// <param name="Dense">The dense model.</param>
/// <param name="Packed">The packed one.</param>
/// <param name="KlDivergence">KL(dense || packed) in nats.</param>
/// <param name="Top1Agreement">Share of positions with the same most probable id, 0 to 1.</param>
/// <param name="Tokens">Predicted positions.</param>
/// <param name="Context">Ids in a window.</param>
/// <param name="Quantization">What <c>quantize --json</c> said; absent without <c>--report</c>.</param>
internal sealed record CompareDocument(
    CompareDocument.Side Dense,
    CompareDocument.Side Packed,
    double KlDivergence,
    double Top1Agreement,
    long Tokens,
    int Context,
    CompareDocument.Job? Quantization)
{
    /// <param name="Path">The folder.</param>
    /// <param name="Bytes">Bytes of all tensors.</param>
    /// <param name="BitsPerWeight">All stored bits over all weights.</param>
    /// <param name="Perplexity">On the text given.</param>
    /// <param name="Packed">Whether some of its layers are packed.</param>
    /// <param name="Generation">How it continues the prompt; absent without one.</param>
    internal sealed record Side(string Path, long Bytes, double BitsPerWeight, double Perplexity, bool Packed, GenerateDocument? Generation);

    internal sealed record Job(double Seconds, long PeakMemoryBytes);
}
