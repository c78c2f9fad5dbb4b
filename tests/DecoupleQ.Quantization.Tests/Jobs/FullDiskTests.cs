using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Storage;
using Microsoft.Win32.SafeHandles;

namespace DecoupleQ.Quantization.Tests.Jobs;

/// <summary>A disk that is full at each write of a job in turn.</summary>
public sealed class FullDiskTests(TinyModel model) : IClassFixture<TinyModel>
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_job_ends_in_a_clean_error_at_every_write_and_can_be_resumed()
    {
        string expected = model.NewOutput();
        QuantizationOptions options = model.Options(expected) with { Samples = 1, Minimisation = new() { Epochs = 0 } };
        var disk = new FailingDisk(int.MaxValue);
        QuantizationJob.Run(options, disk, null, Token);
        Assert.InRange(disk.Writes, 30, 1000);
        for (int fails = 0; fails < disk.Writes; fails++)
        {
            QuantizationOptions another = options with { Output = model.NewOutput() };
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => QuantizationJob.Run(another, new FailingDisk(fails), null, Token));
            CheckCleanEnd(error, another.Output);
            if (Continues(fails, disk.Writes))
            {
                QuantizationJob.Run(another with { Resume = true }, null, Token);
                Folders.AssertSame(expected, another.Output);
                Assert.False(Directory.Exists(another.Output + ".partial"));
            }
        }
    }

    [Fact]
    public void A_conversion_ends_in_a_clean_error_at_every_write_and_can_be_resumed()
    {
        string expected = model.NewOutput();
        ConversionOptions options = new() { Model = model.Folder, Output = expected, ShardBytes = 30_000 };
        var disk = new FailingDisk(int.MaxValue);
        ConversionJob.Run(options, disk, null, Token);
        Assert.InRange(disk.Writes, 30, 1000);
        for (int fails = 0; fails < disk.Writes; fails++)
        {
            ConversionOptions another = options with { Output = model.NewOutput() };
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => ConversionJob.Run(another, new FailingDisk(fails), null, Token));
            CheckCleanEnd(error, another.Output);
            ConversionJob.Run(another with { Resume = true }, null, Token);
            Folders.AssertSame(expected, another.Output);
            Assert.False(Directory.Exists(another.Output + ".partial"));
        }
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, true)]
    [InlineData(0, false)]
    [InlineData(1, false)]
    public void Activations_that_the_disk_has_no_room_for_end_a_job_in_a_clean_error_and_it_can_be_resumed(int full, bool atOnce)
    {
        string expected = model.NewOutput();
        QuantizationOptions options = model.Options(expected) with { Samples = 2, MemoryBudget = Budget() };
        var disk = new SpillingDisk(int.MaxValue, atOnce);
        QuantizationJob.Run(options, disk, null, Token);
        Assert.Equal(2, disk.Files);
        QuantizationOptions another = options with { Output = model.NewOutput() };
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => QuantizationJob.Run(another, new SpillingDisk(full, atOnce), null, Token));
        Assert.Contains("activations-", error.File);
        CheckCleanEnd(error, another.Output, atOnce ? "No space left" : "cannot be kept");
        QuantizationJob.Run(another with { Resume = true }, null, Token);
        Folders.AssertSame(expected, another.Output);
        Assert.False(Directory.Exists(another.Output + ".partial"));
    }

    // Whole jobs take longer than what ends early: some, and the last ones, at which all is written.
    private static bool Continues(int fails, int writes) => fails % 8 == 0 || fails > writes - 4;

    private static void CheckCleanEnd(DecoupleQException error, string output, string message = "No space left")
    {
        Assert.Contains(message, error.Message);
        Assert.Contains("--resume", error.Expected);
        Assert.StartsWith(output + ".partial", error.File);
        Assert.False(Directory.Exists(output));
        if (Directory.Exists(output + ".partial"))
        {
            Assert.Empty(Directory.EnumerateFiles(output + ".partial", "*.tmp", SearchOption.AllDirectories));
        }
    }

    // As little as there may be, so that all activations go to files.
    private long Budget()
    {
        using JobInput input = JobInput.Open(model.Options(model.NewOutput()), Token);
        return MemoryShares.HessianBytes(input.Plan, input.Solver) + (1 << 20);
    }

    /// <summary>Has no room for one of the files of activations, be it at once or when it is written.</summary>
    private sealed class SpillingDisk(int full, bool atOnce) : DurableWriter(ModelFolderWriter.DiskAdvice)
    {
        public int Files { get; private set; }

        public override SafeFileHandle CreateScratch(string path, long bytes)
        {
            if (Files++ != full)
            {
                return base.CreateScratch(path, bytes);
            }
            if (atOnce)
            {
                throw new IOException("No space left on device");
            }
            File.WriteAllBytes(path, []);
            return File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.None, FileOptions.DeleteOnClose);
        }
    }

    private sealed class FailingDisk(int fails) : DurableWriter(ModelFolderWriter.DiskAdvice)
    {
        public int Writes { get; private set; }

        protected override Stream Create(string temporary) => new FailingStream(base.Create(temporary), this);

        private void Count()
        {
            if (Writes++ >= fails)
            {
                throw new IOException("No space left on device");
            }
        }

        protected override void Rename(string temporary, string path)
        {
            Count();
            base.Rename(temporary, path);
        }

        private sealed class FailingStream(Stream file, FailingDisk disk) : WriteOnlyStream
        {
            public override void Flush()
            {
                disk.Count();
                file.Flush();
            }

            protected override void Take(ReadOnlySpan<byte> bytes)
            {
                disk.Count();
                file.Write(bytes);
            }

            protected override void Dispose(bool disposing)
            {
                file.Dispose();
                base.Dispose(disposing);
            }
        }
    }
}
