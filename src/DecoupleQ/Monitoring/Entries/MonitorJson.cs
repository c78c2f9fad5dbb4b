using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace DecoupleQ.Monitoring.Entries;

/// <summary>Entries as lines: snake_case, what is unknown left out.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(MonitorEntry))]
internal sealed partial class MonitorJson : JsonSerializerContext
{
    /// <summary>With letters as they are, for whoever reads the file; it is never a part of a page.</summary>
    public static MonitorJson Lines => LinesContext.Instance;

    // Of its own, so that the generated defaults are there before it.
    private static class LinesContext
    {
        public static readonly MonitorJson Instance =
            new(new JsonSerializerOptions(Default.Options!) { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    }
}
