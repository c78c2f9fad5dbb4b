using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Outputs;
using DecoupleQ.Quantization.Training;
using DecoupleQ.Storage;

namespace DecoupleQ.Quantization.Estimates;

/// <summary>What a job's folder will hold: the same files and tensors as the job writes, from their shapes.</summary>
/// <remarks>
/// Exact but for two things that only the work tells: a layer whose scales do not fit F16 has them in F32, and the digits of the losses in the report vary.
/// </remarks>
/// <param name="FolderBytes">Bytes of all files.</param>
/// <param name="Tensors">Name and bytes of every tensor.</param>
internal sealed record OutputSize(long FolderBytes, IReadOnlyList<(string Name, long ByteLength)> Tensors)
{
    // Of as many digits as most doubles have.
    private const double SomeLoss = 0.0012345678901234567;

    private static readonly string SomeHash = new('0', 64);

    /// <summary>The folder that <paramref name="input"/> makes.</summary>
    public static OutputSize Of(JobInput input)
    {
        int shards = input.Plan.Blocks.Length + 1;
        // Of as many characters as each has.
        var files = new Dictionary<string, FileDigest>();
        var tensors = new List<TensorInfo>();
        for (int shard = 0; shard < shards; shard++)
        {
            IReadOnlyList<TensorPayload> outline = shard == 0 ? input.Contents.OutlineOutsideBlocks()
                : shard <= input.Blocks ? input.Contents.OutlineBlock(shard - 1)
                : input.Contents.OutlineStoredBlock(shard - 1);
            string name = ModelFolderWriter.ShardName(shard, shards);
            files[name] = new FileDigest(SafetensorsWriter.ByteLength(outline), SomeHash);
            tensors.AddRange(outline.Select(t => new TensorInfo(t.Name, t.Type, t.Shape, name, t.ByteLength)));
        }
        files[ShardIndex.FileName] = Counted(stream => ShardIndex.Write(stream, tensors));
        foreach (CompanionFile file in input.Contents.Files(input.Windows))
        {
            files[file.Name] = Counted(file.Write);
        }
        JsonObject report = input.Contents.Report(input.Windows, SomeReports(input));
        return new OutputSize(
            files.Values.Sum(file => file.Bytes) + new FolderManifest(files).Seal(report).Length, [.. tensors.Select(t => (t.Name, t.ByteLength))]);
    }

    private static FileDigest Counted(Action<Stream> write)
    {
        using var counter = new CountingStream();
        write(counter);
        return new FileDigest(counter.Length, SomeHash);
    }

    private static List<BlockReport> SomeReports(JobInput input) =>
    [
        .. Enumerable.Range(0, input.Blocks).Select(block => new BlockReport(
            [
                .. input.Plan.Blocks[block].Linears.Where(layer => input.Formats.Of(block, layer) is not null)
                    .Select(layer => new LayerReport(input.Plan.BlockPrefix(block) + layer.Module, SomeLoss, SomeLoss)),
            ],
            input.Cost.Trains(block) ? new BlockTrainingReport([], SomeLoss, SomeLoss, Kept: true, Diverged: false) : null)),
    ];

    private sealed class CountingStream : WriteOnlyStream
    {
        protected override void Take(ReadOnlySpan<byte> bytes)
        {
            // Only their number counts.
        }
    }
}
