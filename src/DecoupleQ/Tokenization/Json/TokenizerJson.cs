using System.Text.Json;
using DecoupleQ.Storage;
using DecoupleQ.Tokenization.AddedTokens;
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
    /// <summary>The file's name in a model folder.</summary>
    public const string FileName = "tokenizer.json";

    /// <summary>The keys of the file. What stands under them is read key by key too, and what is not known there is refused.</summary>
    public static KeyTable Keys { get; } = new(
        FileName,
        [
            .. KnownKey.Honoured("version", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model"),
            .. KnownKey.Harmless("truncation", "padding"),
        ]);

    /// <summary>Largest file that is read, in bytes; the largest published ones have about 35 MB.</summary>

    /// <summary>
    /// Loads <c>tokenizer.json</c> of a model folder; <c>tokenizer_config.json</c> beside it may decide about <see cref="Tokenizer.LeadingId"/>.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="control">Which tokens are control tokens.</param>
    /// <exception cref="DecoupleQException">A file cannot be read, is malformed, or asks for what is not supported.</exception>
    public static PipelineTokenizer LoadFolder(string folder, ControlTokens control)
    {
        string file = Path.Combine(folder, FileName);
        JsonSection config = AddedTokenFiles.Settings(folder);
        PipelineTokenizer tokenizer = WithFoldersTokens(Load(file, control), folder, config);
        CheckPrefixSpace(tokenizer, config);
        if (config.Flag("add_eos_token") == true && !tokenizer.EndsInputs)
        {
            throw config.Unexpected("add_eos_token", $"false, or a post-processor in {FileName} that adds the token");
        }
        int? named = AddedTokenFiles.TextOf(config, "bos_token") is { } text ? tokenizer.IdOf(text) : null;
        int? leading = config.Flag("add_bos_token") switch
        {
            null => tokenizer.LeadingId,
            false => null,
            true => named ?? throw new DecoupleQException(
                "The beginning-of-sequence token is not in the vocabulary.", config.File, "bos_token", "the text of a token, or add_bos_token false"),
        };
        return tokenizer.WithBeginning(leading, named ?? tokenizer.BeginningId);
    }

    // transformers adds tokens that only the other files have; with other ids or more tokens the text would come out otherwise.
    private static PipelineTokenizer WithFoldersTokens(PipelineTokenizer tokenizer, string folder, JsonSection config)
    {
        var more = new List<AddedToken>();
        string? padding = AddedTokenFiles.TextOf(config, "pad_token");
        foreach (AddedToken token in AddedTokenFiles.ReadFolder(folder))
        {
            // No text becomes padding, so that it does not matter whether the tokenizer knows it.
            if (token.Text == padding && token.Id >= tokenizer.VocabularySize)
            {
                continue;
            }
            // An ordinary token of the vocabulary that is to be recognised in texts as they come would be looked for in normalized ones.
            if (tokenizer.TokenOf(token.Id) != token.Text || !(tokenizer.IsAdded(token.Text) || token.IsSpecial))
            {
                throw new DecoupleQException(
                    $"The folder's other files give the id {token.Id} to '{JsonSection.Shorten(token.Text)}'.", Path.Combine(folder, FileName),
                    "added_tokens", "that token with that id");
            }
            more.Add(token);
        }
        foreach ((string text, JsonSection field, bool isNeeded) in AddedTokenFiles.SpecialTokens(folder, config))
        {
            if (tokenizer.IdOf(text) is int id)
            {
                more.Add(new AddedToken(text, id));
            }
            else if (isNeeded)
            {
                throw AddedTokenFiles.Missing(field);
            }
        }
        return tokenizer.WithSpecial(more.Where(token => token.IsSpecial));
    }

    // transformers makes the tokenizer anew where this says otherwise than the file.
    private static void CheckPrefixSpace(PipelineTokenizer tokenizer, JsonSection config)
    {
        const string Field = "add_prefix_space";
        if (config.Flag(Field) is bool wanted && tokenizer.Encode("a") is [int first, ..] && tokenizer.TokenOf(first) is [char start, ..]
            && (start is '\u2581' or '\u0120') != wanted)
        {
            throw config.Unexpected(Field, $"{(wanted ? "false" : "true")}, as {FileName} does");
        }
    }

    /// <summary>Loads a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="control">Which tokens are control tokens; by look if null.</param>
    /// <exception cref="DecoupleQException">The file cannot be read, is malformed, or asks for what is not supported.</exception>
    public static PipelineTokenizer Load(string file, ControlTokens? control = null) => Parse(StoredFile.ReadAll(file, FileKind.Tokenizer), file, control);

    /// <summary>Loads a file's content; <paramref name="file"/> is its name in errors.</summary>
    /// <exception cref="DecoupleQException">The content is malformed, or asks for what is not supported.</exception>
    public static PipelineTokenizer Parse(ReadOnlyMemory<byte> json, string file, ControlTokens? control = null)
    {
        using JsonDocument document = JsonFile.ParseDocument(json, file);
        return new PipelineTokenizer(Read(new JsonSection(file, document.RootElement)) with { Control = control ?? ControlTokens.ByLook });
    }

    private static TokenizerParts Read(JsonSection root)
    {
        Keys.Check(root);
        if (root.Optional("version") is { } version && version.Text() != "1.0")
        {
            throw version.Error($"is '{JsonSection.Shorten(version.Text())}'", "1.0");
        }
        BpeVocabulary vocabulary = VocabularyReader.Read(root.Required("model", "the BPE model"));
        IReadOnlyList<Normalizer> normalizers = NormalizerReader.Read(root.Optional("normalizer"));
        AddedTokenReader addedTokens = AddedTokenReader.Read(root.Optional("added_tokens"), vocabulary, normalizers);
        List<PreTokenizer> preTokenizers = PreTokenizerReader.Read(root.Optional("pre_tokenizer"), normalizers, out bool endsInBytes);
        RemoveIdle(preTokenizers, normalizers);
        Template? template = PostProcessorReader.Read(root.Optional("post_processor"), addedTokens.Tokens);
        BpeModel model = BuildModel(vocabulary, endsInBytes, preTokenizers);
        int? first = template is { Before: [int leading, ..] } ? leading : null;
        return new TokenizerParts
        {
            File = root.File,
            Tokens = addedTokens.Tokens,
            AddedTokens = addedTokens.Plain,
            NormalizedAddedTokens = addedTokens.Normalized,
            Normalizers = normalizers,
            PreTokenizers = preTokenizers,
            Model = model,
            Template = template,
            Decoders = DecoderReader.Read(root.Optional("decoder")),
            LeadingId = first,
            BeginningId = first,
        };
    }

    /// <summary>The model for the pieces that the steps make, which are bytes or text; where the vocabulary needs or allows it, a step is added.</summary>
    private static BpeModel BuildModel(BpeVocabulary vocabulary, bool bytes, List<PreTokenizer> steps)
    {
        if (bytes && vocabulary.TryBytes() is { } byteSymbols)
        {
            return vocabulary.Model(byteSymbols);
        }
        if (bytes)
        {
            steps.Add(new ByteAlphabetStep { Field = "pre_tokenizer" });
        }
        CharacterSymbols symbols = vocabulary.Characters();
        if (vocabulary.WholeWords is null && !steps.Exists(step => step is PatternSplit) && symbols.Has(WordSeams.Space) && symbols.KeepsEveryCharacter)
        {
            steps.Add(new SeamSplit(WordSeams.Of(vocabulary.MergeResults())));
        }
        return vocabulary.Model(symbols);
    }

    /// <summary>Takes away a first step that splits at a character of which the normalizers leave none: Gemma splits at spaces.</summary>
    private static void RemoveIdle(List<PreTokenizer> steps, IReadOnlyList<Normalizer> normalizers)
    {
        if (normalizers is [.., ReplaceNormalizer { Pattern.Only: int replaced, Content: string content }]
            && steps is [PatternSplit split, ..]
            && split.NeedsOnly(replaced) && !content.EnumerateRunes().Any(rune => rune.Value == replaced))
        {
            steps.RemoveAt(0);
        }
    }

    /// <summary>A pattern: <c>{"Regex": "..."}</c> or <c>{"String": "..."}</c>.</summary>
    public static PatternProgram ReadPattern(JsonSection field)
    {
        field.AllowOnly("Regex", "String");
        if (field.Optional("Regex") is { } regex)
        {
            return regex.Guard(() => PatternProgram.Compile(regex.Text()));
        }
        JsonSection literal = field.Required("String", "Regex or String");
        return literal.Text().Length > 0 ? literal.Guard(() => PatternProgram.Literal(literal.Text())) : throw literal.Error("is empty", "a text to look for");
    }
}
