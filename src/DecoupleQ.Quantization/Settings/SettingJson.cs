using System.Text.Json.Serialization;

namespace DecoupleQ.Quantization.Settings;

/// <summary>Quotes texts in the lines of recipes.</summary>
[JsonSerializable(typeof(string))]
internal sealed partial class SettingJson : JsonSerializerContext;
