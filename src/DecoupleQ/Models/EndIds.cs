using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;

namespace DecoupleQ.Models;

/// <summary>The ids that end a text.</summary>
internal static class EndIds
{
    private const string Field = "eos_token_id";

    /// <summary><c>eos_token_id</c>, a number or a list of them, of <c>generation_config.json</c>, else of <c>config.json</c>; empty if neither has it.</summary>
    /// <exception cref="DecoupleQException">The field is something else.</exception>
    public static IReadOnlySet<int> Of(Checkpoint checkpoint)
    {
        string file = Path.Combine(checkpoint.Path, "generation_config.json");
        if (JsonFile.ReadIfThere(file) is JsonObject generation && generation[Field] is not null)
        {
            return Read(new JsonSection(file, generation));
        }
        return Read(checkpoint.ConfigSection);
    }

    private static HashSet<int> Read(JsonSection section)
    {
        if (section.Json[Field] is not JsonArray list)
        {
            return section.Integer(Field, 0) is int id ? [id] : [];
        }
        return [.. list.Select(item => item is JsonValue value && value.TryGetValue(out int id) && id >= 0 ? id : throw section.Unexpected(Field, "an id, or a list of ids"))];
    }
}
