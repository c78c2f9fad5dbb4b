namespace DecoupleQ.Models.Plans;

/// <summary>Angles of the rotary position embedding: position p turns feature pair i of a head by <c>p * frequency[i]</c>.</summary>
/// <remarks>Tables of cosines and sines grow as positions are asked for. Safe for concurrent use.</remarks>
internal class RotaryEmbedding
{
    private readonly double[] _frequencies;
    private readonly Lock _growth = new();
    private Tables _tables = new([], [], 0);

    /// <param name="frequencies">One a pair of features, in radians a position.</param>
    public RotaryEmbedding(double[] frequencies) => _frequencies = frequencies;

    /// <summary>Pairs of features in a head.</summary>
    public int Pairs => _frequencies.Length;

    /// <summary>Whether <see cref="For"/> gives different embeddings for different lengths.</summary>
    public virtual bool DependsOnLength => false;

    /// <summary>
    /// The embedding to use for a sequence that was given <paramref name="length"/> positions when it began; this one, where the length does not matter.
    /// </summary>
    public virtual RotaryEmbedding For(int length) => this;

    /// <summary>Frequencies <c>theta^(-2i / headSize)</c> (RoFormer, arXiv 2104.09864).</summary>
    public static double[] Frequencies(int headSize, double theta) =>
        [.. Enumerable.Range(0, headSize / 2).Select(i => Math.Pow(theta, -2.0 * i / headSize))];

    /// <summary>Position interpolation (arXiv 2306.15595): every frequency divided by <paramref name="factor"/>.</summary>
    public static double[] ScaleLinearly(double[] frequencies, double factor) => [.. frequencies.Select(f => f / factor)];

    /// <summary>The scaling of Llama 3.1: long wavelengths divided by the factor, short ones kept, a ramp between.</summary>
    /// <param name="frequencies">Unscaled.</param>
    /// <param name="factor">Divisor of the low frequencies.</param>
    /// <param name="lowFrequencyFactor">Wavelengths above <c>originalContext / lowFrequencyFactor</c> are divided.</param>
    /// <param name="highFrequencyFactor">Wavelengths below <c>originalContext / highFrequencyFactor</c> are kept.</param>
    /// <param name="originalContext">The context that the model was first trained on.</param>
    public static double[] ScaleLlama3(double[] frequencies, double factor, double lowFrequencyFactor, double highFrequencyFactor, int originalContext) =>
        [.. frequencies.Select(frequency =>
        {
            double turns = originalContext * frequency / (2 * Math.PI);
            double kept = Math.Clamp((turns - lowFrequencyFactor) / (highFrequencyFactor - lowFrequencyFactor), 0, 1);
            return (kept * frequency) + ((1 - kept) * frequency / factor);
        })];

    /// <summary>Cosines and sines of <paramref name="tokens"/> positions from <paramref name="position"/> on, each tokens x <see cref="Pairs"/>.</summary>
    public (ReadOnlyMemory<float> Cosines, ReadOnlyMemory<float> Sines) Angles(int position, int tokens)
    {
        Tables tables = _tables;
        if (tables.Length < position + tokens)
        {
            tables = Grow(position + tokens);
        }
        return (tables.Cosines.AsMemory(position * Pairs, tokens * Pairs), tables.Sines.AsMemory(position * Pairs, tokens * Pairs));
    }

    private Tables Grow(int length)
    {
        lock (_growth)
        {
            if (_tables.Length < length)
            {
                // In steps that double, so that decoding one token at a time stays cheap.
                length = Math.Max(length, Math.Max(256, _tables.Length * 2));
                var cosines = new float[length * Pairs];
                var sines = new float[length * Pairs];
                for (int i = 0; i < cosines.Length; i++)
                {
                    (double sine, double cosine) = Math.SinCos(i / Pairs * _frequencies[i % Pairs]);
                    (cosines[i], sines[i]) = ((float)cosine, (float)sine);
                }
                _tables = new Tables(cosines, sines, length);
            }
            return _tables;
        }
    }

    private sealed record Tables(float[] Cosines, float[] Sines, int Length);
}
