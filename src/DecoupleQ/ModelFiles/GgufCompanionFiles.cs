using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.Gguf;
using DecoupleQ.Tokenization.Json;

namespace DecoupleQ.ModelFiles;

/// <summary>What a GGUF file says of its tokenizer and chat template, as the files of a Hugging Face folder.</summary>
internal static class GgufCompanionFiles
{
    /// <summary>The files; none if the GGUF file has no tokenizer.</summary>
    /// <exception cref="DecoupleQException">The tokenizer is damaged, or of a kind that cannot be written as files.</exception>
    public static IReadOnlyList<CompanionFile> Of(string path)
    {
        if (GgufTokenizerData.ReadIfThere(path) is not GgufTokenizerData data)
        {
            return [];
        }
        // A tokenizer that cannot be run here is not passed on either.
        GgufTokenizer.Create(data.Vocabulary);
        return data.Vocabulary.Model switch
        {
            "llama" => [CompanionFile.Of(Tokenizer.ModelFile, GgufSentencePiece.ToModel(data)), Settings(data, "LlamaTokenizer", addsBeginningByDefault: true)],
            "gpt2" =>
            [
                CompanionFile.Of(TokenizerJson.FileName, GgufTokenizerJson.ToJson(data)),
                Settings(data, "PreTrainedTokenizerFast", GgufTokenizerJson.AddsBeginning(data)),
            ],
            _ => throw data.Metadata.Unexpected("tokenizer.ggml.model", "\"llama\" or \"gpt2\"; the tokenizer of another kind cannot be written as files"),
        };
    }

    private static CompanionFile Settings(GgufTokenizerData data, string transformersClass, bool addsBeginningByDefault)
    {
        var settings = new JsonObject
        {
            ["tokenizer_class"] = transformersClass,
            ["add_bos_token"] = data.Vocabulary.AddsBeginning ?? addsBeginningByDefault,
            ["add_eos_token"] = data.Vocabulary.AddsEnd ?? false,
            ["clean_up_tokenization_spaces"] = false,
        };
        foreach ((string field, int? id) in ((string, int?)[])
        [
            ("bos_token", data.Vocabulary.BeginningId), ("eos_token", data.Vocabulary.EndId), ("unk_token", data.UnknownId), ("pad_token", data.PaddingId),
        ])
        {
            if (data.TextOf(id) is string text)
            {
                settings[field] = text;
            }
        }
        if (data.ChatTemplate is string template)
        {
            settings["chat_template"] = data.ToolTemplate is string tools ? ChatTemplateFiles.Named(template, tools) : template;
        }
        string json = settings.ToJsonString(
            new JsonSerializerOptions { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        return CompanionFile.Of("tokenizer_config.json", Encoding.UTF8.GetBytes(json + "\n"));
    }
}
