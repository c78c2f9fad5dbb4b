using System.Text.Json;
using DecoupleQ.Tokenization.Bpe;
using DecoupleQ.Tokenization.Patterns;
using DecoupleQ.Tokenization.Pipeline;

namespace DecoupleQ.Tokenization.Json;

/// <summary>Loads <c>tokenizer.json</c>, the format of the Hugging Face tokenizers library, with a BPE model.</summary>
/// <remarks>
/// What the file says is done as that library does it, or the file is refused with the path of what is not understood.
/// <c>truncation</c> and <c>padding</c> are passed over: they shape batches, and whoever calls the library sets them anew.
/// </remarks>
internal static class TokenizerJson
{
    /// <summary>Largest file that is read, in bytes; the largest published ones have about 35 MB.</summary>
    public const long MaxFileSize = 1L << 29;

    /// <summary>Loads a file.</summary>
    /// <param name="file">The path of a <c>tokenizer.json</c>.</param>
    /// <param name="addsBos"><c>add_bos_token</c> of the model's <c>tokenizer_config.json</c>: true and false decide about <see cref="Tokenizer.LeadingId"/>; null leaves it to the post-processor.</param>
    /// <param name="bosToken"><c>bos_token</c> of the same file, by its text.</param>
    /// <exception cref="DecoupleQException">The file cannot be read, is malformed, or asks for what is not supported.</exception>
    public static Tokenizer Load(string file, bool? addsBos = null, string? bosToken = null)
    {
        byte[] json;
        try
        {
            if (new FileInfo(file).Length > MaxFileSize)
            {
                throw new DecoupleQException("is too large for a tokenizer", file, expected: $"at most {MaxFileSize >> 20} MiB");
            }
            json = File.ReadAllBytes(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DecoupleQException($"cannot be read: {e.Message}", file, expected: "a tokenizer.json", inner: e);
        }
        return Parse(json, file, addsBos, bosToken);
    }

    /// <summary>Loads a file's content; <paramref name="file"/> is its name in errors.</summary>
    /// <inheritdoc cref="Load"/>
    public static Tokenizer Parse(ReadOnlyMemory<byte> json, string file, bool? addsBos = null, string? bosToken = null)
    {
        using JsonDocument document = ParseDocument(json, file);
        TokenizerParts parts = Read(new JsonField(document.RootElement, file));
        var tokenizer = new PipelineTokenizer(parts);
        return addsBos switch
        {
            null => tokenizer,
            false => new PipelineTokenizer(parts with { LeadingId = null }),
            true => new PipelineTokenizer(parts with
            {
                LeadingId = bosToken is not null && tokenizer.IdOf(bosToken) is int id
                    ? id
                    : throw new DecoupleQException($"does not hold the token '{bosToken}'", file, expected: "the bos_token of tokenizer_config.json, which has add_bos_token"),
            }),
        };
    }

    private static JsonDocument ParseDocument(ReadOnlyMemory<byte> json, string file)
    {
        try
        {
            return JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new DecoupleQException($"is not JSON: {JsonField.Shorten(e.Message)}", file, expected: "a tokenizer.json", inner: e);
        }
    }

    private static TokenizerParts Read(JsonField root)
    {
        root.AllowOnly("version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model");
        if (root.Optional("version") is { } version && version.Text() != "1.0")
        {
            throw version.Error($"is '{JsonField.Shorten(version.Text())}'", "1.0");
        }
        VocabularyField vocabulary = VocabularyField.Read(root.Required("model", "the BPE model"));
        IReadOnlyList<Normalizer> normalizers = NormalizerReader.Read(root.Optional("normalizer"));
        AddedTokenReader addedTokens = AddedTokenReader.Read(root.Optional("added_tokens"), vocabulary, normalizers);
        List<PreTokenizer> preTokenizers = PreTokenizerReader.Read(root.Optional("pre_tokenizer"), normalizers, out bool endsInBytes);
        Template? template = PostProcessorReader.Read(root.Optional("post_processor"), addedTokens.Tokens);
        BpeModel model = vocabulary.BuildModel(endsInBytes, preTokenizers);
        return new TokenizerParts
        {
            Tokens = addedTokens.Tokens,
            AddedTokens = addedTokens.Plain,
            NormalizedAddedTokens = addedTokens.Normalized,
            Normalizers = normalizers,
            PreTokenizers = preTokenizers,
            Model = model,
            Template = template,
            Decoders = DecoderReader.Read(root.Optional("decoder")),
            LeadingId = template is { Before: [int leading, ..] } ? leading : null,
        };
    }

    /// <summary>A pattern: <c>{"Regex": "..."}</c> or <c>{"String": "..."}</c>.</summary>
    public static PatternProgram ReadPattern(JsonField field)
    {
        field.AllowOnly("Regex", "String");
        if (field.Optional("Regex") is { } regex)
        {
            return regex.Guard(() => PatternProgram.Compile(regex.Text()));
        }
        JsonField literal = field.Required("String", "Regex or String");
        return literal.Text().Length > 0 ? literal.Guard(() => PatternProgram.Literal(literal.Text())) : throw literal.Error("is empty", "a text to look for");
    }
}
