using System.Text.Json;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

/// <summary>The sample model with its first block quantized by the tool, once for all tests that need one.</summary>
public sealed class PackedModel : IDisposable
{
    public const int Context = 64;

    public static readonly string Calibration = Path.Combine(Paths.Samples, "text", "calibration.txt");
    public static readonly string Validation = Path.Combine(Paths.Samples, "text", "validation.txt");

    private readonly TemporaryFolder _folder = new();

    public PackedModel()
    {
        Folder = _folder["packed"];
        Quantization = Tool.Run([.. Arguments(Folder), "--json"]).Expect(0);
        Report = Quantization.Json();
        ReportFile = _folder.Write("report.json", Quantization.Output);
    }

    internal ToolResult Quantization { get; }

    public JsonElement Report { get; }

    public string ReportFile { get; }

    public string Folder { get; }

    public static string[] Arguments(string output) =>
    [
        "quantize", Paths.Model, "-o", output, "--calibration", Calibration, "--blocks", "1", "--samples", "4", "--context", Context.ToString(),
    ];

    public void Dispose() => _folder.Dispose();
}
