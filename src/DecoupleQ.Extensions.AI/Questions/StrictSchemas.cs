using System.Text.Json;
using Microsoft.Extensions.AI;

namespace DecoupleQ.Extensions.AI.Questions;

/// <summary>Schemas whose objects have no properties but those that are named.</summary>
internal static class StrictSchemas
{
    private static readonly AIJsonSchemaTransformOptions Closed = new() { DisallowAdditionalProperties = true };

    /// <summary>The schema, closed if it is to be: what schemas leave open, a model may fill with what it likes.</summary>
    public static JsonElement Of(JsonElement schema, bool strict) =>
        strict && schema.ValueKind == JsonValueKind.Object ? AIJsonUtilities.TransformSchema(schema, Closed) : schema;
}
