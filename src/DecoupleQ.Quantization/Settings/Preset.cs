using System.Security.Cryptography;
using System.Text;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Quantization.Training;

namespace DecoupleQ.Quantization.Settings;

/// <summary>A named choice of how layers are solved and blocks are trained. It says nothing of format, calibration and run.</summary>
public sealed class Preset
{
    private const int DigestDigits = 12;

    private Preset(string name, string description, params SettingValue[] changes)
    {
        Name = name;
        Description = description;
        HashSet<QuantizationSetting> changed = [.. changes.Select(change => change.Setting)];
        Values =
        [
            .. QuantizationSettings.All.Where(s => s.Group is SettingGroup.Solver or SettingGroup.BlockTraining && !changed.Contains(s)).Select(s => s.Default),
            .. changes,
        ];
    }

    /// <summary>What the code published with arXiv 2404.12759 does, with the rounding to stored scales and the held-out check added. The default.</summary>
    public static Preset Paper { get; } = new("paper", "what the published code does");

    /// <summary>Layers only, from ranges shrunk by at most a fifth, and one round.</summary>
    public static Preset Fast { get; } = new(
        "fast",
        "no training of blocks, one round, and a quarter of the search",
        QuantizationSettings.ShrinkSteps.Of(40),
        QuantizationSettings.Rounds.Of(1),
        QuantizationSettings.BlockEpochs.Of(0));

    /// <summary>The best measured so far.</summary>
    public static Preset Best { get; } = new(
        "best",
        "the most accurate measured so far",
        QuantizationSettings.Start.Of(StartSearch.DiagonalSearch),
        QuantizationSettings.Rounding.Of(IntegerSolver.CoordinateDescent),
        QuantizationSettings.CoordinateOrder.Of(Solver.CoordinateOrder.Decreasing),
        QuantizationSettings.AsymmetricTarget.Of(0.5),
        QuantizationSettings.BlockTarget.Of(TrainingTarget.DenseStream),
        QuantizationSettings.BlockLearningRate.Of(3e-4),
        QuantizationSettings.BlockSchedule.Of(LearningRateSchedule.Cosine),
        QuantizationSettings.BlockOrder.Of(SequenceOrder.Shuffled));

    /// <summary>All of them; the first is the default.</summary>
    public static IReadOnlyList<Preset> All { get; } = [Paper, Fast, Best];

    /// <summary>As it is given.</summary>
    public string Name { get; }

    /// <summary>What is special about it.</summary>
    public string Description { get; }

    /// <summary>A value for every setting of <see cref="SettingGroup.Solver"/> and <see cref="SettingGroup.BlockTraining"/>.</summary>
    public IReadOnlyList<SettingValue> Values { get; }

    /// <summary>What tells it from a preset of that name in another version, whose values differ: 12 hexadecimal digits of a SHA-256.</summary>
    public string Digest => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        string.Join('\n', Values.Select(value => value.ToString()).Order(StringComparer.Ordinal)))))[..DigestDigits];

    /// <summary>Options with these values.</summary>
    public QuantizationOptions ApplyTo(QuantizationOptions options) => Values.Aggregate(options, (current, value) => value.Set(current));

    /// <inheritdoc/>
    public override string ToString() => Name;
}
