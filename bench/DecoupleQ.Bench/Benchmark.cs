namespace DecoupleQ.Bench;

/// <summary>A benchmark as the command line knows it.</summary>
internal sealed record Benchmark(string Verb, string Summary, Action<Report> Run);
