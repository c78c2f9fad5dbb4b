using DecoupleQ.Quantization.Training;

namespace DecoupleQ.Quantization.Tests.Training;

/// <summary>Sequences in memory.</summary>
internal sealed record Samples(float[][] Inputs, float[][] Targets, int Width, bool[][]? Masks = null) : IBlockSamples
{
    public int Count => Inputs.Length;

    public int Tokens(int sequence) => Inputs[sequence].Length / Width;

    public void ReadInputs(int sequence, Span<float> inputs) => Inputs[sequence].CopyTo(inputs);

    public void ReadTargets(int sequence, Span<float> targets) => Targets[sequence].CopyTo(targets);

    public ReadOnlySpan<bool> Counted(int sequence) => Masks is null ? [] : Masks[sequence];
}
