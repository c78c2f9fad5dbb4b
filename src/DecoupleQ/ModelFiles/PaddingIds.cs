using DecoupleQ.Checkpoints;
using DecoupleQ.Storage;
using DecoupleQ.Tokenization;

namespace DecoupleQ.ModelFiles;

/// <summary>The ids that fill up batches.</summary>
internal static class PaddingIds
{
    private const string IdField = "pad_token_id", TextField = "pad_token";

    /// <summary><c>pad_token_id</c> of <c>generation_config.json</c> and <c>config.json</c>, and the token that the tokenizer's settings name.</summary>
    /// <exception cref="DecoupleQException">A file is damaged, or a field is something else.</exception>
    public static HashSet<int> Of(Checkpoint checkpoint, Tokenizer tokenizer)
    {
        // Some models say that they have none by -1.
        int? generation = JsonFile.ReadFieldsIfThere(Path.Combine(checkpoint.Path, "generation_config.json"))?.Integer(IdField, -1);
        int? config = checkpoint.ConfigSection.Integer(IdField, -1);
        int? named = ChatTemplateFiles.NamedTokensOf(checkpoint.Path).TryGetValue(TextField, out string? text) ? tokenizer.IdOf(text) : null;
        return [.. new[] { generation, config, named }.OfType<int>()];
    }
}
