using System.Diagnostics;
using System.Globalization;
using DecoupleQ.Generation;
using DecoupleQ.Models;

namespace DecoupleQ.Bench.Serving;

/// <summary>What serving costs: clients of the server together, beside as many callers of the library in this process; in turns.</summary>
internal static class ServingCostBenchmark
{
    private const int DefaultClients = 8, Tokens = 96, Rounds = 3;
    private const string Prompt = "The most important thing about the weather is that it";

    public static void Run(Report report)
    {
        string path = report.Arguments.Count > 0 ? report.Arguments[0] : Path.Combine("samples", "books-8m");
        int rounds = report.Arguments.Count > 1 ? int.Parse(report.Arguments[1], CultureInfo.InvariantCulture) : Rounds;
        int clients = report.Arguments.Count > 2 ? int.Parse(report.Arguments[2], CultureInfo.InvariantCulture) : DefaultClients;
        RunAsync(report, path, rounds, clients).GetAwaiter().GetResult();
    }

    private static async Task RunAsync(Report report, string path, int rounds, int clients)
    {
        using ServedTool server = ServedTool.Start(path, "--threads", report.Threads.ToString(CultureInfo.InvariantCulture));
        using var client = new HttpClient { BaseAddress = server.Address, Timeout = TimeSpan.FromMinutes(10) };
        using LanguageModel model = LanguageModel.Load(path, new() { Threads = report.Threads });
        var generator = new TextGenerator(model);
        await ServedAsync(client, clients);
        await InProcessAsync(generator, clients);
        for (int round = 0; round < rounds; round++)
        {
            double before = Environment.CpuUsage.TotalTime.TotalSeconds;
            (int ownTokens, double ownSeconds) = await InProcessAsync(generator, clients);
            double own = Environment.CpuUsage.TotalTime.TotalSeconds - before, computed = server.Processor;
            before = Environment.CpuUsage.TotalTime.TotalSeconds;
            (int servedTokens, double servedSeconds) = await ServedAsync(client, clients);
            double served = server.Processor - computed, asked = Environment.CpuUsage.TotalTime.TotalSeconds - before;
            report.Add(
                ("clients together", clients), ("library, tokens/s", ownTokens / ownSeconds), ("server, tokens/s", servedTokens / servedSeconds),
                ("server / library", servedTokens / servedSeconds / (ownTokens / ownSeconds)), ("library, CPU ms a token", 1e3 * own / ownTokens),
                ("server", 1e3 * served / servedTokens), ("clients", 1e3 * asked / servedTokens), ("s", servedSeconds));
        }
    }

    private static async Task<(int Tokens, double Seconds)> ServedAsync(HttpClient client, int clients)
    {
        long start = Stopwatch.GetTimestamp();
        CompletionAnswer[] answers =
            await Task.WhenAll(Enumerable.Range(0, clients).Select(i => CompletionStream.RunAsync(client, new(Prompt, Tokens, i))));
        // A piece is a token but where a character has several.
        return (answers.Sum(answer => answer.Between.Count + 1), Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static async Task<(int Tokens, double Seconds)> InProcessAsync(TextGenerator generator, int clients)
    {
        long start = Stopwatch.GetTimestamp();
        int[] tokens = await Task.WhenAll(Enumerable.Range(0, clients).Select(async i =>
        {
            int pieces = 0;
            await foreach (GeneratedToken token in generator.GenerateAsync(Prompt, new() { MaxTokens = Tokens, Temperature = 0.9, Seed = (ulong)i }))
            {
                pieces += token.Text.Length > 0 || token.FinishReason is not null ? 1 : 0;
            }
            return pieces;
        }));
        return (tokens.Sum(), Stopwatch.GetElapsedTime(start).TotalSeconds);
    }
}
