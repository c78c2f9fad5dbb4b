using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;
using DecoupleQ.Tests.Fuzzing;

namespace DecoupleQ.Server.Tests.Fuzzing;

/// <summary>Sends a server requests that are damaged, several at a time, each made from its own number, and looks at every answer.</summary>
/// <param name="server">Where it listens.</param>
internal sealed class HttpFuzzer(IPEndPoint server)
{
    private const int AtATime = 8, Ordinary = 1000;

    // What is no request may be the start of one: after so long without a word it is said that nothing more comes.
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(200);

    private static readonly byte[] Question = RequestDamage.Whole(
        RequestSamples.Completions, """{"prompt": "It was a dark night, and", "max_tokens": 8, "temperature": 0.8, "seed": 4}"""u8.ToArray());

    private readonly RequestDamage _damage = new();

    /// <summary>What became of the requests.</summary>
    /// <param name="Statuses">How many by status code; 0 for connections that were closed.</param>
    /// <param name="Slowest">The longest that one took.</param>
    /// <param name="Memory">Bytes after each tenth of the requests: those of objects that are still used, and those of the process.</param>
    public sealed record Outcome(IReadOnlyDictionary<int, int> Statuses, TimeSpan Slowest, IReadOnlyList<(long Used, long Process)> Memory);

    /// <summary>Sends requests <paramref name="first"/> to <paramref name="first"/> + <paramref name="count"/> - 1.</summary>
    /// <param name="first">Number of the first.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="FuzzingException">One was answered as none may be, or not at all, or the answer to an ordinary one has changed.</exception>
    public async Task<Outcome> RunAsync(int first, int count)
    {
        string expected = await AskAsync().ConfigureAwait(false);
        var statuses = new ConcurrentDictionary<int, int>();
        var memory = new ConcurrentBag<(int At, long Used, long Process)>();
        long slowest = 0;
        int tenth = Math.Max(1, count / 10);
        await Parallel.ForAsync(first, first + count, new ParallelOptions { MaxDegreeOfParallelism = AtATime }, async (number, _) =>
        {
            long start = System.Diagnostics.Stopwatch.GetTimestamp();
            WireAnswer answer = await OnceAsync(number).ConfigureAwait(false);
            statuses.AddOrUpdate(answer.Status, 1, (_, sofar) => sofar + 1);
            long took = System.Diagnostics.Stopwatch.GetElapsedTime(start).Ticks;
            for (long seen = Volatile.Read(ref slowest); took > seen && Interlocked.CompareExchange(ref slowest, took, seen) != seen;)
            {
                seen = Volatile.Read(ref slowest);
            }
            if ((number - first + 1) % tenth == 0)
            {
                memory.Add((number, GC.GetTotalMemory(forceFullCollection: true), Environment.WorkingSet));
            }
            if (number % Ordinary == 0 && await AskAsync().ConfigureAwait(false) is string now && now != expected)
            {
                throw new FuzzingException($"After request {number} an ordinary one is answered with {now} instead of {expected}.");
            }
        }).ConfigureAwait(false);
        string last = await AskAsync().ConfigureAwait(false);
        return last == expected
            ? new Outcome(new SortedDictionary<int, int>(statuses), new TimeSpan(slowest), [.. memory.OrderBy(m => m.At).Select(m => (m.Used, m.Process))])
            : throw new FuzzingException($"After request {first + count - 1} an ordinary one is answered with {last} instead of {expected}.");
    }

    private async Task<WireAnswer> OnceAsync(int number)
    {
        DamagedRequest request = _damage.Of(new Random(number));
        try
        {
            WireAnswer answer = await SendAsync(request).ConfigureAwait(false);
            // What answers HEAD says how long a body is that does not come.
            bool isOfHead = request.Bytes.AsSpan().StartsWith("HEAD "u8);
            string? fault = (isOfHead ? answer with { Body = [] } : answer).Fault(request.IsWhole);
            return fault is null ? answer : throw new FormatException($"{fault}: {Shown(answer.Body)}");
        }
        catch (Exception error) when (error is FormatException or IOException or SocketException or TimeoutException)
        {
            throw new FuzzingException($"Request {number}: {error.Message}\n{Shown(request.Bytes)}", error);
        }
    }

    private async Task<string> AskAsync()
    {
        WireAnswer answer = await SendAsync(new DamagedRequest(Question, true)).ConfigureAwait(false);
        string body = Encoding.UTF8.GetString(answer.Body);
        int choices = body.IndexOf("\"choices\"", StringComparison.Ordinal), usage = body.IndexOf("\"usage\"", StringComparison.Ordinal);
        return choices < 0 || usage < 0 ? throw new FuzzingException($"An ordinary request is answered with {answer.Status} {body}.") : body[choices..usage];
    }

    private async Task<WireAnswer> SendAsync(DamagedRequest request)
    {
        using var socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(server).ConfigureAwait(false);
        // A hundred thousand connections must not stay behind in the system's list.
        socket.LingerState = new LingerOption(true, 0);
        var given = new MemoryStream();
        try
        {
            await socket.SendAsync(request.Bytes).WaitAsync(Fuzzer.Hang).ConfigureAwait(false);
            var buffer = new byte[16 << 10];
            bool open = !request.IsWhole;
            while (true)
            {
                Task<int> receiving = socket.ReceiveAsync(buffer);
                if (open && await Task.WhenAny(receiving, Task.Delay(Quiet)).ConfigureAwait(false) != receiving)
                {
                    open = false;
                    socket.Shutdown(SocketShutdown.Send);
                }
                int received = await receiving.WaitAsync(Fuzzer.Hang).ConfigureAwait(false);
                if (received == 0)
                {
                    break;
                }
                given.Write(buffer, 0, received);
            }
        }
        catch (SocketException) when (!request.IsWhole)
        {
            // Closed, before everything was read that was sent.
        }
        return WireAnswer.Of(given.ToArray());
    }

    private static string Shown(byte[] bytes) => Encoding.Latin1.GetString(bytes, 0, Math.Min(bytes.Length, 1500));
}
