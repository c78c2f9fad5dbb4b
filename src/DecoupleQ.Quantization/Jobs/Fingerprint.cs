using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using DecoupleQ.Checkpoints;
using DecoupleQ.Kernels.Simd;
using DecoupleQ.ModelFiles;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Tuning;
using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>Everything that the result of a job depends on, by name. Threads and memory budget are not among it.</summary>
internal static class Fingerprint
{
    /// <summary>The name of what goes along to the folder and is not weights or config.</summary>
    public const string GoesAlong = "tokenizer or another file that goes along";

    /// <summary>The fingerprint of a job.</summary>
    /// <param name="checkpoint">The model.</param>
    /// <param name="windows">What it is calibrated on.</param>
    /// <param name="options">The settings, with those of the calibration as it turned out.</param>
    /// <param name="companions">What goes along to the folder.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static SortedDictionary<string, string> Of(
        Checkpoint checkpoint,
        CalibrationWindows windows,
        QuantizationOptions options,
        IReadOnlyList<CompanionFile> companions,
        CancellationToken cancellationToken)
    {
        var fingerprint = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["model"] = Hash(checkpoint, cancellationToken),
            [GoesAlong] = Hash(companions),
            ["calibration"] = Hash(windows),
            ["calibration sources"] = string.Join(", ", windows.Sources),
            ["version"] = ToolVersion.Text,
            ["instruction set"] = InstructionSets.Best.ToString(),
            ["overrides"] = options.Overrides.Count == 0 ? "none" : string.Join(", ", options.Overrides),
        };
        foreach (QuantizationSetting setting in QuantizationSettings.OfResult)
        {
            fingerprint.Add(setting.Name, setting.TextIn(options));
        }
        return fingerprint;
    }

    /// <summary>The fingerprint of a conversion, by names, lengths and times of the model's files: reading them takes as long as converting.</summary>
    /// <param name="checkpoint">The model.</param>
    /// <param name="options">The settings.</param>
    /// <param name="companions">What goes along to the folder.</param>
    public static SortedDictionary<string, string> Of(
        Checkpoint checkpoint, ConversionOptions options, IReadOnlyList<CompanionFile> companions) => new(StringComparer.Ordinal)
    {
        ["model"] = string.Join(", ", FilesOf(checkpoint).Select(file => $"{file.FullName} {file.Length} {file.LastWriteTimeUtc.Ticks}")),
        [GoesAlong] = Hash(companions),
        ["version"] = ToolVersion.Text,
        ["dtype"] = options.Type.ToString(),
        ["shard bytes"] = options.ShardBytes.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>The fingerprint of a tuning.</summary>
    /// <param name="packed">The packed model.</param>
    /// <param name="dense">The dense one.</param>
    /// <param name="options">The settings, with the context as it turned out.</param>
    /// <param name="windows">What is trained on, as far as it is no text that the dense model is to write.</param>
    /// <param name="companions">What goes along to the folder.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    public static SortedDictionary<string, string> Of(
        Checkpoint packed,
        Checkpoint dense,
        TuningOptions options,
        IEnumerable<int[]> windows,
        IReadOnlyList<CompanionFile> companions,
        CancellationToken cancellationToken) => new(StringComparer.Ordinal)
    {
        ["model"] = Hash(packed, cancellationToken),
        ["dense model"] = Hash(dense, cancellationToken),
        [GoesAlong] = Hash(companions),
        ["data"] = Hash(windows),
        ["data sources"] = string.Join(", ", CalibrationSource.Kinds(options.Data)),
        ["version"] = ToolVersion.Text,
        ["instruction set"] = InstructionSets.Best.ToString(),
        ["integers"] = options.Integers ? "trained" : "as they are",
        ["tables"] = options.Tables ? "trained" : "as they are",
        ["table-lr"] = Text(options.TableLearningRate),
        ["loss"] = options.Loss.ToString(),
        ["steps"] = Text(options.Steps),
        ["batch"] = Text(options.Batch),
        ["context"] = Text(options.Context!.Value),
        ["self-windows"] = Text(options.SelfWindows),
        ["lr"] = Text(options.LearningRate),
        ["integer-lr"] = Text(options.IntegerLearningRate),
        ["warm-up"] = Text(options.WarmUp),
        ["held-out"] = Text(options.HeldOut),
        ["checks"] = Text(options.Checks),
        ["patience"] = Text(options.Patience),
        ["seed"] = Text(options.Seed),
    };

    /// <summary>Refuses to continue a job whose input has changed.</summary>
    /// <param name="then">Its fingerprint when it began.</param>
    /// <param name="now">Its fingerprint now.</param>
    /// <param name="folder">The partial folder, for the error.</param>
    /// <exception cref="DecoupleQException">It has changed; says what.</exception>
    public static void CheckSame(SortedDictionary<string, string> then, SortedDictionary<string, string> now, string folder)
    {
        // Settings first: they may be why the data has changed.
        string[] changed =
        [
            .. now.Keys.Union(then.Keys).Where(name => now.GetValueOrDefault(name) != then.GetValueOrDefault(name)).OrderBy(IsData).Select(Describe),
        ];
        if (changed.Length > 0)
        {
            throw new DecoupleQException(
                $"The unfinished job was another one: {string.Join("; ", changed)}.",
                folder,
                "resume",
                "the same command as before, or --force to start again");
        }

        string Describe(string name) => IsData(name)
            ? $"the {name} has changed"
            : $"{name} was {then.GetValueOrDefault(name, "not there")} and is {now.GetValueOrDefault(name, "not there")}";
    }

    private static bool IsData(string name) => name is "model" or "dense model" or "calibration" or "data" or GoesAlong;

    private static string Text<T>(T value)
        where T : IFormattable => value.ToString(null, CultureInfo.InvariantCulture);

    /// <summary>The windows' ids, as SHA-256 in hexadecimal.</summary>
    public static string Hash(CalibrationWindows windows) => Hash(windows.Ids.Concat(windows.HeldOut));

    /// <inheritdoc cref="Hash(CalibrationWindows)"/>
    public static string Hash(IEnumerable<int[]> windows)
    {
        using var digesting = new DigestingStream();
        foreach (int[] window in windows)
        {
            digesting.Write(MemoryMarshal.AsBytes<int>(window));
        }
        return digesting.Digest().Sha256;
    }

    private static string Hash(IReadOnlyList<CompanionFile> companions)
    {
        using var digest = new DigestingStream(Stream.Null);
        foreach (CompanionFile file in companions)
        {
            digest.Write(Encoding.UTF8.GetBytes(file.Name + "\0"));
            file.Write(digest);
        }
        return digest.Digest().Sha256;
    }

    private static IEnumerable<FileInfo> FilesOf(Checkpoint checkpoint) =>
        checkpoint.Tensors.Values.Select(tensor => tensor.File).Append(checkpoint.ConfigFile).Distinct().Order(StringComparer.Ordinal)
            .Select(path => new FileInfo(path));

    private static string Hash(Checkpoint checkpoint, CancellationToken cancellationToken)
    {
        using var digesting = new DigestingStream();
        digesting.Write(Encoding.UTF8.GetBytes(checkpoint.Config.ToJsonString()));
        foreach (TensorInfo tensor in checkpoint.Tensors.Values.OrderBy(t => t.Name, StringComparer.Ordinal))
        {
            digesting.Write(Encoding.UTF8.GetBytes($"{tensor.Name} {tensor.Type} {TensorTypes.Describe(tensor.Shape)}"));
            checkpoint.CopyTensor(tensor.Name, digesting, cancellationToken);
        }
        return digesting.Digest().Sha256;
    }
}
