using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Outputs;
using DecoupleQ.Quantization.Recipes;
using DecoupleQ.Quantization.Training;
using DecoupleQ.Quantization.Tuning;
using DecoupleQ.Storage;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>What goes into the folder of a tuned model: what was trained, everything else as it was stored, and what describes them.</summary>
/// <param name="packed">The model that was tuned.</param>
/// <param name="plan">Its plan.</param>
/// <param name="options">The job's options, with the context as it turned out.</param>
internal sealed class TunedContents(Checkpoint packed, ModelPlan plan, TuningOptions options)
{
    private const string Section = "tuning";

    private readonly CompanionFile[] _companions =
    [
        .. CompanionFiles.Of(packed.Path),
        .. File.Exists(Path.Combine(packed.Path, Recipe.FileName)) ? [CompanionFile.Copy(Path.Combine(packed.Path, Recipe.FileName))] : (CompanionFile[])[],
    ];

    /// <summary>Shards: what is outside the blocks, then one a block.</summary>
    public int Shards => plan.Blocks.Length + 1;

    /// <summary>What goes along.</summary>
    public IReadOnlyList<CompanionFile> Companions => _companions;

    /// <summary>Names of all files of the folder.</summary>
    public IReadOnlyList<string> Names() => ModelFolderWriter.Names(Shards, [.. _companions.Select(file => file.Name), FolderContents.ConfigFile]);

    /// <summary>The tensors of a shard.</summary>
    /// <param name="shard">0 for what is outside the blocks, else a block's number from 1 on.</param>
    /// <param name="stored">What is stored.</param>
    public IReadOnlyList<TensorPayload> Shard(int shard, StoredParameters stored) => shard > 0
        ? [.. Part(plan.BlockPrefix(shard - 1), plan.Blocks[shard - 1], stored.Parts[shard - 1])]
        : [
            .. Table(plan.Embedding, stored),
            .. Part("", plan.Final, stored.Parts[^1]),
            .. plan.HeadIsEmbedding ? [] : Table(plan.Head, stored),
        ];

    /// <summary>The files beside the weights and the report.</summary>
    /// <param name="tuning">What was done, for the config.</param>
    public IReadOnlyList<CompanionFile> Files(JsonObject tuning)
    {
        var config = (JsonObject)packed.Config.DeepClone();
        if (config[QuantizationConfig.Section] is JsonObject own)
        {
            own[Section] = tuning.DeepClone();
        }
        return [.. _companions, CompanionFile.Of(FolderContents.ConfigFile, JsonFile.Bytes(config))];
    }

    /// <summary>What <see cref="FolderManifest.FileName"/> says, but for the files of the folder: what it said of the model before, and the tuning.</summary>
    public JsonObject Report(JsonObject tuning)
    {
        JsonObject report = QuantizationRecord.ReadIfThere(packed.Path)?.Provenance ?? [];
        report["tool"] = FolderManifest.Tool;
        report["version"] = ToolVersion.Text;
        report[Section] = tuning.DeepClone();
        return report;
    }

    /// <summary>What was done; nothing that differs between two runs on the same input.</summary>
    /// <param name="journal">The finished job's.</param>
    /// <param name="windows">What was trained on.</param>
    public JsonObject Tuning(TuningJournal journal, TuningWindows windows)
    {
        TuningCheck best = journal.Best!;
        return new JsonObject
        {
            ["version"] = ToolVersion.Text,
            ["integers"] = options.Integers,
            ["tables"] = options.Tables,
            ["loss"] = options.Loss.ToString().ToLowerInvariant(),
            ["steps"] = best.Step,
            ["batch"] = options.Batch,
            ["learningRate"] = options.LearningRate,
            ["integerLearningRate"] = options.IntegerLearningRate,
            ["tableLearningRate"] = options.TableLearningRate,
            ["seed"] = options.Seed,
            ["heldOutBefore"] = journal.Checks[0].HeldOutLoss,
            ["heldOutAfter"] = best.HeldOutLoss,
            ["data"] = new JsonObject
            {
                ["sources"] = new JsonArray([.. CalibrationSource.Kinds(options.Data).Select(source => (JsonNode)source)]),
                ["windows"] = windows.Training.Length,
                ["heldOutWindows"] = windows.HeldOut.Length,
                ["context"] = windows.Context,
                ["sha256"] = Fingerprint.Hash(windows.All),
            },
        };
    }

    private IEnumerable<TensorPayload> Part(string prefix, BlockPlan part, BlockParameters parameters) => part.Operations.SelectMany(operation =>
    {
        IEnumerable<TensorPayload> vectors = FolderContents.Vectors(prefix, operation, parameters);
        return operation is not LinearOperation linear ? vectors
            : parameters.Layers.ContainsKey(linear) ? FolderContents.Packed(prefix, linear, parameters).Concat(vectors)
            : Copied(prefix + linear.Module).Concat(vectors);
    });

    private IEnumerable<TensorPayload> Table(string module, StoredParameters stored) => !options.Tables ? Copied(module)
        : stored.Tables[module] is AffineMatrix affine ? AffineTensors.Of(module, affine)
        : [TensorPayload.Matrix($"{module}.weight", (DenseMatrix)stored.Tables[module])];

    private IEnumerable<TensorPayload> Copied(string module) => FolderContents.CopiedMatrix(packed, module);
}
