using DecoupleQ.Checkpoints;
using DecoupleQ.Models.Plans;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;

namespace DecoupleQ.Quantization.Jobs;

/// <summary>Refuses, before any work is done, what could not be finished.</summary>
internal static class JobChecks
{
    /// <exception cref="DecoupleQException">An option is out of its range, whatever the model.</exception>
    public static void CheckRanges(QuantizationOptions options)
    {
        foreach (QuantizationSetting setting in QuantizationSettings.All)
        {
            setting.Check(options);
        }
        foreach ((int i, LayerOverride change) in options.Overrides.Index())
        {
            if (change.Mistake is { } mistake)
            {
                throw new DecoupleQException(mistake.Message, field: $"overrides[{i}]", expected: mistake.Expected);
            }
        }
        Require(options.Calibration.Count > 0, "calibration", "none", "at least one text file, or a .safetensors with ids");
    }

    /// <exception cref="DecoupleQException">An option does not fit the model.</exception>
    public static void Check(QuantizationOptions options, ModelPlan plan, LayerFormats formats, Checkpoint checkpoint)
    {
        Require(
            options.Blocks is not int blocks || blocks <= plan.Blocks.Length, "blocks", $"{options.Blocks}", $"at most {plan.Blocks.Length}, the model's");
        foreach (string module in formats.Quantized.Keys)
        {
            CheckDense(module, checkpoint);
        }
        Require(
            options.Context is not int context || context <= plan.ContextLength,
            "context",
            $"{options.Context}",
            $"at most {plan.ContextLength}, the model's");
        if (plan.HeadIsEmbedding && options.HeadBits != 16)
        {
            throw new DecoupleQException("The model's head is its embedding.", checkpoint.ConfigFile, "head-bits", "--embedding-bits, which governs both");
        }
        CheckTable(plan, options.EmbeddingBits, "embedding-bits");
        CheckTable(plan, options.HeadBits, "head-bits");
        for (int block = 0; block < plan.Blocks.Length; block++)
        {
            foreach (LinearOperation layer in plan.Blocks[block].Linears)
            {
                if (formats.Of(block, layer) is QuantizationFormat format)
                {
                    CheckGroups(format, plan.BlockPrefix(block) + layer.Module, layer.Input.Width);
                }
            }
        }
    }

    /// <exception cref="DecoupleQException">Given windows do not fit the model or the options.</exception>
    public static CalibrationWindows Check(CalibrationWindows windows, QuantizationOptions options, ModelPlan plan)
    {
        string file = options.Calibration[0];
        if (windows.Context > plan.ContextLength || (options.Context is int context && context != windows.Context))
        {
            throw new DecoupleQException(
                $"The windows have {windows.Context} ids.",
                file,
                "context",
                options.Context is int asked ? $"{asked}, as --context says" : $"at most {plan.ContextLength}, the model's context");
        }
        return windows;
    }

    // What packing made of a layer is no measure of how well another packing does.
    private static void CheckDense(string module, Checkpoint checkpoint)
    {
        if (AffineTensors.IsPacked(checkpoint.Source, module))
        {
            string bits = checkpoint.Quantization?.FormatOf(module) is AffineFormat format ? $", in {format.Bits} bits" : "";
            throw new DecoupleQException(
                $"The layer is packed already{bits}.", checkpoint.Path, module,
                "the dense model that it was made from; overrides can skip layers, and 'decoupleq convert' makes a dense folder of what there is");
        }
    }

    private static void CheckTable(ModelPlan plan, int bits, string option)
    {
        if (bits != FolderContents.DenseBits && plan.Width % FolderContents.EmbeddingGroupSize != 0)
        {
            throw new DecoupleQException(
                $"The model is {plan.Width} wide, which groups of {FolderContents.EmbeddingGroupSize} do not divide.",
                field: option,
                expected: $"{FolderContents.DenseBits}");
        }
    }

    private static void CheckGroups(QuantizationFormat format, string module, int inputs)
    {
        if (inputs % format.ColumnsPerGroup(inputs) != 0)
        {
            int[] divisors = [.. QuantizationFormat.OfferedGroupSizes.Where(size => inputs % size == 0)];
            throw new DecoupleQException(
                $"{module} has {inputs} inputs, which groups of {format.GroupSize} do not divide.",
                field: "group-size",
                expected: divisors.Length == 0 ? "-1 (per channel)" : $"{string.Join(", ", divisors)}, or -1 (per channel)");
        }
        if ((long)inputs * format.Bits % 32 != 0)
        {
            throw new DecoupleQException(
                $"{module} has {inputs} inputs: a row of {format.Bits}-bit codes does not fill whole 32-bit words.",
                field: "bits",
                expected: "bits with which inputs x bits is a multiple of 32");
        }
    }

    private static void Require(bool holds, string option, string value, string expected)
    {
        if (!holds)
        {
            throw new DecoupleQException($"The value is {value}.", field: option, expected: expected);
        }
    }
}
