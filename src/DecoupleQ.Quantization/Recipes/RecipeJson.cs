using System.Text.Json.Serialization;

namespace DecoupleQ.Quantization.Recipes;

[JsonSerializable(typeof(string))]
internal sealed partial class RecipeJson : JsonSerializerContext;
