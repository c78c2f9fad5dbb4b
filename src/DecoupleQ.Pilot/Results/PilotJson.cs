using System.Text.Json;
using System.Text.Json.Serialization;

namespace DecoupleQ.Pilot.Results;

/// <summary>How results are written and read.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    WriteIndented = true,
    UseStringEnumConverter = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(PilotResult))]
[JsonSerializable(typeof(Jobs.PilotPreview))]
[JsonSerializable(typeof(Jobs.Recommendation))]
[JsonSerializable(typeof(IReadOnlyList<Guidelines.KnownCase>))]
[JsonSerializable(typeof(Jobs.PilotJournal))]
internal sealed partial class PilotJson : JsonSerializerContext;
