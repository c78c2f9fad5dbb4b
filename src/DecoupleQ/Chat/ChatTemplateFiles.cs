using System.Text.Json.Nodes;
using DecoupleQ.Chat.Templates.Syntax;
using DecoupleQ.Checkpoints;
using DecoupleQ.Checkpoints.Gguf;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Chat;

/// <summary>Finds the chat template of a model, and the special tokens that it may print.</summary>
internal static class ChatTemplateFiles
{
    private const string TemplateFile = "chat_template.jinja";
    private const string ConfigFile = "tokenizer_config.json";
    private const string Field = "chat_template";
    private const int LargestFile = 1 << 20;

    // The tokens that a tokenizer of transformers names, and that templates know by these names.
    private static readonly string[] NamedTokens = ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

    /// <summary>The template in a model's folder: <c>chat_template.jinja</c>, else the field <c>chat_template</c> of <c>tokenizer_config.json</c>, else of <c>chat_template.json</c>; null if there is none.</summary>
    /// <exception cref="DecoupleQException">A file is damaged, or the template asks for what is not supported.</exception>
    public static ChatTemplate? InFolder(string folder) => Source(folder) is TemplateSource source ? new ChatTemplate(source, SpecialTokens(folder)) : null;

    /// <summary>The template in a GGUF file; null if there is none.</summary>
    /// <exception cref="DecoupleQException">The file is damaged, or the template asks for what is not supported.</exception>
    public static ChatTemplate? InGguf(string file)
    {
        if (GgufTokenizerData.ReadIfThere(file) is not { ChatTemplate: string text } data)
        {
            return null;
        }
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, int? id) in ((string, int?)[])
        [
            ("bos_token", data.Vocabulary.BeginningId), ("eos_token", data.Vocabulary.EndId), ("unk_token", data.UnknownId), ("pad_token", data.PaddingId),
        ])
        {
            if (id is int known)
            {
                tokens[name] = data.Vocabulary.Tokens[known];
            }
        }
        return new ChatTemplate(new TemplateSource(text, file, "tokenizer.chat_template"), tokens);
    }

    private static TemplateSource? Source(string folder)
    {
        string file = Path.Combine(folder, TemplateFile);
        if (File.Exists(file))
        {
            // Bounds the size before the text is read.
            StoredFile.ReadAll(file, LargestFile);
            return new TemplateSource(TextFile.Read(file), file, null);
        }
        return In(folder, ConfigFile) ?? In(folder, "chat_template.json");
    }

    /// <summary>The special tokens that <c>tokenizer_config.json</c> of a folder names, else <c>special_tokens_map.json</c>, by name.</summary>
    /// <exception cref="DecoupleQException">A file is damaged.</exception>
    private static Dictionary<string, string> SpecialTokens(string folder)
    {
        var tokens = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string name in (string[])[ConfigFile, "special_tokens_map.json"])
        {
            string file = Path.Combine(folder, name);
            if (JsonFile.ReadIfThere(file) is not JsonObject json)
            {
                continue;
            }
            foreach (string token in NamedTokens)
            {
                if (AddedTokens.TextIn(new JsonSection(file, json), token) is string text)
                {
                    tokens.TryAdd(token, text);
                }
            }
        }
        return tokens;
    }

    private static TemplateSource? In(string folder, string name)
    {
        string file = Path.Combine(folder, name);
        if (JsonFile.ReadIfThere(file) is not JsonObject json || json[Field] is null)
        {
            return null;
        }
        var section = new JsonSection(file, json);
        string? text = json[Field] is JsonArray templates ? Default(templates, section) : section.RequiredText(Field);
        return new TemplateSource(text, file, Field);
    }

    // Several templates by name; the one of this name is for conversations.
    private static string Default(JsonArray templates, JsonSection section)
    {
        const string Expected = "a template, or a list of {name, template} with one named 'default'";
        foreach (JsonNode? item in templates)
        {
            if (item is not JsonObject template)
            {
                throw section.Unexpected(Field, Expected);
            }
            var entry = new JsonSection(section.File, template, Field + "[].");
            if (entry.RequiredText("name") == "default")
            {
                return entry.RequiredText("template");
            }
        }
        throw section.Unexpected(Field, Expected);
    }
}
