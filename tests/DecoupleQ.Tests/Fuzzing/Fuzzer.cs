using System.Diagnostics;

namespace DecoupleQ.Tests.Fuzzing;

/// <summary>
/// Has a reader read many damaged files. Each is made from its own number, so that a run can go on where another stopped, and a failure be repeated alone.
/// </summary>
internal static class Fuzzer
{
    /// <summary>A file of a few kilobytes takes a millisecond; this is far beyond what a busy machine makes of it.</summary>
    public static readonly TimeSpan Hang = TimeSpan.FromSeconds(60);

    /// <summary>What became of the files.</summary>
    /// <param name="Read">Files that were read whole: the damage was within what a file may say.</param>
    /// <param name="Refused">Files that were refused with an error for the user.</param>
    /// <param name="MostAllocated">The most bytes allocated for a file.</param>
    /// <param name="Slowest">The longest that a file took.</param>
    /// <param name="Next">The number of the first file that was not read any more.</param>
    public sealed record Outcome(int Read, int Refused, long MostAllocated, TimeSpan Slowest, int Next);

    /// <summary>Damages and reads files <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> - 1.</summary>
    /// <param name="target">The reader.</param>
    /// <param name="first">Number of the first file.</param>
    /// <param name="count">How many.</param>
    /// <param name="limit">When to stop before; null for never.</param>
    /// <param name="slow">What a file may take; <see cref="Hang"/> by default.</param>
    /// <exception cref="FuzzingException">
    /// A file was neither read nor refused in one line, took too long, or more was allocated than its size warrants.
    /// </exception>
    public static Outcome Run(IFuzzTarget target, int first, int count, TimeSpan? limit = null, TimeSpan? slow = null)
    {
        long begin = Stopwatch.GetTimestamp();
        (int read, int refused, long most, TimeSpan slowest) = (0, 0, 0, TimeSpan.Zero);
        int number = first;
        // What is built once, whatever the file, is built before anything is counted.
        Once(target, first, Hang, out _, out _);
        for (; number < first + count && !(Stopwatch.GetElapsedTime(begin) > limit); number++)
        {
            bool whole = Once(target, number, slow ?? Hang, out long allocated, out TimeSpan time);
            read += whole ? 1 : 0;
            refused += whole ? 0 : 1;
            most = Math.Max(most, allocated);
            slowest = time > slowest ? time : slowest;
        }
        return new Outcome(read, refused, most, slowest, number);
    }

    private static bool Once(IFuzzTarget target, int number, TimeSpan slow, out long allocated, out TimeSpan time)
    {
        var random = new Random(number);
        byte[] damaged = target.Damage(random);
        bool whole = false;
        TimeSpan used = Environment.CpuUsage.TotalTime;
        long start = Stopwatch.GetTimestamp(), before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            target.Read(damaged, random);
            whole = true;
        }
        catch (DecoupleQException error) when (!error.Message.Contains('\n'))
        {
            // Refused.
        }
        catch (Exception error)
        {
            throw new FuzzingException($"File {number} of {target.Name}: {error.GetType().Name}: {error.Message}", error);
        }
        (allocated, time) = (GC.GetAllocatedBytesForCurrentThread() - before, Stopwatch.GetElapsedTime(start));
        // What other processes take of a busy machine is not the file's.
        used = Environment.CpuUsage.TotalTime - used;
        time = used < time ? used : time;
        if (time > slow)
        {
            throw new FuzzingException($"File {number} of {target.Name} took {time}.");
        }
        return allocated <= target.MostAllocated(damaged.Length)
            ? whole
            : throw new FuzzingException($"File {number} of {target.Name} has {damaged.Length} bytes, but {allocated} were allocated.");
    }
}

/// <summary>A reader did what no file may make it do.</summary>
internal sealed class FuzzingException(string message, Exception? inner = null) : Exception(message, inner);
