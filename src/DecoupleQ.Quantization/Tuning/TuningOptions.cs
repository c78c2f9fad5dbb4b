using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Training;

namespace DecoupleQ.Quantization.Tuning;

/// <summary>What a whole packed model is trained towards.</summary>
public enum TuningLoss
{
    /// <summary>
    /// KL(dense || packed) of the distributions over the next token, at every position: distillation (Hinton et al., arXiv 1503.02531), at temperature 1.
    /// </summary>
    Divergence,

    /// <summary>The negative log-likelihood of the token that follows in the data: fine-tuning on it, whatever the dense model makes of it.</summary>
    NextToken,
}

/// <summary>Training of a whole packed model: which, against what, on what, and how.</summary>
/// <remarks>
/// The float part is s and z of every quantized layer, norms and biases (arXiv 2404.12759, section 4.2, "sft"; EfficientQAT's second stage, arXiv
/// 2407.11062). Integers are trained straight through the rounding (Bengio et al., arXiv 1308.3432) of latents that begin where the dense weights lie. Adam
/// without weight decay, a warm-up, then half a cosine wave down to 0.
/// </remarks>
public sealed record TuningOptions
{
    /// <summary>The packed model's folder.</summary>
    public required string Model { get; init; }

    /// <summary>The dense model that it was quantized from: a folder or a GGUF file.</summary>
    public required string Against { get; init; }

    /// <summary>The folder to write.</summary>
    public required string Output { get; init; }

    /// <summary>
    /// What is trained on: text files, <see cref="CalibrationSource.Builtin"/> and <see cref="CalibrationSource.Self"/>, in any number and order, or one
    /// <c>.safetensors</c> file with an integer tensor <c>ids</c> (windows x context). Default: both words.
    /// </summary>
    public IReadOnlyList<string> Data { get; init; } = [CalibrationSource.Builtin, CalibrationSource.Self];

    /// <summary>Whether the integers are trained too. Default: no, only the float part.</summary>
    public bool Integers { get; init; }

    /// <summary>
    /// Whether the embedding and the head are trained too: the numbers of a dense one, s and z of one in fewer bits. Default: no.
    /// </summary>
    public bool Tables { get; init; }

    /// <summary>What is trained towards. Default: the dense model's distributions.</summary>
    public TuningLoss Loss { get; init; }

    /// <summary>Steps. At least 0; default 1600.</summary>
    public int Steps { get; init; } = 1600;

    /// <summary>Windows in a step. At least 1; default 4.</summary>
    public int Batch { get; init; } = 4;

    /// <summary>Ids in a window; null for min(256, the model's context).</summary>
    public int? Context { get; init; }

    /// <summary>Windows that the dense model writes where <see cref="Data"/> asks for it. At least 1; default 512.</summary>
    public int SelfWindows { get; init; } = 512;

    /// <summary>The highest learning rate of s, z, norms and biases. Above 0; default 3e-4.</summary>
    public double LearningRate { get; init; } = 3e-4;

    /// <summary>The highest learning rate of what integers are rounded from, in steps between two integers. Above 0; default 1e-3.</summary>
    public double IntegerLearningRate { get; init; } = 1e-3;

    /// <summary>The highest learning rate of embedding and head. Above 0; default 3e-5.</summary>
    public double TableLearningRate { get; init; } = 3e-5;

    /// <summary>Share of the steps in which rates rise from 0. 0 to 1; default 0.05.</summary>
    public double WarmUp { get; init; } = 0.05;

    /// <summary>Windows of the data that are not trained on, and judge: at most a tenth of all. At least 1; default 32.</summary>
    public int HeldOut { get; init; } = 32;

    /// <summary>How often the held-out windows are looked at, and the state is kept on the disk, in all of the steps. At least 1; default 10.</summary>
    public int Checks { get; init; } = 10;

    /// <summary>
    /// So many looks in a row without a lower held-out loss end the training. At least 1; default 10: of as many looks never, as a rate that is still high
    /// hides what has been learnt.
    /// </summary>
    public int Patience { get; init; } = 10;

    /// <summary>Seed of the order of the windows, and of what the dense model writes. Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads; 0 (the default) for one a core. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>
    /// Bytes for activations in memory: those of the dense model spill to files beyond it, and blocks run again instead of being kept. Null for no bound. The
    /// result does not depend on it.
    /// </summary>
    public long? MemoryBudget { get; init; }

    /// <summary>Continue an interrupted job in <c>OUT.partial</c>; if there is none, start from the beginning.</summary>
    public bool Resume { get; init; }

    /// <summary>Replace an existing output folder, if it is empty or was written by decoupleq, once the new one is whole.</summary>
    public bool Force { get; init; }

    internal static AdamOptions Adam { get; } = new() { Beta1 = 0.9, Beta2 = 0.95, Epsilon = 1e-8, WeightDecay = 0 };

    // Gradients of single integers are tiny.
    internal static AdamOptions IntegerAdam { get; } = Adam with { Epsilon = 1e-12 };

    /// <summary>Throws where a value is outside its range.</summary>
    /// <exception cref="DecoupleQException">Names the option and the range.</exception>
    public void Validate()
    {
        TuningRanges.Loss.Require(Loss, "loss");
        TuningRanges.Steps.Require(Steps, "steps");
        TuningRanges.Batch.Require(Batch, "batch");
        if (Context is int context)
        {
            OptionRange.Context.Require(context, "context");
        }
        TuningRanges.SelfWindows.Require(SelfWindows, "self-windows");
        TuningRanges.LearningRate.Require(LearningRate, "lr");
        TuningRanges.IntegerLearningRate.Require(IntegerLearningRate, "integer-lr");
        TuningRanges.TableLearningRate.Require(TableLearningRate, "table-lr");
        TuningRanges.WarmUp.Require(WarmUp, "warm-up");
        TuningRanges.HeldOut.Require(HeldOut, "held-out");
        TuningRanges.Checks.Require(Checks, "checks");
        TuningRanges.Patience.Require(Patience, "patience");
        OptionRange.Threads.Require(Threads, "threads");
    }

    /// <summary>The share of the highest learning rates at a step.</summary>
    /// <param name="step">From 0 to below <see cref="Steps"/>.</param>
    internal double RateAt(int step)
    {
        double rise = WarmUp * Steps;
        return step < rise ? Math.Min(1, (step + 1) / rise) : 0.5 * (1 + Math.Cos(Math.PI * (step - rise) / (Steps - rise)));
    }
}
