using DecoupleQ.Storage;

namespace DecoupleQ.ModelFiles;

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

    // Objects of settings; whoever uses them looks at their fields.
    private static readonly string[] Settings =
        ["added_tokens.json", "chat_template.json", "generation_config.json", "special_tokens_map.json", "tokenizer_config.json"];

    private static readonly string[] LicenceStems = ["LICENSE", "LICENCE", "NOTICE", "COPYING", "USE_POLICY", "USE-POLICY"];

    private static readonly string[] LicenceExtensions = ["", ".txt", ".md", ".rst", ".pdf", ".html"];

    /// <summary>The files that go along from <paramref name="model"/>: those of its folder, or what stands for them in a GGUF file.</summary>
    /// <param name="model">A model's folder or file.</param>
    /// <exception cref="DecoupleQException">The tokenizer of a GGUF file cannot be written as files.</exception>
    public static IReadOnlyList<CompanionFile> Of(string model) =>
        File.Exists(model) ? GgufCompanionFiles.Of(model) : [.. In(model).Select(CompanionFile.Copy)];

    /// <summary>The files in <paramref name="folder"/> that go along, as full paths in ordinal order of their names.</summary>
    public static IReadOnlyList<string> In(string folder) =>
        [.. Directory.EnumerateFiles(folder).Where(GoesAlong).OrderBy(path => Path.GetFileName(path), StringComparer.Ordinal)];

    /// <summary>Refuses settings in a folder that nothing could read, whether or not there is a tokenizer to read them with.</summary>
    /// <exception cref="DecoupleQException">A file is no JSON object.</exception>
    public static void CheckSettings(string folder)
    {
        foreach (string name in Settings)
        {
            JsonFile.ReadFieldsIfThere(Path.Combine(folder, name));
        }
    }

    private static bool GoesAlong(string path)
    {
        string name = Path.GetFileName(path);
        return Names.Contains(name)
            || (LicenceExtensions.Contains(Path.GetExtension(name), StringComparer.OrdinalIgnoreCase)
                && LicenceStems.Any(stem => name.StartsWith(stem, StringComparison.OrdinalIgnoreCase)));
    }
}
