using System.Globalization;
using System.Text;
using DecoupleQ.ModelFiles;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Bench;

/// <summary>
/// Time and memory of encoding <see cref="LongTexts"/>, each at one length and at four times that: <c>long-texts PROSE MEGABYTES TOKENIZER...</c>.
/// </summary>
/// <remarks>Memory is what the process holds at most beyond what it held with the tokenizer and the text: Linux only.</remarks>
internal static class LongTextsBenchmark
{
    // What is promised: encoding takes no more than this and this many bytes a byte.
    private const double Free = 64 << 20, PerByte = 32;

    public static void Run(Report report)
    {
        if (report.Arguments.Count < 3)
        {
            throw new ArgumentException("usage: long-texts PROSE MEGABYTES TOKENIZER...");
        }
        string prose = File.ReadAllText(report.Arguments[0]);
        int bytes = (int)(1e6 * double.Parse(report.Arguments[1], CultureInfo.InvariantCulture));
        var worst = new List<(string Name, double Ratio, double Memory, double Slowest)>();
        foreach (string path in report.Arguments.Skip(2))
        {
            Tokenizer tokenizer = TokenizerFiles.Load(path);
            tokenizer.Encode(prose);
            string name = Path.GetFileName(Path.HasExtension(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : path);
            (double ratio, double memory, double slowest) = (0, 0, 0);
            foreach (((string text, Func<string> small), (_, Func<string> large)) in
                LongTexts.Of(tokenizer, bytes, prose).Zip(LongTexts.Of(tokenizer, 4 * bytes, prose)))
            {
                Measurement first = Measure(tokenizer, small(), times: 2), second = Measure(tokenizer, large(), times: 2);
                report.Add(
                    ("long-texts", $"{name}: {text}"),
                    ("MB", second.Bytes / 1e6),
                    ("MB/s", second.Bytes / 1e6 / second.Seconds),
                    ("ratio of times a byte", second.Seconds / second.Bytes / (first.Seconds / first.Bytes)),
                    ("peak MB", second.Peak / 1e6),
                    ("bytes a byte", second.Peak / second.Bytes),
                    ("of what is promised", second.Peak / (Free + PerByte * second.Bytes)),
                    ("ids a byte", (double)second.Ids / second.Bytes));
                ratio = Math.Max(ratio, second.Seconds / second.Bytes / (first.Seconds / first.Bytes));
                memory = Math.Max(memory, second.Peak / second.Bytes);
                slowest = Math.Max(slowest, 1e9 * second.Seconds / second.Bytes);
            }
            worst.Add((name, ratio, memory, slowest));
        }
        foreach ((string name, double ratio, double memory, double slowest) in worst)
        {
            report.Add(("worst of each", name), ("ratio of times a byte", ratio), ("bytes a byte", memory), ("ns a byte", slowest));
        }
    }

    private static Measurement Measure(Tokenizer tokenizer, string text, int times)
    {
        int bytes = Encoding.UTF8.GetByteCount(text), ids = 0;
        (double seconds, double peak) = (double.MaxValue, 0);
        for (int i = 0; i < times; i++)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
            File.WriteAllText("/proc/self/clear_refs", "5");
            double before = HighWater();
            // Of the processor, so that what other processes take of a busy machine does not count.
            TimeSpan start = Environment.CpuUsage.TotalTime;
            ids = tokenizer.Encode(text, SpecialTokens.Recognized).Count;
            seconds = Math.Min(seconds, (Environment.CpuUsage.TotalTime - start).TotalSeconds);
            peak = Math.Max(peak, HighWater() - before);
        }
        return new Measurement(bytes, seconds, peak, ids);
    }

    /// <summary>The most memory that the process held since that was last forgotten, in bytes.</summary>
    private static double HighWater() => File.ReadLines("/proc/self/status").Where(line => line.StartsWith("VmHWM:", StringComparison.Ordinal))
        .Select(line => 1024 * double.Parse(line[6..^2], CultureInfo.InvariantCulture)).Single();

    private readonly record struct Measurement(int Bytes, double Seconds, double Peak, int Ids);
}
