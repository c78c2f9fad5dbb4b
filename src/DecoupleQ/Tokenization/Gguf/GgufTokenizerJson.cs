using System.Text.Encodings.Web;
using System.Text.Json;
using DecoupleQ.Tokenization.SentencePiece;

namespace DecoupleQ.Tokenization.Gguf;

/// <summary>Writes the vocabulary of the kind <c>gpt2</c> (byte-level BPE) as a <c>tokenizer.json</c> of the Hugging Face tokenizers library.</summary>
internal static class GgufTokenizerJson
{
    /// <summary>Whether inputs start with the beginning-of-sequence token.</summary>
    public static bool AddsBeginning(GgufTokenizerData data) =>
        data.Vocabulary.BeginningId is not null && (data.Vocabulary.AddsBeginning ?? PreTokenizer(data).AddsBeginning);

    /// <summary>The file's content.</summary>
    /// <exception cref="DecoupleQException">There are no merges, or the pre-tokenizer is not known.</exception>
    public static byte[] ToJson(GgufTokenizerData data)
    {
        GgufPreTokenizer preTokenizer = PreTokenizer(data);
        IReadOnlyList<string> merges = data.Vocabulary.Merges ?? throw data.Metadata.Absent("tokenizer.ggml.merges", "the merges");
        using var stream = new MemoryStream();
        var options = new JsonWriterOptions { Indented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(stream, options))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            WriteAddedTokens(json, data.Vocabulary);
            WriteNormalizer(json, preTokenizer);
            WritePreTokenizer(json, preTokenizer);
            WritePostProcessor(json, data);
            json.WriteStartObject("decoder");
            WriteByteLevel(json);
            json.WriteEndObject();
            WriteModel(json, data.Vocabulary, merges, preTokenizer.IgnoresMerges);
            json.WriteEndObject();
        }
        return stream.ToArray();
    }

    private static GgufPreTokenizer PreTokenizer(GgufTokenizerData data)
    {
        const string Key = "tokenizer.ggml.pre";
        string name = data.Vocabulary.Pre ?? "default";
        return GgufPreTokenizer.Find(name) ?? throw data.Metadata.Unexpected(Key, string.Join(", ", GgufPreTokenizer.Names));
    }

    private static bool IsAdded(PieceType type) => type is PieceType.Control or PieceType.Unknown or PieceType.UserDefined;

    private static void WriteAddedTokens(Utf8JsonWriter json, GgufVocabulary vocabulary)
    {
        json.WriteStartArray("added_tokens");
        for (int id = 0; id < vocabulary.Tokens.Count; id++)
        {
            if (!IsAdded(vocabulary.Types[id]))
            {
                continue;
            }
            json.WriteStartObject();
            json.WriteNumber("id", id);
            json.WriteString("content", vocabulary.Tokens[id]);
            json.WriteBoolean("single_word", false);
            json.WriteBoolean("lstrip", false);
            json.WriteBoolean("rstrip", false);
            json.WriteBoolean("normalized", false);
            json.WriteBoolean("special", vocabulary.Types[id] != PieceType.UserDefined);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WriteNormalizer(Utf8JsonWriter json, GgufPreTokenizer preTokenizer)
    {
        if (!preTokenizer.Normalizes)
        {
            json.WriteNull("normalizer");
            return;
        }
        json.WriteStartObject("normalizer");
        json.WriteString("type", "NFC");
        json.WriteEndObject();
    }

    private static void WritePreTokenizer(Utf8JsonWriter json, GgufPreTokenizer preTokenizer)
    {
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        foreach (string pattern in preTokenizer.Patterns)
        {
            json.WriteStartObject();
            json.WriteString("type", "Split");
            json.WriteStartObject("pattern");
            json.WriteString("Regex", pattern);
            json.WriteEndObject();
            json.WriteString("behavior", "Isolated");
            json.WriteBoolean("invert", false);
            json.WriteEndObject();
        }
        json.WriteStartObject();
        WriteByteLevel(json);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WritePostProcessor(Utf8JsonWriter json, GgufTokenizerData data)
    {
        int? before = AddsBeginning(data) ? data.Vocabulary.BeginningId : null, after = data.Vocabulary.AddsEnd == true ? data.Vocabulary.EndId : null;
        if (before is null && after is null)
        {
            json.WriteNull("post_processor");
            return;
        }
        json.WriteStartObject("post_processor");
        json.WriteString("type", "TemplateProcessing");
        WriteTemplate("single", ["A"]);
        WriteTemplate("pair", ["A", "B"]);
        json.WriteStartObject("special_tokens");
        foreach (int id in new[] { before, after }.OfType<int>().Distinct())
        {
            json.WriteStartObject(data.TextOf(id)!);
            json.WriteString("id", data.TextOf(id));
            json.WriteStartArray("ids");
            json.WriteNumberValue(id);
            json.WriteEndArray();
            json.WriteStartArray("tokens");
            json.WriteStringValue(data.TextOf(id));
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndObject();
        json.WriteEndObject();

        void WriteTemplate(string name, string[] sequences)
        {
            json.WriteStartArray(name);
            for (int i = 0; i < sequences.Length; i++)
            {
                WritePart("SpecialToken", data.TextOf(before), i);
                WritePart("Sequence", sequences[i], i);
                WritePart("SpecialToken", data.TextOf(after), i);
            }
            json.WriteEndArray();
        }

        void WritePart(string kind, string? id, int type)
        {
            if (id is null)
            {
                return;
            }
            json.WriteStartObject();
            json.WriteStartObject(kind);
            json.WriteString("id", id);
            json.WriteNumber("type_id", type);
            json.WriteEndObject();
            json.WriteEndObject();
        }
    }

    // The patterns have split the text before; this step only goes over to the alphabet of bytes.
    private static void WriteByteLevel(Utf8JsonWriter json)
    {
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", false);
    }

    private static void WriteModel(Utf8JsonWriter json, GgufVocabulary vocabulary, IReadOnlyList<string> merges, bool ignoresMerges)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteNull("unk_token");
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", ignoresMerges);
        json.WriteStartObject("vocab");
        int addedTail = AddedTail(vocabulary);
        for (int id = 0; id < vocabulary.Tokens.Count; id++)
        {
            if (vocabulary.Types[id] != PieceType.Unused && id < addedTail)
            {
                json.WriteNumber(vocabulary.Tokens[id], id);
            }
        }
        json.WriteEndObject();
        json.WriteStartArray("merges");
        foreach (string merge in merges)
        {
            json.WriteStringValue(merge);
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    // The first of the added tokens at the end. The library gives ids to added tokens outside the model's vocabulary in their order, from its size on:
    // those at the end may stand outside, as they do in published files; the others must stand in it to keep their ids.
    private static int AddedTail(GgufVocabulary vocabulary)
    {
        int end = vocabulary.Tokens.Count;
        while (end > 0 && vocabulary.Types[end - 1] == PieceType.Unused)
        {
            end--;
        }
        int tail = end;
        while (tail > 0 && IsAdded(vocabulary.Types[tail - 1]))
        {
            tail--;
        }
        // A gap in the vocabulary would shift their ids.
        return vocabulary.Types.Take(tail).Contains(PieceType.Unused) ? end : tail;
    }
}
