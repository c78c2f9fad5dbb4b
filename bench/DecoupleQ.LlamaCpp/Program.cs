using System.Globalization;
using DecoupleQ.Bench;
using DecoupleQ.LlamaCpp;

// The same GGUF file through llama.cpp and through DecoupleQ: ids, perplexity, KL divergence, speed.
const int DefaultWindows = 4, DefaultContext = 512;

using var report = new Report("llama.cpp", args);
if (report.Arguments is ["shape", var folder, ..])
{
    string[] types = report.Arguments.Count > 2 ? [.. report.Arguments.Skip(2)] : ["Q2_K", "Q4_K_M"];
    foreach (string made in QuantizedShape.Write(folder, types, report.Threads))
    {
        report.Add(("file", made), ("MB", new FileInfo(made).Length / 1e6));
    }
    return 0;
}
int windows = Number("--windows", DefaultWindows), context = Number("--context", DefaultContext);
string[] paths = [.. report.Arguments.Where((argument, i) => !IsOption(argument) && (i == 0 || !IsOption(report.Arguments[i - 1])))];
var speed = new Speed(Number("--prompt", 256), Number("--decoded", 48), Number("--rounds", 5));
if (paths is ["speed", _, ..])
{
    string[] folders = [.. paths.Skip(1).Where(Directory.Exists)];
    foreach (string file in paths.Skip(1).Except(folders))
    {
        IEngine[] pair =
        [
            new LlamaCppEngine(file, report.Threads, speed.Longest),
            new ManagedEngine("DecoupleQ", file, report.Threads),
            .. folders.Select(folder => new ManagedEngine(Path.GetFileName(folder), folder, report.Threads)),
        ];
        report.Add(("speed", Path.GetFileName(file)), ("MB", new FileInfo(file).Length / 1e6));
        speed.Measure(report, pair, [.. Enumerable.Range(0, speed.Longest).Select(i => 3 + (i * 37 % (pair[0].VocabularySize - 3)))]);
        Array.ForEach(pair, engine => engine.Dispose());
    }
    return 0;
}
if (paths is ["batched", var batched])
{
    await BatchedSpeed.MeasureAsync(report, batched, Number("--sequences", 8), Number("--decoded", 96), Number("--rounds", 5));
    return 0;
}
if (paths.Length < 2)
{
    Console.Error.WriteLine("usage: DecoupleQ.LlamaCpp MODEL.gguf TEXT [FOLDER..] [--windows N] [--context N] [--threads N] [--json FILE]");
    Console.Error.WriteLine("       DecoupleQ.LlamaCpp shape FOLDER [TYPE..]");
    Console.Error.WriteLine("           writes the 1.1B Llama's shape in F16 and, by llama.cpp's quantizer, in Q2_K and Q4_K_M or TYPEs");
    Console.Error.WriteLine("       DecoupleQ.LlamaCpp speed MODEL.gguf.. [FOLDER..] [--threads N]     speed alone, on made-up ids, folders beside each file");
    Console.Error.WriteLine("       DecoupleQ.LlamaCpp batched MODEL.gguf [--sequences 8] [--decoded 96] [--rounds 5] [--threads N]     several texts at once");
    Console.Error.WriteLine("  speed is that of --prompt 256 ids and --decoded 48 more, the best of --rounds 5");
    Console.Error.WriteLine("  FOLDER: other forms of the model (packed, converted) that DecoupleQ runs too");
    return 2;
}
(string model, string text) = (paths[0], File.ReadAllText(paths[1]));
List<IEngine> engines = [new LlamaCppEngine(model, report.Threads, Math.Max(context, speed.Longest)), new ManagedEngine("DecoupleQ", model, report.Threads)];
engines.AddRange(paths.Skip(2).Select(folder => new ManagedEngine(Path.GetFileName(Path.TrimEndingDirectorySeparator(folder)), folder, report.Threads)));

int[] expected = engines[0].Encode(text), ids = engines[1].Encode(text);
report.Add(
    ("ids of the text", "llama.cpp, then DecoupleQ"),
    ("llama.cpp", expected.Length),
    ("DecoupleQ", ids.Length),
    ("the first that are equal", expected.AsSpan().CommonPrefixLength(ids)));
Agreement.Measure(report, engines, ids, windows, context);
speed.Measure(report, engines, ids);
engines.ForEach(engine => engine.Dispose());
return 0;

int Number(string option, int byDefault)
{
    int at = report.Arguments.ToList().IndexOf(option);
    return at < 0 || at + 1 == report.Arguments.Count ? byDefault : int.Parse(report.Arguments[at + 1], CultureInfo.InvariantCulture);
}

static bool IsOption(string argument) => argument is "--windows" or "--context" or "--prompt" or "--decoded" or "--rounds" or "--sequences";
