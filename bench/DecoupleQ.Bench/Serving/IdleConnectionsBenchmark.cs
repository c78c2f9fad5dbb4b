using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;

namespace DecoupleQ.Bench.Serving;

/// <summary>Connections that say nothing, as many as the limit of open files lets there be, while somebody else is served.</summary>
internal static class IdleConnectionsBenchmark
{
    // Files that the two processes need besides.
    private const int Reserve = 200;

    public static void Run(Report report)
    {
        int wanted = report.Arguments.Count > 0 ? int.Parse(report.Arguments[0], CultureInfo.InvariantCulture) : 10_000;
        long limit = OpenFileLimit();
        if (limit < wanted + Reserve)
        {
            throw new InvalidOperationException($"A process may open {limit} files here, and {wanted + Reserve} are needed: ulimit -n {wanted + Reserve}");
        }
        using ServedTool server = ServedTool.Start(Path.Combine("samples", "books-8m"));
        using var client = new HttpClient { BaseAddress = server.Address };
        double before = Answer(client), memory = server.Memory / 1e6;
        var sockets = new List<Socket>();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < wanted; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Connect(server.Address.Host, server.Address.Port);
            sockets.Add(socket);
        }
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        double among = Answer(client);
        report.Add(
            ("idle connections", sockets.Count), ("s to connect", seconds), ("answer before, ms", before * 1e3), ("answer among them, ms", among * 1e3),
            ("memory before, MB", memory), ("memory among them, MB", server.Memory / 1e6));
        sockets.ForEach(socket => socket.Dispose());
    }

    private static double Answer(HttpClient client)
    {
        double least = double.MaxValue;
        for (int i = 0; i < 5; i++)
        {
            long start = Stopwatch.GetTimestamp();
            CompletionStream.RunAsync(client, new("Once upon a time", 16, 1)).GetAwaiter().GetResult();
            least = Math.Min(least, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return least;
    }

    private static long OpenFileLimit()
    {
        string? line = File.ReadLines("/proc/self/limits").FirstOrDefault(line => line.StartsWith("Max open files", StringComparison.Ordinal));
        return line is null ? long.MaxValue : long.Parse(line["Max open files".Length..].Trim().Split(' ')[0], CultureInfo.InvariantCulture);
    }
}
