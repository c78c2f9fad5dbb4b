using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using DecoupleQ.Quantization.Jobs;

namespace DecoupleQ.Bench;

/// <summary>
/// Kills jobs (kill -9) at random moments, a third of them within the last steps, and looks at what is left: OUT is the old folder or the new one, byte for
/// byte, or it was not there before; no finished block is lost; whatever is run next ends with the bytes of a job that nobody killed. Anything else ends the
/// benchmark with an exception, which names the seed.
/// </summary>
internal static class KillResumeBenchmark
{
    private const string Child = "job";

    private static readonly string[] Commands = ["2", "convert"];

    public static void Run(Report report)
    {
        if (report.Arguments.ToArray() is [Child, string folder, string command, string output, .. string[] flags])
        {
            new KilledJob(folder).Run(command, output, flags);
            return;
        }
        int kills = report.Arguments.Count > 0 ? int.Parse(report.Arguments[0], CultureInfo.InvariantCulture) : 1000;
        int seed = report.Arguments.Count > 1 ? int.Parse(report.Arguments[1], CultureInfo.InvariantCulture) : 1;
        string work = Directory.CreateTempSubdirectory("decoupleq-kill-").FullName;
        try
        {
            new Kills(work, seed).Run(kills, report);
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private sealed class Kills(string work, int seed)
    {
        private readonly Random _random = new(seed);
        private bool _fills;
        private readonly Dictionary<string, string> _expected = [];
        private readonly Dictionary<string, TimeSpan> _whole = [];
        private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);

        private string Output => Path.Combine(work, "out");

        // Where work goes on: beside the output, or inside it, as in a volume.
        private string Partial => _fills ? Path.Combine(Output, ".partial") : Output + ".partial";

        public void Run(int kills, Report report)
        {
            new KilledJob(work).Prepare();
            string old = Path.Combine(work, "old");
            Finish("4", old);
            foreach (string command in Commands)
            {
                long start = Stopwatch.GetTimestamp();
                Finish(command, Path.Combine(work, "new"));
                _whole[command] = Stopwatch.GetElapsedTime(start);
                _expected[command] = Digest(Path.Combine(work, "new"))!;
                Directory.Delete(Path.Combine(work, "new"), recursive: true);
            }
            for (int killed = 0; killed < kills;)
            {
                bool replaces = _random.Next(2) == 0;
                if (replaces)
                {
                    Copy(old, Output);
                }
                _fills = _random.Next(4) == 0;
                if (_fills)
                {
                    Directory.CreateDirectory(Partial);
                }
                killed += Chain(Commands[_random.Next(Commands.Length)], replaces ? Digest(old) : null, kills - killed);
                Directory.Delete(Output, recursive: true);
            }
            report.Add(("kills", kills), ("seed", seed));
            foreach ((string what, int count) in _counts)
            {
                report.Add(("what was found", what), ("times", count));
            }
        }

        // One job, killed until it comes to its end.
        private int Chain(string command, string? old, int most)
        {
            int killed = 0;
            string[] force = old is null && !_fills ? [] : ["--force"];
            for (string[] flags = force; killed < most; flags = [.. force, "--resume"])
            {
                if (!Kill(command, flags, out int finished))
                {
                    Check(Digest(Output) == _expected[command], "a job that ended wrote other bytes");
                    return killed;
                }
                killed++;
                bool stands = Digest(Output) == _expected[command];
                Look(command, old, finished, stands);
                if (stands && !File.Exists(Path.Combine(Partial, "journal.json")))
                {
                    // Nothing is left to be resumed; what else is left is removed by the next job.
                    return killed;
                }
            }
            Finish(command, Output, [.. force, "--resume"]);
            Check(Digest(Output) == _expected[command], "the job that was to continue wrote other bytes");
            Check(!Directory.Exists(Partial), "a folder was left behind");
            return killed;
        }

        private void Look(string command, string? old, int finished, bool stands)
        {
            string? there = Digest(Output);
            // What is being replaced is the new one where a job was killed behind its last step and run again.
            bool between = there is null && old is not null
                && Digest(Path.Combine(Partial, "replaced")) is string replaced && (replaced == old || replaced == _expected[command]);
            // In a volume files are exchanged one by one.
            bool exchanges = _fills && !File.Exists(Path.Combine(Output, "config.json")) && IsWhole();
            Check(
                stands || there == (old ?? (_fills ? "" : null)) || between || exchanges,
                $"OUT of '{command}' is neither the old folder nor the new one, but: {there}");
            if (!stands && finished > 0)
            {
                Check(QuantizationJob.Interrupted(Output)?.FinishedBlocks >= finished, "a finished block is lost");
            }
            Count(stands ? Directory.Exists(Partial) ? "the new folder, not tidied up" : "the new folder"
                : between ? "between the two renames"
                : exchanges && there != (old ?? "") ? "between the files of a volume"
                : !Directory.Exists(Partial) ? "nothing begun"
                : IsWhole() ? "whole, not in its place"
                : QuantizationJob.Interrupted(Output) is { FinishedBlocks: > 0 } ? "finished blocks" : "nothing finished");
            Count(command == "convert" ? "of convert" : "of quantize");
            Count(old is null ? "without a folder to replace" : "with one to replace");
            Count(_fills ? "in a volume" : "beside the output");
        }

        private bool IsWhole() =>
            File.Exists(Path.Combine(Partial, "job.json")) && File.ReadAllText(Path.Combine(Partial, "job.json")).Contains("\"whole\": true");

        // Whether the job was killed before it ended.
        private bool Kill(string command, string[] flags, out int finished)
        {
            using Process process = Start(command, Output, flags);
            int blocks = 0;
            // Not all that are meant for the last steps come in time: a third of all kills do.
            bool last = _random.Next(5) < 3;
            using var ending = new ManualResetEventSlim();
            process.OutputDataReceived += (_, line) =>
            {
                if (line.Data?.StartsWith(KilledJob.Finished, StringComparison.Ordinal) == true)
                {
                    blocks = int.Parse(line.Data[(KilledJob.Finished.Length + 1)..], CultureInfo.InvariantCulture);
                }
                if (line.Data is null or KilledJob.Ending)
                {
                    ending.Set();
                }
            };
            process.BeginOutputReadLine();
            if (last)
            {
                ending.Wait();
                Thread.Sleep(TimeSpan.FromMilliseconds(100 * _random.NextDouble() * _random.NextDouble()));
            }
            else
            {
                process.WaitForExit(_whole[command] * _random.NextDouble());
            }
            bool killed = !process.HasExited;
            process.Kill();
            process.WaitForExit();
            finished = blocks;
            if (killed)
            {
                Count(last ? "killed within the last steps" : "killed anywhere");
                return true;
            }
            Check(process.ExitCode == 0, $"a job ended with {process.ExitCode}");
            return false;
        }

        private void Finish(string command, string output, params string[] flags)
        {
            using Process process = Start(command, output, flags);
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Check(process.ExitCode == 0, $"a job ended with {process.ExitCode}");
        }

        private Process Start(string command, string output, string[] flags)
        {
            string[] arguments = [typeof(KillResumeBenchmark).Assembly.Location, "kill-resume", Child, work, command, output, .. flags];
            return Process.Start(new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true })!;
        }

        private void Count(string what) => _counts[what] = _counts.GetValueOrDefault(what) + 1;

        private void Check(bool holds, string otherwise)
        {
            if (!holds)
            {
                throw new InvalidOperationException($"Seed {seed}: {otherwise}.");
            }
        }

        private static void Copy(string from, string to)
        {
            Directory.CreateDirectory(to);
            foreach (string file in Directory.GetFiles(from))
            {
                File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
            }
        }

        private static string? Digest(string folder) => !Directory.Exists(folder) ? null : string.Join('\n', Directory.GetFileSystemEntries(folder)
            .Where(entry => Path.GetFileName(entry) != ".partial")
            .Order(StringComparer.Ordinal)
            .Select(file => $"{Path.GetFileName(file)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}"));
    }
}
