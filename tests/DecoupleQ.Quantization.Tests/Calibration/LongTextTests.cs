using DecoupleQ.ModelFiles;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Quantization.Tests.Calibration;

[Collection(nameof(ProcessWide))]
public sealed class LongTextTests
{
    [Fact]
    public void A_long_text_is_never_held_as_a_whole()
    {
        using var folder = new TemporaryFolder();
        Tokenizer tokenizer = TokenizerFiles.Load(Paths.Model);
        string file = folder["long.txt"], part = File.ReadAllText(Path.Combine(Paths.Samples, "text", "calibration.txt"));
        using (StreamWriter writer = new(file))
        {
            for (int i = 0; i < 6; i++)
            {
                writer.Write(part);
            }
        }
        long before = GC.GetTotalMemory(forceFullCollection: true), most = 0;
        using (new Timer(_ => most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true)), null, 0, 30))
        {
            CalibrationWindows.FromTexts([file], tokenizer, 4, 0, 32, 0, mostTextBytes: 1 << 20);
        }
        // 9 MB of text: its characters and ids together took 60 MB.
        Assert.InRange(most - before, 0, 8 << 20);
    }
}
