using System.Text.Json.Nodes;
using DecoupleQ.Cli.Json;
using Spectre.Console;

namespace DecoupleQ.Cli.Rendering;

/// <summary>What a model's folder holds, for people: the details first, so that the sums stand where the eye ends.</summary>
internal static class InspectView
{
    public static void Write(Terminal terminal, InspectDocument document)
    {
        IAnsiConsole console = terminal.OutputConsole;
        WriteTensors(terminal, document);
        WriteLayers(terminal, document);
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

    private static void WriteTensors(Terminal terminal, InspectDocument document)
    {
        // Of a million tensors most are of one shape.
        Func<IReadOnlyList<long>, string> shape = Remembered<IReadOnlyList<long>>(sizes => string.Join(" x ", sizes));
        Func<long, string> size = Remembered<long>(Figures.Size);
        FigureTable.Write(
            terminal.OutputConsole,
            terminal.Output,
            ["Tensor", "Type", "Shape", "Size"],
            document.Tensors.Select(tensor => (string[])[tensor.Name, tensor.Type, shape(tensor.Shape), size(tensor.Bytes)]));
    }

    private static void WriteLayers(Terminal terminal, InspectDocument document)
    {
        Func<(int, int), string> shape = Remembered<(int Outputs, int Inputs)>(sizes => $"{sizes.Outputs} x {sizes.Inputs}");
        Func<double, string> bits = Remembered<double>(Figures.Bits);
        Func<long, string> size = Remembered<long>(Figures.Size);
        FigureTable.Write(
            terminal.OutputConsole,
            terminal.Output,
            ["Layer", "Outputs x inputs", "Bits", "Group", "Bits a weight", "Size", "Relative loss", "Loss"],
            document.Layers.Select(layer => (string[])
            [
                layer.Name,
                shape((layer.Outputs, layer.Inputs)),
                layer.Bits?.ToString() ?? "dense",
                Group(layer.GroupSize),
                bits(layer.BitsPerWeight),
                size(layer.Bytes),
                layer.RelativeLoss is double relative ? Figures.RelativeLoss(relative) : Figures.None,
                layer.Loss is double loss ? Figures.Loss(loss) : Figures.None,
            ]));
    }

    private static Func<T, string> Remembered<T>(Func<T, string> describe)
        where T : notnull
    {
        const int Most = 1000;
        var known = new Dictionary<T, string>();
        return value =>
        {
            if (!known.TryGetValue(value, out string? text))
            {
                text = describe(value);
                if (known.Count < Most)
                {
                    known.Add(value, text);
                }
            }
            return text;
        };
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
