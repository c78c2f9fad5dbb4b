using DecoupleQ.Quantization.Jobs;

namespace DecoupleQ.Cli.Json;

/// <summary>What <c>convert --json</c> prints.</summary>
/// <param name="Output">The folder written.</param>
/// <param name="Dtype">f16, bf16 or f32.</param>
/// <param name="Tensors">Number of tensors.</param>
/// <param name="Bytes">Bytes of the tensors.</param>
/// <param name="Files">Names of the files in the folder.</param>
/// <param name="Warnings">A sentence each.</param>
internal sealed record ConvertDocument(
    string Output, string Dtype, int Tensors, long Bytes, IReadOnlyList<string> Files, IReadOnlyList<string> Warnings)
{
    public static ConvertDocument From(ConversionReport report, string dtype) =>
        new(report.Output, dtype, report.Tensors, report.Bytes, report.Files, report.Warnings);
}
