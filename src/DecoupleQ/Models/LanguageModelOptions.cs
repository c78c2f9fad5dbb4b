using DecoupleQ.Checkpoints;
using DecoupleQ.Tensors;

namespace DecoupleQ.Models;

/// <summary>How a model is loaded and run.</summary>
public sealed record LanguageModelOptions
{
    /// <summary>Threads that compute; 0 (the default) for one a physical core, within the container's quota.</summary>
    public int Threads { get; init; }

    /// <summary>The arithmetic. Default <see cref="Arithmetic.Packed"/>.</summary>
    public Arithmetic Arithmetic { get; init; } = Arithmetic.Packed;

    /// <summary>How sequences keep keys and values unless they say otherwise. Default <see cref="KeyValueFormat.F16"/>.</summary>
    public KeyValueFormat KeyValues { get; init; } = KeyValueFormat.F16;

    /// <summary>The most bytes of keys and values of all sequences together, at least 1; null (the default) for no limit.</summary>
    /// <remarks>
    /// Compared with <see cref="LanguageModel.KeyValueBytes"/>: whole pages of 64 positions, those shared by forks once, those of kept earlier states too. Not
    /// counted are up to 64 MiB of free pages that are kept for the next texts, and what recurrences carry, which does not grow with a text.
    /// </remarks>
    public long? KeyValueLimit { get; init; }

    /// <summary>
    /// How weights are brought into memory: <see cref="TensorAccess.Mapped"/> (the default), or <see cref="TensorAccess.Copied"/>, which takes as much memory
    /// as they have bytes and does not mind what becomes of the files afterwards.
    /// </summary>
    /// <remarks>
    /// While files are mapped, nothing may write to them. A step that finds one changed fails with an error that names it; a file that becomes shorter between
    /// two looks, some milliseconds, ends the process: .NET has no way to catch that.
    /// </remarks>
    public TensorAccess Access { get; init; } = TensorAccess.Mapped;

    /// <summary>
    /// The most tokens of a sequence, at least 1; null (the default) for the config's. More than that is allowed, as far as the rotary embedding defines it,
    /// with a warning (<see cref="LanguageModel.Warnings"/>), and nothing is scaled for it: what the model makes of positions that it was not trained on is
    /// its own affair.
    /// </summary>
    public int? ContextLength { get; init; }

    /// <summary>The options, if each is in its range.</summary>
    /// <returns>These options.</returns>
    /// <exception cref="DecoupleQException">One is not; it is named.</exception>
    public LanguageModelOptions Checked()
    {
        OptionRange.Threads.Require(Threads, "threads");
        OptionRange.Named<Arithmetic>().Require(Arithmetic, "arithmetic");
        OptionRange.Named<KeyValueFormat>().Require(KeyValues, "key-values");
        if (KeyValueLimit < 1)
        {
            throw new DecoupleQException($"The value is {KeyValueLimit}.", field: "key-value-limit", expected: "a number of bytes");
        }
        if (Access is not (TensorAccess.Mapped or TensorAccess.Copied))
        {
            throw new DecoupleQException($"The value is {Access}.", field: "access", expected: "Mapped or Copied: Read is for what is quantized");
        }
        if (ContextLength < 1)
        {
            throw new DecoupleQException($"The value is {ContextLength}.", field: "context", expected: "at least 1");
        }
        return this;
    }
}

/// <summary>How weights are multiplied.</summary>
public enum Arithmetic
{
    /// <summary>As stored: codes and scales straight into the kernels.</summary>
    Packed,

    /// <summary>Dequantized to float32 when loaded, then dense float32 products: what the packed kernels are held against.</summary>
    Float32,
}
