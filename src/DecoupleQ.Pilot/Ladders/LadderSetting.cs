using System.Globalization;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Pilot.Ladders;

/// <summary>A setting that a pilot may try; the terms are those of <c>quantize</c>.</summary>
/// <param name="Bits">Bits of a weight of a linear layer: 2, 3, 4 or 8.</param>
/// <param name="GroupSize">Inputs that share a scale and a bias: 32, 64, 128, or -1 for the whole row (per channel).</param>
/// <param name="EmbeddingBits">Bits of the token embedding: 16 as stored, 8 or 4.</param>
/// <param name="HeadBits">Bits of the output head: 16 as stored, 8 or 4.</param>
/// <param name="Preset">How layers are solved and blocks are trained.</param>
public sealed record LadderSetting(int Bits, int GroupSize, int EmbeddingBits, int HeadBits, Preset Preset)
{
    /// <summary>The bits that stand for a table as it is stored.</summary>
    public const int AsStored = 16;

    /// <summary>
    /// Whether another one can be taken to be no worse for accuracy: of the same preset, with as many bits or more everywhere, and groups as large or smaller.
    /// </summary>
    /// <remarks>
    /// A finer grid holds the coarser one's values nearly, so this is so but for chance; presets are not compared, as none is better on every model.
    /// </remarks>
    public bool IsNoBetterThan(LadderSetting other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Preset == other.Preset && Bits <= other.Bits && Coarseness(GroupSize) >= Coarseness(other.GroupSize)
            && EmbeddingBits <= other.EmbeddingBits && HeadBits <= other.HeadBits;
    }

    /// <summary>Whether the two differ at most in bits and groups of the linear layers: a branch of the ladder.</summary>
    public bool IsOfTheBranchOf(LadderSetting other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return Preset == other.Preset && EmbeddingBits == other.EmbeddingBits && HeadBits == other.HeadBits;
    }

    /// <summary>A job's options with this setting.</summary>
    /// <exception cref="DecoupleQException">A value is none that the job takes; names it.</exception>
    public QuantizationOptions ApplyTo(QuantizationOptions options)
    {
        options = Preset.ApplyTo(options);
        (QuantizationSetting Setting, int Value)[] values =
        [
            (QuantizationSettings.Bits, Bits), (QuantizationSettings.GroupSize, GroupSize),
            (QuantizationSettings.EmbeddingBits, EmbeddingBits), (QuantizationSettings.HeadBits, HeadBits),
        ];
        foreach ((QuantizationSetting setting, int value) in values)
        {
            string text = value.ToString(CultureInfo.InvariantCulture);
            SettingValue found = setting.Parse(text)
                ?? throw new DecoupleQException($"The value is {text}.", field: setting.Name, expected: setting.Expected);
            options = found.Set(options);
        }
        return options;
    }

    /// <summary>As options of <c>quantize</c>: what is not named is as stored.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"--bits {Bits} --group-size {GroupSize}{Table("embedding", EmbeddingBits)}{Table("head", HeadBits)} --preset {Preset.Name}");

    // The whole row is the largest group.
    private static int Coarseness(int groupSize) => groupSize == QuantizationFormat.PerChannel ? int.MaxValue : groupSize;

    private static string Table(string name, int bits) => bits == AsStored ? "" : string.Create(CultureInfo.InvariantCulture, $" --{name}-bits {bits}");
}
