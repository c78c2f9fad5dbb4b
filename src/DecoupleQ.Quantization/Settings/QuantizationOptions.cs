using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Quantization.Training;

namespace DecoupleQ.Quantization.Settings;

/// <summary>What is quantized, with what, and where to.</summary>
public sealed record QuantizationOptions
{
    /// <summary>The dense model's folder.</summary>
    public required string Model { get; init; }

    /// <summary>The folder to write.</summary>
    public required string Output { get; init; }

    /// <summary>
    /// What is calibrated on: text files, <see cref="CalibrationSource.Builtin"/> and <see cref="CalibrationSource.Self"/>, in any number and order, or one
    /// <c>.safetensors</c> file with an integer tensor <c>ids</c> (windows x context). Default: both words, half of the windows each.
    /// </summary>
    public IReadOnlyList<string> Calibration { get; init; } = [CalibrationSource.Builtin, CalibrationSource.Self];

    /// <summary>Bits and groups of the linear layers. Default: 2 bits, groups of 64.</summary>
    public QuantizationFormat Format { get; init; } = new(2, 64);

    /// <summary>Layers that are quantized otherwise, or not at all; where several match a layer, the last one alone decides. Default: none.</summary>
    public IReadOnlyList<LayerOverride> Overrides { get; init; } = [];

    /// <summary>How layers are solved. The memory of the float step is set by <see cref="MemoryBudget"/>, whatever is said here.</summary>
    public SolverOptions Solver { get; init; } = new();

    /// <summary>Calibration windows; null for 128 of a text, or all of a given table.</summary>
    public int? Samples { get; init; }

    /// <summary>Ids in a calibration window; null for min(2048, the model's context).</summary>
    public int? Context { get; init; }

    /// <summary>Seed of the offsets of windows that are cut from texts, and of the order of those that are given (0: as they stand). Default 0.</summary>
    public ulong Seed { get; init; }

    /// <summary>Threads; 0 (the default) for one a core. The result does not depend on it.</summary>
    public int Threads { get; init; }

    /// <summary>16 (as stored, the default), 8 or 4: the token embedding, affine in groups of 64.</summary>
    public int EmbeddingBits { get; init; } = 16;

    /// <summary>16 (as stored, the default), 8 or 4: the output head, affine in groups of 64.</summary>
    public int HeadBits { get; init; } = 16;

    /// <summary>Quantize only this many blocks from the first on; the rest stay dense. Null for all.</summary>
    public int? Blocks { get; init; }

    /// <summary>Block-wise minimisation after a block's layers are solved; 0 epochs for none. Default: 4 epochs, learning rate 1e-5.</summary>
    public BlockMinimisationOptions Minimisation { get; init; } = new();

    /// <summary>
    /// Further windows, not calibrated on, that judge whether training a block helped. Default 16; a given table has them only beyond its calibration windows.
    /// </summary>
    public int HeldOutSamples { get; init; } = 16;

    /// <summary>
    /// Bytes for what the job holds beside a block's weights: Hessians, slabs of the float step, activations, which spill to files beyond it. Null for no
    /// bound. The result does not depend on it.
    /// </summary>
    public long? MemoryBudget { get; init; }

    /// <summary>Continue an interrupted job in <c>OUT.partial</c>; if there is none, start from the beginning.</summary>
    public bool Resume { get; init; }

    /// <summary>Replace an existing output folder, if it is empty or was written by decoupleq, once the new one is whole.</summary>
    public bool Force { get; init; }
}
