using System.Text.Json.Nodes;
using DecoupleQ.Storage;

namespace DecoupleQ.Checkpoints;

/// <summary>What decoupleq wrote beside a packed model about how it was made (<c>decoupleq.json</c>).</summary>
public sealed class QuantizationRecord
{
    /// <summary>The file's name in the model's folder.</summary>
    public const string FileName = "decoupleq.json";

    private const string LayersField = "layers";

    // Of the folder's files and of this one: they say nothing about the model.
    private static readonly string[] Digests = ["files", "sha256"];

    private QuantizationRecord(JsonObject provenance, IReadOnlyDictionary<string, LayerLoss> layers)
    {
        Provenance = provenance;
        Layers = layers;
    }

    /// <summary>Tool, version, format, calibration: everything but the layers and the digests of the folder's files.</summary>
    public JsonObject Provenance { get; }

    /// <summary>The losses of the quantized layers, by full module path.</summary>
    public IReadOnlyDictionary<string, LayerLoss> Layers { get; }

    /// <summary>Reads the record of the model in <paramref name="folder"/>; null if it has none.</summary>
    /// <exception cref="DecoupleQException">The file is there but is no such record.</exception>
    public static QuantizationRecord? ReadIfThere(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (JsonFile.ReadFieldsIfThere(path) is not JsonSection record)
        {
            return null;
        }
        Dictionary<string, LayerLoss> layers = [];
        foreach (JsonSection layer in record.Optional(LayersField)?.Items() ?? [])
        {
            layers[layer.RequiredText("name")] = new(layer.RequiredNumber("loss"), layer.RequiredNumber("relativeLoss"));
        }
        JsonObject provenance = record.ToObject();
        foreach (string field in Digests.Append(LayersField))
        {
            provenance.Remove(field);
        }
        return new QuantizationRecord(provenance, layers);
    }
}

/// <summary>How well a layer was quantized.</summary>
/// <param name="Loss">Mean over rows of the damped objective.</param>
/// <param name="RelativeLoss">Relative error of the layer's outputs on the calibration inputs, undamped.</param>
public sealed record LayerLoss(double Loss, double RelativeLoss);
