namespace DecoupleQ.Checkpoints;

/// <summary>Files of a model folder that go along to a folder made from it: tokenizer, chat template, generation config, licences.</summary>
/// <remarks>Not the weights and the config, which are written anew, nor the model card, which describes another model.</remarks>
internal static class CompanionFiles
{
    private static readonly string[] Names =
    [
        "added_tokens.json",
        "chat_template.jinja",
        "chat_template.json",
        "generation_config.json",
        "merges.txt",
        "special_tokens_map.json",
        "tokenizer.json",
        "tokenizer.model",
        "tokenizer_config.json",
        "vocab.json",
    ];

    private static readonly string[] LicenceStems = ["LICENSE", "LICENCE", "NOTICE", "COPYING", "USE_POLICY", "USE-POLICY"];

    private static readonly string[] LicenceExtensions = ["", ".txt", ".md", ".rst", ".pdf", ".html"];

    /// <summary>The files in <paramref name="folder"/> that go along, as full paths in ordinal order of their names.</summary>
    public static IReadOnlyList<string> In(string folder) =>
        [.. Directory.EnumerateFiles(folder).Where(GoesAlong).OrderBy(path => Path.GetFileName(path), StringComparer.Ordinal)];

    private static bool GoesAlong(string path)
    {
        string name = Path.GetFileName(path);
        return Names.Contains(name)
            || (LicenceExtensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase)
                && LicenceStems.Any(stem => name.StartsWith(stem, StringComparison.OrdinalIgnoreCase)));
    }
}
