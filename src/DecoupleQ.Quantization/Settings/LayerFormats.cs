using System.Globalization;
using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Settings;

/// <summary>The format of every linear layer of a model: the job's, or what the last override that matches it says.</summary>
internal sealed class LayerFormats
{
    private readonly Dictionary<string, QuantizationFormat> _quantized = [];
    private readonly HashSet<string> _skipped = [];
    private readonly ModelPlan _plan;

    /// <param name="plan">The model.</param>
    /// <param name="options">Format, overrides and number of blocks.</param>
    /// <exception cref="DecoupleQException">An override matches no layer, or no layer is left to quantize.</exception>
    public LayerFormats(ModelPlan plan, QuantizationOptions options)
    {
        _plan = plan;
        (LayerOverride Override, ModulePattern Pattern)[] overrides = [.. options.Overrides.Select(o => (o, new ModulePattern(o.Match)))];
        string[] modules = [.. Enumerable.Range(0, plan.Blocks.Length).SelectMany(b => plan.Blocks[b].Linears.Select(l => Module(b, l)))];
        foreach ((LayerOverride change, ModulePattern pattern) in overrides)
        {
            CheckMatchesAny(change, pattern, modules);
        }
        // More than the model has are refused elsewhere.
        Blocks = Math.Min(options.Blocks ?? int.MaxValue, plan.Blocks.Length);
        for (int block = 0; block < Blocks; block++)
        {
            foreach (string module in plan.Blocks[block].Linears.Select(l => Module(block, l)))
            {
                LayerOverride? last = overrides.LastOrDefault(o => o.Pattern.Matches(module)).Override;
                if (last is { Skip: true })
                {
                    _skipped.Add(module);
                }
                else
                {
                    _quantized.Add(
                        module, options.Format with { Bits = last?.Bits ?? options.Format.Bits, GroupSize = last?.GroupSize ?? options.Format.GroupSize });
                }
            }
        }
        if (_quantized.Count == 0)
        {
            throw new DecoupleQException("No layer is left to quantize.", field: "overrides", expected: "at least one layer that is not skipped");
        }
    }

    /// <summary>Blocks that are quantized, from the first on.</summary>
    public int Blocks { get; }

    /// <summary>The layers that are quantized, by full module path, with their formats.</summary>
    public IReadOnlyDictionary<string, QuantizationFormat> Quantized => _quantized;

    /// <summary>The format of a layer; null for one that stays as it is stored: skipped, or in a block that is not quantized.</summary>
    /// <param name="block">Its block, from 0.</param>
    /// <param name="layer">The layer.</param>
    public QuantizationFormat? Of(int block, LinearOperation layer) => Of(Module(block, layer));

    /// <inheritdoc cref="Of(int, LinearOperation)"/>
    /// <param name="module">Its full module path.</param>
    public QuantizationFormat? Of(string module) => _quantized.TryGetValue(module, out QuantizationFormat format) ? format : null;

    /// <summary>Whether an override skips a layer of a block that is to be quantized.</summary>
    /// <param name="module">Its full module path.</param>
    public bool IsSkipped(string module) => _skipped.Contains(module);

    /// <summary>Whether any layer of a block is quantized. A block without stays as it is stored.</summary>
    public bool AnyIn(int block) => _plan.Blocks[block].Linears.Any(layer => Of(block, layer) is not null);

    private string Module(int block, LinearOperation layer) => _plan.BlockPrefix(block) + layer.Module;

    private void CheckMatchesAny(LayerOverride change, ModulePattern pattern, string[] modules)
    {
        if (modules.Any(pattern.Matches))
        {
            return;
        }
        foreach ((string table, string option) in (ReadOnlySpan<(string, string)>)[(_plan.Embedding, "embedding-bits"), (_plan.Head, "head-bits")])
        {
            if (pattern.Matches(table))
            {
                throw new DecoupleQException($"'{change.Match}' matches no layer of a block.", field: "overrides", expected: $"{option} for {table}");
            }
        }
        throw new DecoupleQException(
            string.Create(
                CultureInfo.InvariantCulture,
                $"'{change.Match}' matches none of the model's {modules.Length} layers; the nearest is {pattern.Nearest(modules)}."),
            field: "overrides",
            expected: LayerOverride.ExpectedMatch);
    }
}
