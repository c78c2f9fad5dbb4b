using System.Text.Json.Nodes;
using DecoupleQ.Storage;
using DecoupleQ.Tokenization.AddedTokens;
using DecoupleQ.Tokenization.Gguf;

namespace DecoupleQ.ModelFiles;

/// <summary>The text of a model's chat template.</summary>
/// <param name="Text">The text.</param>
/// <param name="File">The file that holds it.</param>
/// <param name="Field">Its field there; null if the file is the template.</param>
/// <param name="NamedTokens">Texts of special tokens by the names that templates know them by, such as <c>bos_token</c>.</param>
internal sealed record ChatTemplateText(string Text, string File, string? Field, IReadOnlyDictionary<string, string> NamedTokens);

/// <summary>Finds the chat template of a model, and the special tokens that it may print.</summary>
internal static class ChatTemplateFiles
{
    private const string TemplateFile = "chat_template.jinja";
    private const string ConfigFile = "tokenizer_config.json";
    private const string Field = "chat_template";

    // The names that transformers looks for.
    private const string DefaultName = "default";
    private const string ToolsName = "tool_use";
    private const string ToolsFile = "additional_chat_templates/tool_use.jinja";

    private static readonly string[] JsonFiles = [ConfigFile, "chat_template.json"];

    /// <summary>The template of a model's folder or GGUF file; null if there is none.</summary>
    /// <param name="model">The folder or file.</param>
    /// <param name="forTools">Whether to prefer one for conversations with tools, if the model has several.</param>
    /// <exception cref="DecoupleQException">A file is damaged.</exception>
    public static ChatTemplateText? FindIfThere(string model, bool forTools = false) =>
        File.Exists(model) ? InGguf(model, forTools) : InFolder(model, forTools);

    /// <summary>The template that a file holds: all of it, or the field of one that is JSON. It names no special tokens.</summary>
    /// <exception cref="DecoupleQException">The file cannot be read, is damaged, or has no such field.</exception>
    public static ChatTemplateText InFile(string file)
    {
        if (Path.GetExtension(file).Equals(".json", StringComparison.OrdinalIgnoreCase) && File.Exists(file))
        {
            return ReadField(file) ?? throw new DecoupleQException("The field is missing.", file, Field, "a chat template");
        }
        return Found(TextFile.Read(file, FileKind.Template), file, null);
    }

    /// <summary>The value of the field that holds two templates, one of them for conversations with tools.</summary>
    public static JsonArray Named(string template, string tools) =>
    [
        new JsonObject { ["name"] = DefaultName, ["template"] = template }, new JsonObject { ["name"] = ToolsName, ["template"] = tools },
    ];

    /// <summary>The texts of all templates in a folder, those for tools and the like too, whatever else may be wrong with them.</summary>
    /// <exception cref="DecoupleQException">A file is damaged.</exception>
    public static IEnumerable<string> TextsIn(string folder)
    {
        if (ReadTemplate(folder) is ChatTemplateText template)
        {
            yield return template.Text;
        }
        if (ReadTemplate(folder, ToolsFile) is ChatTemplateText tools)
        {
            yield return tools.Text;
        }
        foreach (string name in JsonFiles)
        {
            if (JsonFile.ReadFieldsIfThere(Path.Combine(folder, name))?.Optional(Field) is not JsonSection field)
            {
                continue;
            }
            foreach (JsonSection item in field.IsList ? field.Items() : [field])
            {
                JsonSection? text = item.IsObject ? item.Optional("template") : item;
                if (text is { IsText: true } found)
                {
                    yield return found.Text();
                }
            }
        }
    }

    /// <summary>The special tokens that a model's folder or GGUF file names, by name.</summary>
    /// <exception cref="DecoupleQException">A file is damaged.</exception>
    public static IReadOnlyDictionary<string, string> NamedTokensOf(string model) =>
        File.Exists(model) ? GgufTokenizerData.ReadIfThere(model) is GgufTokenizerData data ? NamedTokensIn(data) : new() : NamedTokensIn(model);

    /// <summary>The special tokens that <c>tokenizer_config.json</c> of a folder names, else <c>special_tokens_map.json</c>, by name.</summary>
    /// <exception cref="DecoupleQException">A file is damaged.</exception>
    public static Dictionary<string, string> NamedTokensIn(string folder)
    {
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string name in (string[])[ConfigFile, "special_tokens_map.json"])
        {
            if (JsonFile.ReadFieldsIfThere(Path.Combine(folder, name)) is not JsonSection section)
            {
                continue;
            }
            foreach (string token in TokenizerKeys.Named)
            {
                if (AddedTokenFiles.TextOf(section, token) is string text)
                {
                    tokens.TryAdd(token, text);
                }
            }
        }
        return tokens;
    }

    private static Dictionary<string, string> NamedTokensIn(GgufTokenizerData data)
    {
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, int? id) in ((string, int?)[])
        [
            ("bos_token", data.Vocabulary.BeginningId), ("eos_token", data.Vocabulary.EndId), ("unk_token", data.UnknownId), ("pad_token", data.PaddingId),
        ])
        {
            if (data.TextOf(id) is string token)
            {
                tokens[name] = token;
            }
        }
        return tokens;
    }

    // chat_template.jinja, else the field of tokenizer_config.json, else that of chat_template.json.
    private static ChatTemplateText? InFolder(string folder, bool forTools) =>
        ((forTools ? ReadTemplate(folder, ToolsFile) : null)
            ?? ReadTemplate(folder)
            ?? JsonFiles.Select(name => ReadField(Path.Combine(folder, name), forTools)).FirstOrDefault(found => found is not null))
            is ChatTemplateText template
            ? template with { NamedTokens = NamedTokensIn(folder) }
            : null;

    private static ChatTemplateText? InGguf(string file, bool forTools)
    {
        const string Key = "tokenizer.chat_template";
        if (GgufTokenizerData.ReadIfThere(file) is not GgufTokenizerData data)
        {
            return null;
        }
        return forTools && data.ToolTemplate is string tools ? new ChatTemplateText(tools, file, $"{Key}.{ToolsName}", NamedTokensIn(data))
            : data.ChatTemplate is string text ? new ChatTemplateText(text, file, Key, NamedTokensIn(data))
            : null;
    }

    private static ChatTemplateText? ReadTemplate(string folder, string name = TemplateFile)
    {
        string file = Path.Combine(folder, name);
        return File.Exists(file) ? InFile(file) : null;
    }

    private static ChatTemplateText? ReadField(string file, bool forTools = false)
    {
        if (JsonFile.ReadFieldsIfThere(file)?.Optional(Field) is not JsonSection field)
        {
            return null;
        }
        return Found(field.IsList ? Of(field, forTools) : field.Text(), file, Field);
    }

    private static ChatTemplateText Found(string text, string file, string? field) => new(text, file, field, new Dictionary<string, string>());

    // Several templates by name; the default one is for conversations.
    private static string Of(JsonSection templates, bool forTools)
    {
        const string Expected = "a template, or a list of {name, template} with one named 'default'";
        string? text = null;
        foreach (JsonSection template in templates.Items())
        {
            if (!template.IsObject)
            {
                throw templates.Unexpected(Expected);
            }
            string name = template.RequiredText("name");
            if (name == DefaultName && text is null || forTools && name == ToolsName)
            {
                text = template.RequiredText("template");
                if (name == (forTools ? ToolsName : DefaultName))
                {
                    return text;
                }
            }
        }
        return text ?? throw templates.Unexpected(Expected);
    }
}
