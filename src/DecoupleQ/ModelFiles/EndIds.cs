using DecoupleQ.Checkpoints;
using DecoupleQ.Storage;

namespace DecoupleQ.ModelFiles;

/// <summary>The ids that end a text.</summary>
internal static class EndIds
{
    private const string Field = "eos_token_id";

    /// <summary>
    /// <c>eos_token_id</c>, a number or a list of them, of <c>generation_config.json</c>, else of <c>config.json</c>; empty if neither has it.
    /// </summary>
    /// <exception cref="DecoupleQException">The field is something else.</exception>
    public static IReadOnlySet<int> Of(Checkpoint checkpoint)
    {
        string file = Path.Combine(checkpoint.Path, "generation_config.json");
        JsonSection? generation = JsonFile.ReadFieldsIfThere(file);
        return Read((generation is JsonSection own && own.Has(Field) ? own : checkpoint.ConfigSection).Optional(Field));
    }

    /// <summary>As <see cref="Of"/> for a folder that may lack either file, but those of both, as a tokenizer serves whoever reads one of them.</summary>
    /// <exception cref="DecoupleQException">A field is something else.</exception>
    public static IReadOnlySet<int> In(string folder) => ((string[])["generation_config.json", "config.json"])
        .SelectMany(file => Read(JsonFile.ReadFieldsIfThere(Path.Combine(folder, file))?.Optional(Field)))
        .ToHashSet();

    private static HashSet<int> Read(JsonSection? ids) => ids switch
    {
        null => [],
        { IsList: true } list => [.. list.Items().Select(item => item.Integer(0))],
        JsonSection id => [id.Integer(0)],
    };
}
