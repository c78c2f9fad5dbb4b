using System.Globalization;
using DecoupleQ.Storage;

namespace DecoupleQ.Tokenization.AddedTokens;

/// <summary>What <c>added_tokens.json</c> and <c>tokenizer_config.json</c> of a model folder say of added tokens.</summary>
internal static class AddedTokenFiles
{
    private const int HighestId = (1 << 24) - 1;

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
        if (JsonFile.ReadFieldsIfThere(Path.Combine(folder, "tokenizer_config.json"))?.Section("added_tokens_decoder") is JsonSection decoder)
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
