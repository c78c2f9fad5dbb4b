using System.Diagnostics;
using DecoupleQ.Models;

namespace DecoupleQ.Bench;

/// <summary>
/// Loads and disposals of the bundled model, every other one of a folder whose last tensor is missing: what is left of memory, maps and threads, and whether
/// it grows.
/// </summary>
internal static class LoadsBenchmark
{
    private const int Loads = 200;

    public static void Run(Report report)
    {
        string good = report.Arguments.Count > 0 ? report.Arguments[0] : Path.Combine("samples", "books-8m");
        string bad = Directory.CreateTempSubdirectory("decoupleq-bench-").FullName;
        try
        {
            File.WriteAllText(
                Path.Combine(bad, "config.json"),
                File.ReadAllText(Path.Combine(good, "config.json")).Replace("\"num_hidden_layers\": 8", "\"num_hidden_layers\": 9"));
            File.Copy(Path.Combine(good, "model.safetensors"), Path.Combine(bad, "model.safetensors"));
            Load(good);
            Fail(bad);
            // The first ones also compile code and grow the heap to its size; what leaks would go on.
            for (int done = 0; done <= 2 * Loads; done += Loads / 4)
            {
                for (int i = 0; i < Loads / 8 && done > 0; i++)
                {
                    Load(good);
                    Fail(bad);
                }
                (long memory, int threads, int maps) = State();
                report.Add(("loads", done), ("resident MB", memory / 1e6), ("threads", threads), ("maps of the model", maps));
            }
        }
        finally
        {
            Directory.Delete(bad, recursive: true);
        }
    }

    private static void Load(string folder)
    {
        using LanguageModel model = LanguageModel.Load(folder, new() { Threads = 2 });
        using Sequence sequence = model.Begin();
        sequence.Append([1, 2, 3], default);
    }

    private static void Fail(string folder)
    {
        try
        {
            LanguageModel.Load(folder).Dispose();
            throw new InvalidOperationException("The damaged folder was loaded.");
        }
        catch (DecoupleQException)
        {
        }
    }

    private static (long Memory, int Threads, int Maps) State()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        using Process self = Process.GetCurrentProcess();
        int maps = File.Exists("/proc/self/maps")
            ? File.ReadLines("/proc/self/maps").Count(line => line.EndsWith(".safetensors", StringComparison.Ordinal))
            : 0;
        return (self.WorkingSet64, self.Threads.Count, maps);
    }
}
