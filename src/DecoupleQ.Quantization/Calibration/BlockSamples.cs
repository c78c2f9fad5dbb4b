using DecoupleQ.Quantization.Training;

namespace DecoupleQ.Quantization.Calibration;

/// <summary>A run of sequences of a stream, with what training works towards.</summary>
/// <param name="stream">The stream: the block's inputs.</param>
/// <param name="targets">Outputs in full precision.</param>
/// <param name="first">The run's first sequence.</param>
/// <param name="count">Sequences in the run.</param>
internal sealed class BlockSamples(CalibrationStream stream, ActivationStore targets, int first, int count) : IBlockSamples
{
    public int Count => count;

    public int Tokens(int sequence) => stream.Tokens;

    public void ReadInputs(int sequence, Span<float> inputs) => stream.Inputs.Read(first + sequence, inputs);

    public void ReadTargets(int sequence, Span<float> output) => targets.Read(first + sequence, output);
}
