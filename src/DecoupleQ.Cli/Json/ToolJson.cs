using System.Text.Json;
using System.Text.Json.Serialization;

namespace DecoupleQ.Cli.Json;

/// <summary>Everything that the tool prints with <c>--json</c>: camelCase, absent instead of null, "NaN" and "Infinity" as strings.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UseStringEnumConverter = true,
    WriteIndented = true)]
[JsonSerializable(typeof(ErrorDocument))]
[JsonSerializable(typeof(QuantizeDocument))]
[JsonSerializable(typeof(EstimateDocument))]
[JsonSerializable(typeof(DoctorDocument))]
[JsonSerializable(typeof(EvalDocument))]
[JsonSerializable(typeof(TaskDocument))]
[JsonSerializable(typeof(GenerateDocument))]
[JsonSerializable(typeof(LogitsDocument))]
[JsonSerializable(typeof(ChatDocument))]
[JsonSerializable(typeof(InspectDocument))]
[JsonSerializable(typeof(CompareDocument))]
[JsonSerializable(typeof(ConvertDocument))]
[JsonSerializable(typeof(TuneDocument))]
[JsonSerializable(typeof(TokenizeDocument))]
[JsonSerializable(typeof(RenderDocument))]
[JsonSerializable(typeof(ServeDocument))]
[JsonSerializable(typeof(MonitorReportDocument))]
[JsonSerializable(typeof(BaselineDocument))]
[JsonSerializable(typeof(GuidelineDocument))]
internal sealed partial class ToolJson : JsonSerializerContext;
