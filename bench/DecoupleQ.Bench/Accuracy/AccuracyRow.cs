using System.Text.Json;
using System.Text.Json.Serialization;

namespace DecoupleQ.Bench.Accuracy;

/// <summary>A finished measurement.</summary>
/// <param name="Model">The model's folder, by its name.</param>
/// <param name="Table">screening (on a held-out part of the calibration text) or final (on the test text).</param>
/// <param name="Technique">The row.</param>
/// <param name="Bits">Bits of an integer.</param>
/// <param name="GroupSize">Inputs that share s and z; -1 for all.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Perplexity">Of the packed model.</param>
/// <param name="DensePerplexity">Of the dense one, on the same text.</param>
/// <param name="Divergence">KL(dense || packed), nats.</param>
/// <param name="Agreement">Share of positions with the same most probable id.</param>
/// <param name="Seconds">Of the job.</param>
/// <param name="TuningSeconds">Of the tuning; null without one.</param>
/// <param name="BitsPerWeight">Of the quantized layers.</param>
/// <param name="Version">The tool's.</param>
internal sealed record AccuracyRow(
    string Model,
    string Table,
    string Technique,
    int Bits,
    int GroupSize,
    ulong Seed,
    double Perplexity,
    double DensePerplexity,
    double Divergence,
    double Agreement,
    double Seconds,
    double? TuningSeconds,
    double BitsPerWeight,
    string Version)
{
    /// <summary>ln of the perplexities' ratio: nats a token that quantizing costs.</summary>
    [JsonIgnore]
    public double Gap => Math.Log(Perplexity / DensePerplexity);

    /// <summary>Whether this is the same measurement.</summary>
    public bool Is(string model, string table, string technique, int bits, int groupSize, ulong seed) =>
        (Model, Table, Technique, Bits, GroupSize, Seed) == (model, table, technique, bits, groupSize, seed);
}

/// <summary>Rows in a file of the repository, a line each, so that the table goes on where it was left.</summary>
/// <param name="path">The file.</param>
internal sealed class AccuracyRows(string path)
{
    /// <summary>All finished rows.</summary>
    public List<AccuracyRow> All { get; } = !File.Exists(path) ? [] :
        [.. File.ReadLines(path).Where(line => line.Length > 0).Select(line => JsonSerializer.Deserialize(line, AccuracyJson.Default.AccuracyRow)!)];

    /// <summary>Adds a row, in the file too.</summary>
    public void Add(AccuracyRow row)
    {
        All.Add(row);
        File.AppendAllText(path, JsonSerializer.Serialize(row, AccuracyJson.Default.AccuracyRow) + "\n");
    }
}

[JsonSerializable(typeof(AccuracyRow))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class AccuracyJson : JsonSerializerContext;
