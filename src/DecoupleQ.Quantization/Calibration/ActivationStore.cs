namespace DecoupleQ.Quantization.Calibration;

/// <summary>One value of a block for all calibration sequences: sequences x (tokens x width).</summary>
internal sealed class ActivationStore
{
    private readonly float[][] _sequences;

    /// <param name="sequences">Number of sequences.</param>
    /// <param name="tokens">Tokens of each.</param>
    /// <param name="width">Numbers a token.</param>
    public ActivationStore(int sequences, int tokens, int width)
    {
        Width = width;
        _sequences = new float[sequences][];
        for (int i = 0; i < sequences; i++)
        {
            _sequences[i] = new float[checked(tokens * width)];
        }
    }

    /// <summary>Numbers a token.</summary>
    public int Width { get; }

    /// <summary>Copies a sequence out.</summary>
    public void Read(int sequence, Span<float> destination) => _sequences[sequence].CopyTo(destination);

    /// <summary>Puts a sequence in.</summary>
    public void Write(int sequence, ReadOnlySpan<float> source) => source[.._sequences[sequence].Length].CopyTo(_sequences[sequence]);
}
