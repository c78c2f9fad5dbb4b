using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Storage;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Models;

/// <summary>Files that change under a model that is loaded.</summary>
public sealed class ChangedFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _weights;

    public ChangedFileTests()
    {
        foreach (string file in Directory.GetFiles(Paths.Model))
        {
            File.Copy(file, _folder.File(Path.GetFileName(file)));
        }
        _weights = _folder.File("model.safetensors");
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("empty", "had 16793960 bytes, and has 0 while it is in use")]
    [InlineData("shorter", "had 16793960 bytes, and has 16000000 while it is in use")]
    [InlineData("longer", "had 16793960 bytes, and has 16793961 while it is in use")]
    [InlineData("written", "was written to while it was in use")]
    public void A_mapped_file_that_changed_is_named_by_the_next_step(string change, string message)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not let a mapped file change.");
        using LanguageModel model = LanguageModel.Load(_folder.Path);
        using Sequence sequence = model.Begin();
        sequence.Append([1, 2, 3]);
        Change(change);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => { sequence.Append([4]); });
        Assert.Equal(_weights, error.File);
        Assert.Contains(message, error.Message);
        Assert.True(error.IsModelFault);
        Assert.Equal(3, sequence.Length);
    }

    [Fact]
    public void A_mapped_file_that_changed_is_named_before_a_tensor_of_it_is_read()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not let a mapped file change.");
        using Checkpoint checkpoint = CheckpointFiles.Open(_folder.Path);
        Change("empty");
        Assert.Equal(_weights, Assert.Throws<DecoupleQException>(() => checkpoint.ReadWeight("lm_head")).File);
    }

    [Fact]
    public void Copied_weights_do_not_mind_and_give_the_same()
    {
        using LanguageModel mapped = LanguageModel.Load(Paths.Model), copied = LanguageModel.Load(_folder.Path, new() { Access = TensorAccess.Copied });
        Change("empty");
        Assert.Equal(mapped.Logits([1, 2, 3]), copied.Logits([1, 2, 3]));
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => LanguageModel.Load(Paths.Model, new() { Access = TensorAccess.Read }));
        Assert.Equal("access", error.Field);
    }

    [Theory]
    [InlineData(DriveType.Fixed, "ext4", true)]
    [InlineData(DriveType.Ram, "tmpfs", true)]
    [InlineData(DriveType.Fixed, "NTFS", true)]
    [InlineData(DriveType.Network, "NTFS", false)]
    [InlineData(DriveType.Network, "nfs", false)]
    [InlineData(DriveType.Unknown, "fuse", false)]
    [InlineData(DriveType.Unknown, "v9fs", false)]
    [InlineData(DriveType.Fixed, "btrfs", true)]
    [InlineData(DriveType.Fixed, "xfs", true)]
    [InlineData(DriveType.Fixed, "overlay", true)]
    [InlineData(DriveType.Fixed, "zfs", true)]
    [InlineData(DriveType.Fixed, "fuseblk", true)]
    [InlineData(DriveType.Fixed, "apfs", true)]
    [InlineData(DriveType.Unknown, "nfs4", false)]
    [InlineData(DriveType.Fixed, "cifs", false)]
    [InlineData(DriveType.Unknown, "smb2", false)]
    [InlineData(DriveType.Fixed, "smb3", false)]
    [InlineData(DriveType.Unknown, "smbfs", false)]
    [InlineData(DriveType.Fixed, "9p", false)]
    [InlineData(DriveType.Unknown, "virtiofs", false)]
    [InlineData(DriveType.Fixed, "vboxsf", false)]
    [InlineData(DriveType.Unknown, "ceph", false)]
    [InlineData(DriveType.Fixed, "lustre", false)]
    [InlineData(DriveType.Unknown, "beegfs", false)]
    [InlineData(DriveType.Fixed, "afs", false)]
    [InlineData(DriveType.Unknown, "gpfs", false)]
    [InlineData(DriveType.Fixed, "gfs2", false)]
    [InlineData(DriveType.Unknown, "fuse.sshfs", false)]
    [InlineData(DriveType.Fixed, "fuse.rclone", false)]
    [InlineData(DriveType.Unknown, "fuse.glusterfs", false)]
    [InlineData(DriveType.Fixed, "FUSE.S3FS", false)]
    [InlineData(DriveType.Unknown, "macfuse", false)]
    public void Where_files_are_local(DriveType type, string format, bool isLocal) => Assert.Equal(isLocal, FileSystems.IsLocal(type, format));

    private void Change(string change)
    {
        using FileStream file = new(_weights, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        switch (change)
        {
            case "empty":
                file.SetLength(0);
                break;
            case "shorter":
                file.SetLength(16_000_000);
                break;
            case "longer":
                file.SetLength(file.Length + 1);
                break;
            default:
                file.Seek(-1, SeekOrigin.End);
                file.WriteByte(7);
                break;
        }
    }
}
