namespace DecoupleQ.Generation.Sampling;

/// <summary>Adds a number to the logits of some tokens, as OpenAI, transformers (<c>sequence_bias</c> of single ids), llama.cpp and vLLM do.</summary>
/// <param name="biases">What is added, by id.</param>
internal sealed class LogitBias(IReadOnlyDictionary<int, double> biases) : ILogitsProcessor
{
    private readonly (int Id, double Bias)[] _biases = [.. biases.Select(bias => (bias.Key, bias.Value))];

    /// <inheritdoc/>
    public void Apply(Span<float> logits, ReadOnlySpan<int> generated)
    {
        foreach ((int id, double bias) in _biases)
        {
            logits[id] = (float)(logits[id] + bias);
        }
    }
}
