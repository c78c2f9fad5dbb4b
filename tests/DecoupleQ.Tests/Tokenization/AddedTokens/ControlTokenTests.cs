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

    [Fact]
    public void Searching_templates_for_many_tokens_at_once_finds_what_searching_for_each_does()
    {
        var random = new Random(3);
        string Text(int length) => string.Concat(Enumerable.Range(0, length).Select(_ => "ab日😀 "[random.Next(3)]));
        for (int i = 0; i < 200; i++)
        {
            var control = new ControlTokens { Templates = [Text(random.Next(60)), Text(random.Next(20))] };
            AddedToken[] tokens = [.. Enumerable.Range(0, 40).Select(id => new AddedToken(Text(random.Next(1, 6)), id, IsSpecial: false))];
            ControlTokens among = control.Among(tokens);
            Assert.Equal(tokens.Where(control.Contains), tokens.Where(among.Contains));
        }
    }

    // Each token was searched for by itself: minutes for a pair of files of a megabyte each.
    [Fact]
    public void A_template_is_searched_once_for_all_added_tokens()
    {
        string nearly = new string('a', 300) + "b" + new string('a', 300);
        string template = string.Concat(Enumerable.Repeat(nearly, (1 << 20) / nearly.Length));
        AddedToken[] tokens = [.. Enumerable.Range(0, 1500).Select(id => new AddedToken($"{(char)('\u4E00' + id)}{nearly}", id, IsSpecial: false))];
        AddedToken[] more = [.. Enumerable.Range(0, 1500).Select(id => new AddedToken($"{nearly}{nearly[..200]}c{id}", id, IsSpecial: false))];
        ControlTokens control = new ControlTokens { Templates = [template] }.Among([.. tokens, .. more, new AddedToken("ba", 0, IsSpecial: false)]);
        Assert.DoesNotContain(tokens.Concat(more), control.Contains);
        Assert.True(control.Contains(new AddedToken("ba", 0, IsSpecial: false)));
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
