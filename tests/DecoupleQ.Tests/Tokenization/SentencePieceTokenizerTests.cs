using System.Text.Json;
using System.Text.RegularExpressions;
using CsCheck;
using DecoupleQ.ModelFiles;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.SentencePiece;
using Microsoft.ML.Tokenizers;
using Tokenizer = DecoupleQ.Tokenization.Tokenizer;
using SentencePieceTokenizer = DecoupleQ.Tokenization.SentencePiece.SentencePieceTokenizer;

namespace DecoupleQ.Tests.Tokenization;

public sealed class SentencePieceTokenizerTests
{
    private static readonly Tokenizer Books = TokenizerFiles.Load(Paths.Model);

    private static readonly (string, PieceType)[] Letters =
        [
            ("ab", PieceType.Normal), ("\u2581a", PieceType.Normal), ("bc", PieceType.Normal), ("\u2581", PieceType.Normal), ("a", PieceType.Normal),
            ("b", PieceType.Normal)
        ];

    [Fact]
    public void Ids_and_decoded_text_equal_the_reference_library_on_every_golden_line()
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Paths.Golden("golden", "books-8m-tokens.json")));
        foreach (JsonElement line in golden.RootElement.EnumerateArray())
        {
            int[] ids = [.. line.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32())];
            Assert.Equal(ids, Books.Encode(line.GetProperty("text").GetString()!));
            Assert.Equal(line.GetProperty("decoded").GetString(), Books.Decode(ids));
        }
    }

    [Fact]
    public void Every_line_of_a_book_has_the_ids_of_the_definition()
    {
        var definition = new NaiveBpe(SentencePieceModel.Read(Path.Combine(Paths.Model, "tokenizer.model")));
        foreach (string line in File.ReadLines(Path.Combine(Paths.Samples, "text", "validation.txt")).Where(l => l.Length < 300))
        {
            Assert.Equal(definition.Encode(line), Books.Encode(line));
        }
    }

    [Theory]
    [InlineData("\n-------", new[] { 4028, 13, 412, 412, 2914 })]
    [InlineData("\nLVIII", new[] { 4028, 13, 4073, 4087, 3419, 4054 })]
    public void Of_equal_pairs_the_leftmost_is_merged_first(string text, int[] ids)
    {
        Assert.Equal(ids, Books.Encode(text));
    }

    [Fact]
    public void Every_word_of_two_collections_has_the_ids_of_the_library()
    {
        LlamaTokenizer library = Library();
        string text = File.ReadAllText(
            Path.Combine(Paths.Samples, "text", "calibration.txt")) + File.ReadAllText(Paths.Golden("data", "wikitext-2", "wiki.test.raw"));
        foreach (string word in text.Split(' ').Where(w => !TimesThree.IsMatch(w)).Distinct())
        {
            Assert.Equal(library.EncodeToIds(word), Books.Encode(word));
        }
    }

    [Fact]
    public void A_whole_book_has_the_ids_of_its_words_and_decodes_to_itself()
    {
        string text = File.ReadAllText(Path.Combine(Paths.Samples, "text", "calibration.txt"));
        IReadOnlyList<int> ids = Books.Encode(text);
        Assert.Equal(text, Books.Decode(ids));
        // Each word but the first is encoded as a text of its own, the space before it being the prefix.
        Assert.Equal(text.Split(' ').SelectMany(word => word.Length == 0 ? [4028] : Books.Encode(word)), ids);
    }

    [Fact]
    public void Any_text_has_the_ids_of_the_definition_and_decodes_to_itself()
    {
        var definition = new NaiveBpe(SentencePieceModel.Read(Path.Combine(Paths.Model, "tokenizer.model")));
        Gen.OneOf(
            Gen.Char[' ', '~'], Gen.Char['\u00A0', '\uD7FF'], Gen.Const(' '), Gen.Char['a', 'e'],
            Gen.Const('-')).Array[0, 60].Select(c => new string(c)).Sample(text =>
        {
            IReadOnlyList<int> ids = Books.Encode(text);
            // U+2581 stands for a space inside the model; no tokenizer of this kind tells the two apart.
            return ids.SequenceEqual(definition.Encode(text)) && Books.Decode(ids) == text.Replace('\u2581', ' ');
        });
    }

    [Fact]
    public void Any_vocabulary_gives_the_ids_of_the_definition_single_characters_missing_or_not()
    {
        Gen<string> character = Gen.Int[0, 4].Select(i => ((string[])["a", "b", "é", "😀", "\u2581"])[i]);
        Gen<string> piece = character.Array[1, 4].Select(string.Concat);
        // Few scores, so that many are equal.
        Gen.Select(Gen.Select(piece, Gen.Int[0, 5]).Array[0, 25], character.Array[0, 50].Select(string.Concat)).Sample((listed, text) =>
        {
            Piece[] pieces =
            [
                .. Enumerable.Range(0, 256).Select(value => new Piece($"<0x{value:X2}>", 0, PieceType.Byte)),
                .. listed.DistinctBy(entry => entry.Item1).Select(entry => new Piece(entry.Item1, entry.Item2, PieceType.Normal)),
            ];
            var model = new SentencePieceModel(pieces, AddDummyPrefix: true, RemoveExtraWhitespaces: false, BeginningId: null);
            Assert.Equal(new NaiveBpe(model).Encode(text), new SentencePieceTokenizer(model, new SentencePieceSettings()).Encode(text));
        }, iter: 3000);
    }

    [Fact]
    public void A_line_of_a_million_letters_is_encoded()
    {
        Assert.Equal(1_000_000, Books.Encode(new string('a', 1_000_000)).Count);
        Assert.Equal(1_000_001, Books.Encode(new string(' ', 1_000_000)).Count);
        string text = string.Concat(Enumerable.Repeat("hethe", 200_000));
        Assert.Equal(text, Books.Decode(Books.Encode(text)));
    }

    [Fact]
    public void A_surrogate_without_its_pair_becomes_the_replacement_character()
    {
        Assert.Equal(Books.Encode("a\uFFFDb"), Books.Encode("a\uD800b"));
    }

    [Fact]
    public void Pieces_that_reach_over_a_space_are_found()
    {
        Tokenizer tokenizer = new ModelFileBuilder { Pieces = [("a\u2581b", PieceType.Normal), ("\u2581b", PieceType.Normal), .. Letters] }.Load();
        // The prefix, then a and " b" merged into one piece.
        Assert.Equal([264, 259], tokenizer.Encode("a b"));
    }

    [Fact]
    public void What_a_text_spells_does_not_become_a_control_token()
    {
        string[] pieces = ["<s", "<", "s", ">", "\u2581"];
        Tokenizer tokenizer = new ModelFileBuilder { Pieces = [.. pieces.Select(text => (text, PieceType.Normal))] }.Load();
        Assert.Equal([263, 259, 262], tokenizer.Encode("<s>"));
        Assert.Equal([1], tokenizer.Encode("<s>", SpecialTokens.Recognized));
    }

    [Fact]
    public void User_defined_pieces_are_taken_whole_and_never_merged()
    {
        Tokenizer tokenizer = new ModelFileBuilder
        {
            AddDummyPrefix = false,
            Pieces = [.. Letters, ("bxx", PieceType.Normal), ("xx", PieceType.UserDefined), ("xxa", PieceType.UserDefined)],
        }.Load();
        Assert.Equal([264, 266, 264, 267], tokenizer.Encode("bxxbxxa"));
    }

    [Fact]
    public void The_models_own_flags_for_spaces_are_honoured()
    {
        var builder = new ModelFileBuilder { Pieces = Letters };
        Assert.Equal([262, 262, 260, 262, 264], builder.Load().Encode("  a b"));
        Assert.Equal([262, 260, 262, 264], (builder with { AddDummyPrefix = false }).Load().Encode("  a b"));
        Tokenizer tidy = (builder with { RemoveExtraWhitespaces = true }).Load();
        Assert.Equal(tidy.Encode("a b"), tidy.Encode("   a   b  "));
        Assert.Empty(tidy.Encode("   "));
        Assert.Equal("a b", tidy.Decode(tidy.Encode("   a   b  ")));
    }

    [Fact]
    public void Special_tokens_of_the_folder_are_recognized_only_when_asked_for_and_left_out_of_decoded_text()
    {
        Tokenizer tokenizer = new ModelFileBuilder { Pieces = Letters }.Load(
            """{"added_tokens_decoder": {"300": {"content": "<|im_end|>", "special": true, "rstrip": true},"""
                + """ "301": {"content": "<tool>", "special": false}}, "legacy": false}""",
            """{"<|im_start|>": 299}""");
        Assert.Equal(302, tokenizer.VocabularySize);
        Assert.Equal(299, tokenizer.IdOf("<|im_start|>"));
        Assert.Equal(260, tokenizer.IdOf("\u2581a"));
        Assert.Null(tokenizer.IdOf("<|nothing|>"));
        Assert.Equal([299, 259, 300, 263, 301], tokenizer.Encode("<|im_start|>ab<|im_end|> \na<tool>", SpecialTokens.Recognized));
        Assert.DoesNotContain(299, tokenizer.Encode("<|im_start|>ab"));
        Assert.Equal("aba<tool>", tokenizer.Decode([299, 259, 300, 263, 301]));
    }

    [Fact]
    public void Each_stretch_between_special_tokens_starts_with_the_prefix_unless_legacy_is_false()
    {
        var builder = new ModelFileBuilder { Pieces = Letters };
        Assert.Equal([1, 260, 2, 260], builder.Load().Encode("<s>a</s>a", SpecialTokens.Recognized));
        Assert.Equal([1, 263, 2, 263], builder.Load("""{"legacy": false}""").Encode("<s>a</s>a", SpecialTokens.Recognized));
        Assert.Equal([260, 2, 263], builder.Load("""{"legacy": false}""").Encode("a</s>a", SpecialTokens.Recognized));
    }

    [Fact]
    public void The_config_can_switch_the_prefix_off()
    {
        Tokenizer tokenizer = new ModelFileBuilder { Pieces = Letters }.Load("""{"add_prefix_space": false}""");
        Assert.Equal([263], tokenizer.Encode("a"));
        Assert.Equal(" a", tokenizer.Decode(tokenizer.Encode(" a")));
    }

    [Fact]
    public void Ordinary_pieces_listed_among_the_added_tokens_stay_pieces()
    {
        Tokenizer tokenizer = new ModelFileBuilder { Pieces = Letters }.Load("""{"added_tokens_decoder": {"260": {"content": "\u2581a", "special": false}}}""");
        Assert.Equal("b a", tokenizer.Decode(tokenizer.Encode("b a", SpecialTokens.Recognized)));
    }

    [Theory]
    [InlineData("""{"added_tokens_decoder": {"x": {"content": "a"}}}""", "added_tokens_decoder.x")]
    [InlineData("""{"added_tokens_decoder": {"99999999": {"content": "a"}}}""", "added_tokens_decoder.99999999")]
    [InlineData("""{"added_tokens_decoder": {"300": {"content": ""}}}""", "added_tokens_decoder.300.content")]
    [InlineData("""{"added_tokens_decoder": {"300": {"content": "a", "single_word": true}}}""", "added_tokens_decoder.300.single_word")]
    [InlineData("""{"added_tokens_decoder": {"300": {"content": 5}}}""", "added_tokens_decoder.300.content")]
    [InlineData("""{"add_bos_token": "yes"}""", "add_bos_token")]
    public void A_tokenizer_config_that_is_not_usable_is_refused(string config, string field)
    {
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => new ModelFileBuilder { Pieces = Letters }.Load(config));
        Assert.Equal(field, error.Field);
        Assert.EndsWith("tokenizer_config.json", error.File);
    }

    [Fact]
    public void The_leading_id_follows_the_tokenizer_config()
    {
        var builder = new ModelFileBuilder { Pieces = Letters };
        Assert.Equal(1, Books.LeadingId);
        Assert.Equal(1, builder.Load().LeadingId);
        Assert.Equal(1, builder.Load("""{"add_bos_token": true, "bos_token": {"content": "<s>"}}""").LeadingId);
        Assert.Equal(2, builder.Load("""{"bos_token": "</s>"}""").LeadingId);
        Assert.Null(builder.Load("""{"add_bos_token": false}""").LeadingId);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => builder.Load("""{"bos_token": "<start>"}"""));
        Assert.Equal("bos_token", error.Field);
    }

    [Fact]
    public void Decoding_leaves_out_ids_beyond_the_vocabulary_and_replaces_bytes_that_are_not_UTF8()
    {
        Assert.Equal("a", Books.Decode([1, 261, 2, 5000, -1]));
        // E2 81 without a third byte, then the letter; two bytes that start nothing.
        Assert.Equal("\uFFFD\uFFFD a\uFFFD\uFFFD", Books.Decode([0xE2 + 3, 0x81 + 3, 261, 0x80 + 3, 0xFF + 3]));
    }

    [Fact]
    public void Models_that_cannot_be_run_exactly_are_refused_by_name()
    {
        var builder = new ModelFileBuilder { Pieces = Letters };
        Refused(builder with { ModelType = 1 }, "unigram");
        Refused(builder with { ByteFallback = false }, "byte_fallback");
        Refused(builder with { Normalizer = "nmt_nfkc", CharacterMap = [1, 2, 3] }, "nmt_nfkc");
        Refused(builder with { EscapeWhitespaces = false }, "escape_whitespaces");
        Refused(builder with { WhitespaceAsSuffix = true }, "treat_whitespace_as_suffix");
        Refused(builder with { Pieces = [("ab", PieceType.Unused)] }, "Unused");
        Refused(builder with { Pieces = [("ab", PieceType.Normal), ("ab", PieceType.Normal)] }, "pieces[260]");
        Refused(builder with { Pieces = [("", PieceType.Normal)] }, "pieces[259]");

        static void Refused(ModelFileBuilder builder, string what)
        {
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => builder.Load());
            Assert.Contains(what, error.Message);
            Assert.EndsWith("tokenizer.model", error.File);
        }
    }

    [Fact]
    public void A_folder_without_a_tokenizer_is_refused()
    {
        using var folder = new TemporaryFolder();
        Assert.Equal(folder.Path, Assert.Throws<DecoupleQException>(() => TokenizerFiles.Load(folder.Path)).File);
    }

    // Where a unit comes three times in a row, two equal pairs overlap; Microsoft.ML.Tokenizers 2.0.1 does not merge the leftmost one first.
    private static readonly Regex TimesThree = new(@"(.+)\1\1", RegexOptions.Singleline);

    private static LlamaTokenizer Library()
    {
        using FileStream model = File.OpenRead(Path.Combine(Paths.Model, "tokenizer.model"));
        return LlamaTokenizer.Create(model, addBeginOfSentence: false, addEndOfSentence: false);
    }
}
