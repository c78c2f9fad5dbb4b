namespace DecoupleQ.Cli.Json;

/// <summary>All stored bits over the number of weights that they stand for.</summary>
/// <param name="All">Of the whole model.</param>
/// <param name="QuantizedLayers">Of the quantized layers; absent if there are none.</param>
internal sealed record BitsPerWeightFigures(double All, double? QuantizedLayers);
