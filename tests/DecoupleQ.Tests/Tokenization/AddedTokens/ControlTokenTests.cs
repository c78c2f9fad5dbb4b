using DecoupleQ.ModelFiles;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;
using DecoupleQ.Tokenization.AddedTokens;
using DecoupleQ.Tokenization.SentencePiece;

namespace DecoupleQ.Tests.Tokenization.AddedTokens;

/// <summary>Which tokens what somebody typed never becomes.</summary>
public sealed class ControlTokenTests
{
    [Theory]
    [InlineData("<tool_call>", true)]
    [InlineData("</think>", true)]
    [InlineData("[INST]", true)]
    [InlineData("<｜User｜>", true)]
    [InlineData("＜user＞", true)]
    [InlineData("【start】", true)]
    [InlineData("<\n>", false)]
    [InlineData("<>", false)]
    [InlineData("<", false)]
    [InlineData("<a]", false)]
    [InlineData("\n\n", false)]
    [InlineData("▁▁▁", false)]
    [InlineData("user", false)]
    public void Brackets_make_the_look_of_a_control_token(string text, bool hasLook)
    {
        Assert.Equal(hasLook, ControlTokens.HasLook(text));
        Assert.Equal(hasLook, ControlTokens.ByLook.Contains(new AddedToken(text, 5, IsSpecial: false)));
        Assert.True(ControlTokens.ByLook.Contains(new AddedToken(text, 5, IsSpecial: true)));
    }

    [Fact]
    public void What_the_model_says_makes_control_tokens_too_but_never_of_white_space_that_a_template_holds()
    {
        var control = new ControlTokens { Templates = ["{{ 'USER:\n\n  ' }}▁▁"], Named = new HashSet<string> { "END" }, EndIds = new HashSet<int> { 7 } };
        Assert.Equal(["USER:", "END", "id 7"], ((string[])["USER:", "SYSTEM:", "END", "\n\n", "  ", "▁▁", "id 7"])
            .Where(text => control.Contains(new AddedToken(text, text == "id 7" ? 7 : 5, IsSpecial: false))));
    }

    [Theory]
    [InlineData("chat_template.jinja", "{{ 'USER:' + messages[0].content }}")]
    [InlineData("tokenizer_config.json", """{"chat_template": "USER:{{ messages }}"}""")]
    [InlineData("tokenizer_config.json", """{"chat_template": [{"name": "tool_use", "template": "USER:"}, {"name": "default", "template": ""}]}""")]
    [InlineData("chat_template.json", """{"chat_template": "USER:"}""")]
    [InlineData("tokenizer_config.json", """{"eos_token": {"content": "USER:"}}""")]
    [InlineData("special_tokens_map.json", """{"sep_token": "USER:"}""")]
    [InlineData("generation_config.json", """{"eos_token_id": [1, 6]}""")]
    [InlineData("config.json", """{"eos_token_id": 6}""")]
    public void Any_file_of_a_folder_can_make_a_control_token(string file, string content)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(
            folder.File("tokenizer.json"),
            Characters(
                "USER:",
                """{"id": 6, "content": "USER:", "special": false, "normalized": false, "lstrip": false, "rstrip": false, "single_word": false}"""));
        Assert.Equal([6, 0], TokenizerFiles.Load(folder.Path).Encode("USER:U"));
        File.WriteAllText(folder.File(file), content);
        Tokenizer tokenizer = TokenizerFiles.Load(folder.Path);
        Assert.Equal([0, 1, 2, 3, 4, 0], tokenizer.Encode("USER:U"));
        Assert.Equal([6, 0], tokenizer.Encode("USER:U", SpecialTokens.Recognized));
        // By itself the file says nothing of a chat.
        Assert.Equal([6, 0], TokenizerFiles.Load(folder.File("tokenizer.json")).Encode("USER:U"));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_merge_and_no_whole_word_of_typed_text_ends_in_an_id_that_ends_a_text(bool ignoreMerges)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("tokenizer.json"), $$$"""
            {"version": "1.0", "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": null, "added_tokens": [],
             "model": {"type": "BPE", "vocab": {"E": 0, "O": 1, "S": 2, "EO": 3, "EOS": 4}, "merges": ["E O", "EO S"],
                       "ignore_merges": {{{(ignoreMerges ? "true" : "false")}}}}}
            """);
        File.WriteAllText(folder.File("config.json"), """{"eos_token_id": 4}""");
        Tokenizer tokenizer = TokenizerFiles.Load(folder.Path);
        Assert.Equal([4], tokenizer.Encode("EOS", SpecialTokens.Recognized));
        Assert.Equal([3, 2], tokenizer.Encode("EOS"));
        Assert.Equal([3, 2], tokenizer.Encode("EOS", [1..2]));
    }

    [Fact]
    public void A_user_defined_piece_of_SentencePiece_is_text_where_it_was_typed()
    {
        var builder = new ModelFileBuilder
        {
            Pieces =
            [
                ("a", PieceType.Normal), ("<", PieceType.Normal), ("x", PieceType.Normal), (">", PieceType.Normal), ("\u2581", PieceType.Normal),
                ("<x>", PieceType.UserDefined), ("\u2581\u2581", PieceType.UserDefined),
            ],
        };
        Tokenizer tokenizer = builder.Load();
        // The prefix and the first space are one piece, white space that anyone may type.
        Assert.Equal([265, 264, 265, 264, 259, 263], tokenizer.Encode(" <x>  <x>a ", SpecialTokens.Recognized));
        Assert.Equal([265, 260, 261, 262, 265, 260, 261, 262, 259, 263], tokenizer.Encode(" <x>  <x>a "));
        Assert.Equal([265, 264, 260, 261, 262], tokenizer.Encode(" <x><x>", [4..5]));
        Assert.Equal([265, 260, 261, 262, 264], tokenizer.Encode(" <x><x>", [1..2]));
    }

    [Fact]
    public void A_stretch_that_cuts_a_surrogate_pair_covers_it_and_moves_nothing()
    {
        PlainStretches plain = PlainStretches.InBytes("\U0001F600b", [0..1, 1..2]);
        Assert.True(plain.Touches(0, 1));
        Assert.True(plain.Touches(3, 4));
        Assert.False(plain.Touches(4, 5));
        plain = PlainStretches.InBytes("\uD83Dé\uD800", [1..2]);
        Assert.False(plain.Touches(0, 3));
        Assert.True(plain.Touches(3, 4));
        Assert.False(plain.Touches(5, 8));
    }

    // A token for each character of the text, in order, and one that is added.
    private static string Characters(string text, string added) => $$$"""
        {"version": "1.0", "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": null, "added_tokens": [{{{added}}}],
         "model": {"type": "BPE", "vocab": {{{{string.Join(", ", text.Select((character, id) => $"\"{character}\": {id}"))}}}, "last": 5}, "merges": []}}
        """;
}
