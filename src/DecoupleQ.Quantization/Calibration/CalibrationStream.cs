using DecoupleQ.Models.Plans;

namespace DecoupleQ.Quantization.Calibration;

/// <summary>What enters the next block, of all sequences: those that layers are calibrated on, then those held out to judge the training of blocks.</summary>
internal sealed class CalibrationStream : IDisposable
{
    private readonly ActivationMemory _memory;

    /// <param name="calibration">Sequences to calibrate and train on.</param>
    /// <param name="heldOut">Sequences held out.</param>
    /// <param name="tokens">Tokens of each.</param>
    /// <param name="width">Numbers a token.</param>
    /// <param name="memory">Where room comes from.</param>
    public CalibrationStream(int calibration, int heldOut, int tokens, int width, ActivationMemory memory)
    {
        Calibration = calibration;
        HeldOut = heldOut;
        Tokens = tokens;
        _memory = memory;
        Inputs = memory.Allocate(calibration + heldOut, tokens, width);
    }

    public int Calibration { get; }

    public int HeldOut { get; }

    public int Sequences => Calibration + HeldOut;

    public int Tokens { get; }

    /// <summary>The next block's inputs, sequence by sequence.</summary>
    public ActivationStore Inputs { get; }

    /// <summary>Room for another value of every sequence.</summary>
    public ActivationStore Allocate() => _memory.Allocate(Sequences, Tokens, Inputs.Width);

    /// <summary>Runs a block over every sequence.</summary>
    /// <param name="plan">The block.</param>
    /// <param name="runner">Runs it.</param>
    /// <param name="weights">Its weights.</param>
    /// <param name="buffers">Memory for its values.</param>
    /// <param name="inputs">What it runs on: <see cref="Inputs"/>, or another stream of these sequences.</param>
    /// <param name="outputs">Where its outputs go; may be <paramref name="inputs"/>.</param>
    /// <param name="done">Called after each sequence.</param>
    /// <param name="cancellationToken">Ends the work between sequences.</param>
    public void Run(
        BlockPlan plan,
        BlockRunner runner,
        BlockWeights weights,
        BlockBuffers buffers,
        ActivationStore inputs,
        ActivationStore outputs,
        Action done,
        CancellationToken cancellationToken)
    {
        for (int i = 0; i < Sequences; i++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            inputs.Read(i, buffers.Rows(plan.Input, Tokens));
            runner.Run(weights, buffers, Tokens);
            outputs.Write(i, buffers.Rows(plan.Output, Tokens));
            done();
        }
    }

    public void Dispose() => _memory.Dispose();
}
