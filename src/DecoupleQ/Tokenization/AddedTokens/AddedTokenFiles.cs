using System.Globalization;
using DecoupleQ.Storage;

namespace DecoupleQ.Tokenization.AddedTokens;

/// <summary>What <c>added_tokens.json</c> and <c>tokenizer_config.json</c> of a model folder say of added tokens.</summary>
internal static class AddedTokenFiles
{
    private const int HighestId = (1 << 24) - 1;

    /// <summary>The settings of a folder; without a field if there is no such file.</summary>
    /// <exception cref="DecoupleQException">The file is malformed, or asks for what is not known or not supported.</exception>
    public static JsonSection Settings(string folder)
    {
        string file = Path.Combine(folder, TokenizerKeys.ConfigFile);
        JsonSection settings = JsonFile.ReadFieldsIfThere(file) ?? new JsonSection(file, []);
        TokenizerKeys.Config.Check(settings);
        return settings;
    }

    /// <summary>The tokens of a folder that its settings name, but for the padding, and those that they list as special; each once.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="settings">Its settings.</param>
    /// <returns>Each with what it stands under, and whether the vocabulary must have it.</returns>
    /// <exception cref="DecoupleQException">A file is malformed, or asks for what is not known or not supported.</exception>
    public static IEnumerable<(string Text, JsonSection Field, bool IsNeeded)> SpecialTokens(string folder, JsonSection settings)
    {
        var files = new List<JsonSection> { settings };
        // transformers passes over it where the settings have the tokens with their ids.
        if (!settings.Has("added_tokens_decoder") && JsonFile.ReadFieldsIfThere(Path.Combine(folder, TokenizerKeys.MapFile)) is JsonSection map)
        {
            TokenizerKeys.Map.Check(map);
            files.Add(map);
        }
        // No text becomes padding, so that it does not matter whether the tokenizer knows it.
        HashSet<string> seen = [.. files.Select(file => TextOf(file, "pad_token")).OfType<string>()];
        foreach (JsonSection file in files)
        {
            foreach (string field in TokenizerKeys.Named)
            {
                if (TextOf(file, field) is string text && text.Length > 0 && seen.Add(text))
                {
                    yield return (text, file.Optional(field)!.Value, field == "eos_token");
                }
            }
            foreach (JsonSection tokens in TokenizerKeys.Further.Select(field => file.Optional(field)).OfType<JsonSection>())
            {
                foreach (JsonSection token in tokens.IsObject ? tokens.Fields().Select(f => f.Value).Where(f => !f.Is("null")) : tokens.Items())
                {
                    string text = token.IsObject ? token.RequiredText("content") : token.Text();
                    if (text.Length > 0 && seen.Add(text))
                    {
                        yield return (text, token, true);
                    }
                }
            }
        }
    }

    /// <summary>The error for a special token that the vocabulary does not have: transformers gives it an id of its own.</summary>
    public static DecoupleQException Missing(JsonSection field) => field.Error(
        $"names a token that the vocabulary does not have, {field.Shown()}", "a token of the vocabulary; add it there, with its id, or take it out here");

    /// <summary>The tokens that they add, those of the second file after those of the first.</summary>
    /// <exception cref="DecoupleQException">A file is malformed, or asks for what is not supported.</exception>
    public static IEnumerable<AddedToken> ReadFolder(string folder)
    {
        if (JsonFile.ReadFieldsIfThere(Path.Combine(folder, "added_tokens.json")) is JsonSection texts)
        {
            foreach ((string text, JsonSection id) in texts.Fields())
            {
                yield return new AddedToken(NotEmpty(text, id), id.Integer(0, HighestId));
            }
        }
        if (JsonFile.ReadFieldsIfThere(Path.Combine(folder, TokenizerKeys.ConfigFile))?.Section("added_tokens_decoder") is JsonSection decoder)
        {
            foreach ((string id, JsonSection token) in decoder.Fields())
            {
                yield return Parse(id, token);
            }
        }
    }

    /// <summary>
    /// The text of a token that a field of <c>tokenizer_config.json</c> names, as a text or as an object with its settings; null if the field is absent.
    /// </summary>
    public static string? TextOf(JsonSection config, string field) =>
        config.Optional(field) is not JsonSection token ? null : token.IsObject ? token.RequiredText("content") : token.Text();

    private static AddedToken Parse(string field, JsonSection token)
    {
        if (!int.TryParse(field, NumberStyles.None, CultureInfo.InvariantCulture, out int id) || id > HighestId || !token.IsObject)
        {
            throw token.Unexpected($"an object under an id from 0 to {HighestId}");
        }
        if (token.Flag("single_word") == true)
        {
            throw token.Unexpected("single_word", "false; tokens that count only as whole words are not supported");
        }
        JsonSection content = token.Required("content", "a text");
        return new AddedToken(
            NotEmpty(content.Text(), content), id, token.Flag("special") ?? false, token.Flag("lstrip") ?? false, token.Flag("rstrip") ?? false);
    }

    private static string NotEmpty(string text, JsonSection field) => text.Length > 0 ? text : throw field.Unexpected("a token's text, not empty");
}
