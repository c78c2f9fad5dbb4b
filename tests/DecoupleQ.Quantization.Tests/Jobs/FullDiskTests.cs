using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Storage;

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

    // Whole jobs take longer than what ends early: some, and the last ones, at which all is written.
    private static bool Continues(int fails, int writes) => fails % 8 == 0 || fails > writes - 4;

    private static void CheckCleanEnd(DecoupleQException error, string output)
    {
        Assert.Contains("No space left", error.Message);
        Assert.Contains("--resume", error.Expected);
        Assert.StartsWith(output + ".partial", error.File);
        Assert.False(Directory.Exists(output));
        if (Directory.Exists(output + ".partial"))
        {
            Assert.Empty(Directory.EnumerateFiles(output + ".partial", "*.tmp", SearchOption.AllDirectories));
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

        private sealed class FailingStream(Stream file, FailingDisk disk) : WriteOnlyStream
        {
            public override void Flush() => file.Flush();

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
