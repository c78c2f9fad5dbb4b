using System.Text.Json.Nodes;
using DecoupleQ.Cli.Json;
using Spectre.Console;

namespace DecoupleQ.Cli.Rendering;

/// <summary>What a model's folder holds, for people: the details first, so that the sums stand where the eye ends.</summary>
internal static class InspectView
{
    public static void Write(IAnsiConsole console, InspectDocument document)
    {
        console.Write(Tensors(document));
        console.Write(Layers(document));
        console.Write(Summary(document));
        if (document.Provenance is not null)
        {
            console.Write(Provenance(document.Provenance));
        }
        if (document.RecipeSummary is not null)
        {
            console.Write(new Text($"Recipe: {document.RecipeSummary}\n"));
        }
    }

    private static Table Tensors(InspectDocument document)
    {
        Table table = Tables.Create("Tensor", "Type", "Shape", "Size");
        foreach (InspectDocument.Tensor tensor in document.Tensors)
        {
            table.Row(tensor.Name, tensor.Type, string.Join(" x ", tensor.Shape), Figures.Size(tensor.Bytes));
        }
        return table;
    }

    private static Table Layers(InspectDocument document)
    {
        Table table = Tables.Create("Layer", "Outputs x inputs", "Bits", "Group", "Bits a weight", "Size", "Relative loss", "Loss");
        foreach (InspectDocument.Matrix layer in document.Layers)
        {
            table.Row(
                layer.Name,
                $"{layer.Outputs} x {layer.Inputs}",
                layer.Bits?.ToString() ?? "dense",
                Group(layer.GroupSize),
                Figures.Bits(layer.BitsPerWeight),
                Figures.Size(layer.Bytes),
                layer.RelativeLoss is double relative ? Figures.RelativeLoss(relative) : Figures.None,
                layer.Loss is double loss ? Figures.Loss(loss) : Figures.None);
        }
        return table;
    }

    private static Table Summary(InspectDocument document)
    {
        Table table = Tables.Create("Model", "Value");
        table.Row("type", document.ModelType ?? Figures.None);
        table.Row("quantization", document.Quantization is { } format ? $"{format.Bits} bits, {Group(format.GroupSize)} inputs a group" : "none");
        table.Row("weights", Figures.Count(document.Weights));
        table.Row("size of the tensors", Figures.Size(document.Bytes));
        table.Row("bits a weight, whole model", Figures.Bits(document.BitsPerWeight.All));
        if (document.BitsPerWeight.QuantizedLayers is double quantized)
        {
            table.Row("bits a weight, quantized layers", Figures.Bits(quantized));
        }
        return table;
    }

    private static Table Provenance(JsonObject provenance)
    {
        Table table = Tables.Create("Provenance", "Value");
        Add("", provenance);
        return table;

        // Fields of fields in one row each; what is said of each block is for --json.
        void Add(string path, JsonObject fields)
        {
            foreach ((string name, JsonNode? value) in fields)
            {
                if (value is JsonObject inner)
                {
                    Add($"{path}{name}.", inner);
                }
                else if (value is not JsonArray)
                {
                    table.Row(path + name, value?.ToString() ?? Figures.None);
                }
            }
        }
    }

    private static string Group(int? size) => size switch
    {
        null => Figures.None,
        -1 => "all",
        int inputs => inputs.ToString(),
    };
}
