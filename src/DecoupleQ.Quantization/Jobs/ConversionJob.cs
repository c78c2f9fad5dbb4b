using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Outputs;
using DecoupleQ.Storage;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>What to convert, into what, and where to.</summary>
public sealed record ConversionOptions
{
    /// <summary>The model: a GGUF file, a packed folder, or a dense one.</summary>
    public required string Model { get; init; }

    /// <summary>The folder to write.</summary>
    public required string Output { get; init; }

    /// <summary>The element type of the weights.</summary>
    public ElementType Type { get; init; } = ElementType.F16;

    /// <summary>Whether an existing output folder that decoupleq wrote, and what an interrupted job left, are replaced.</summary>
    public bool Force { get; init; }

    /// <summary>Whether an interrupted conversion is continued: files of weights that are whole are not written again.</summary>
    public bool Resume { get; init; }

    /// <summary>The most bytes of a file of weights; a larger tensor has a file of its own. 5 GB by default, as transformers writes them.</summary>
    public long ShardBytes { get; init; } = 5_000_000_000;
}

/// <summary>What a conversion wrote.</summary>
/// <param name="Output">The folder.</param>
/// <param name="Tensors">Number of tensors.</param>
/// <param name="Bytes">Bytes of the tensors.</param>
/// <param name="Files">Names of the files in the folder, in ordinal order.</param>
/// <param name="Warnings">What the model's files contradict each other in, and what was made of it, and guesses, a sentence each; usually none.</param>
public sealed record ConversionReport(string Output, int Tensors, long Bytes, IReadOnlyList<string> Files, IReadOnlyList<string> Warnings);

/// <summary>How far a conversion is.</summary>
/// <param name="Tensor">The tensor written last.</param>
/// <param name="Bytes">Bytes of tensors written.</param>
/// <param name="TotalBytes">Bytes of all tensors.</param>
public sealed record ConversionProgress(string Tensor, long Bytes, long TotalBytes);

/// <summary>Writes a model as a dense Hugging Face folder that other tools load: weights, config, tokenizer and chat template.</summary>
public static class ConversionJob
{
    /// <summary>Converts. The output folder appears only when it is whole.</summary>
    /// <param name="options">What, into what, where to.</param>
    /// <param name="progress">Told after each tensor.</param>
    /// <param name="cancellationToken">Ends the job; nothing that looks whole is left.</param>
    /// <exception cref="DecoupleQException">The model cannot be run here, an option cannot be used, a weight is beyond the range of the type, or the folder
    /// cannot be written.</exception>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public static ConversionReport Run(
        ConversionOptions options, IProgress<ConversionProgress>? progress = null, CancellationToken cancellationToken = default) =>
        Run(options, new DurableWriter(ModelFolderWriter.DiskAdvice), progress, cancellationToken);

    /// <inheritdoc cref="Run(ConversionOptions, IProgress{ConversionProgress}?, CancellationToken)"/>
    /// <param name="options">What, into what, where to.</param>
    /// <param name="disk">Writes the files.</param>
    /// <param name="progress">Told after each tensor.</param>
    /// <param name="cancellationToken">Ends the job; nothing that looks whole is left.</param>
    internal static ConversionReport Run(
        ConversionOptions options, DurableWriter disk, IProgress<ConversionProgress>? progress, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.ShardBytes, nameof(options));
        OptionRange.Named<ElementType>().Require(options.Type, "dtype");
        var request = new OutputRequest("convert", options.Output, options.Model, options.Force, options.Resume);
        OutputFolder.Recover(options.Output);
        OutputFolder.Check(request, cancellationToken);
        using Checkpoint checkpoint = CheckpointFiles.Open(options.Model, TensorAccess.Read);
        // What a run of the model would refuse is refused here too: the config is written as the plan understands it.
        ModelPlan plan = Architecture.Plan(checkpoint);
        new WeightReader(checkpoint).Check(plan);
        StoredModel.CheckBeside(checkpoint, plan);
        IReadOnlyList<CompanionFile> companions = CompanionFiles.Of(options.Model);
        IReadOnlyList<IReadOnlyList<TensorPayload>> shards = Shards(WithProgress(DenseTensors.Of(checkpoint, options.Type), progress), options.ShardBytes);
        JsonObject config = Config(checkpoint, options.Type);
        IReadOnlyList<string> names = ModelFolderWriter.Names(shards.Count, [.. companions.Select(file => file.Name), FolderContents.ConfigFile]);

        using OutputFolder output = OutputFolder.Create(request, names, disk, cancellationToken);
        Journal? found = options.Resume ? Journal.Read(output.Work) : null;
        SortedDictionary<string, string> fingerprint = Fingerprint.Of(checkpoint, options, companions);
        found?.CheckSame(fingerprint, 0, output.Work);
        if (found is null || !output.IsStillWhole(disk, cancellationToken))
        {
            var writer = new ModelFolderWriter(output.Model, shards.Count, disk);
            Write(shards, writer, found ?? new Journal(fingerprint, [], []), output, disk, cancellationToken);
            writer.WriteIndex();
            foreach (CompanionFile file in companions.Append(CompanionFile.Of(FolderContents.ConfigFile, JsonFile.Bytes(config))))
            {
                writer.Write(file);
            }
            cancellationToken.ThrowIfCancellationRequested();
            writer.WriteReport(new JsonObject { ["tool"] = FolderManifest.Tool, ["version"] = ToolVersion.Text, ["dtype"] = options.Type.ToString() });
            StoredModel.Check(output.Model);
            output.Complete(writer.Manifest, disk);
        }
        IReadOnlyList<string> left = output.Commit();
        return new ConversionReport(
            options.Output,
            shards.Sum(shard => shard.Count),
            shards.Sum(shard => shard.Sum(tensor => tensor.ByteLength)),
            [.. names.Order(StringComparer.Ordinal)],
            [.. plan.Warnings, .. left]);
    }

    /// <summary>The folder in which a conversion to <paramref name="output"/> that ended early has kept files of weights; null if it has kept none.</summary>
    /// <param name="output">The conversion's output, <see cref="ConversionOptions.Output"/>.</param>
    public static string? Interrupted(string output) => OutputFolder.WorkOf(output) is { HasWork: true } work ? work.Path : null;

    private static void Write(
        IReadOnlyList<IReadOnlyList<TensorPayload>> shards, ModelFolderWriter writer, Journal journal, OutputFolder output, DurableWriter disk,
        CancellationToken cancellationToken)
    {
        for (int shard = 0; shard < shards.Count; shard++)
        {
            if (shard < journal.Shards.Count && writer.KeepShard(shard, journal.Shards[shard], cancellationToken))
            {
                continue;
            }
            journal.Put(shard, writer.WriteShard(shard, shards[shard], cancellationToken));
            journal.Write(output.Work, disk);
        }
    }

    private static JsonObject Config(Checkpoint checkpoint, ElementType type)
    {
        JsonObject config = ConfigSpelling.Both(DenseConfig.Create(checkpoint.Config, type));
        if (TiedHead.ContradictsConfig(checkpoint))
        {
            config[TiedHead.Field] = false;
        }
        return config;
    }

    private static List<IReadOnlyList<TensorPayload>> Shards(IReadOnlyList<TensorPayload> tensors, long most)
    {
        var shards = new List<IReadOnlyList<TensorPayload>>();
        var current = new List<TensorPayload>();
        long bytes = 0;
        foreach (TensorPayload tensor in tensors)
        {
            if (current.Count > 0 && bytes + tensor.ByteLength > most)
            {
                shards.Add(current);
                (current, bytes) = ([], 0);
            }
            current.Add(tensor);
            bytes += tensor.ByteLength;
        }
        shards.Add(current);
        return shards;
    }

    private static IReadOnlyList<TensorPayload> WithProgress(IReadOnlyList<TensorPayload> tensors, IProgress<ConversionProgress>? progress)
    {
        if (progress is null)
        {
            return tensors;
        }
        long written = 0, total = tensors.Sum(t => t.ByteLength);
        return [.. tensors.Select(tensor => new TensorPayload(tensor.Name, tensor.Type, tensor.Shape, (stream, cancellationToken) =>
        {
            tensor.Write(stream, cancellationToken);
            written += tensor.ByteLength;
            progress.Report(new ConversionProgress(tensor.Name, written, total));
        }))];
    }
}
