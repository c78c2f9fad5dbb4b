using System.Diagnostics;
using System.Text;
using System.Text.Json;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

public sealed class TokenizeTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    // A handful of the reference's lines: a process each. The library's tests hold every line.
    [Theory]
    [InlineData("smollm2")]
    [InlineData("llama3")]
    [InlineData("qwen3")]
    [InlineData("mistral")]
    public void Ids_and_tokens_are_those_of_the_reference(string name)
    {
        string model = Paths.Golden("tokenizers", name);
        JsonElement[] lines = [.. Expected(name).Where(line => line.TryGetProperty("text", out JsonElement text) && text.GetString() is { Length: > 0 })];
        using JsonDocument file = JsonDocument.Parse(File.ReadAllText(Path.Combine(model, "tokenizer.json")));
        Dictionary<int, string> vocabulary = [];
        foreach (JsonProperty token in file.RootElement.GetProperty("model").GetProperty("vocab").EnumerateObject())
        {
            vocabulary[token.Value.GetInt32()] = token.Name;
        }
        foreach (JsonElement added in file.RootElement.GetProperty("added_tokens").EnumerateArray())
        {
            vocabulary[added.GetProperty("id").GetInt32()] = added.GetProperty("content").GetString()!;
        }
        // The first with special tokens, and two from the middle and the end.
        JsonElement special = lines.First(line => !Ids(line, "ids").SequenceEqual(Ids(line, "idsSpecialAsText")));
        foreach (JsonElement line in (JsonElement[])[special, lines[lines.Length / 2], lines[^1]])
        {
            string text = _folder.Write("text.txt", line.GetProperty("text").GetString()!);
            JsonElement plain = Tool.Run("tokenize", model, "--text", text, "--json").Expect(0).Json();
            Assert.Equal(Ids(line, "idsSpecialAsText"), Ids(plain, "ids"));
            Assert.Equal(Ids(plain, "ids").Select(id => vocabulary[id]), plain.GetProperty("tokens").EnumerateArray().Select(token => token.GetString()));
            JsonElement recognized = Tool.Run("tokenize", Path.Combine(model, "tokenizer.json"), "--text", text, "--special-tokens", "--json").Expect(0).Json();
            Assert.Equal(Ids(line, "ids"), Ids(recognized, "ids"));
        }
    }

    [Fact]
    public void A_sentencepiece_model_may_be_named_as_a_folder_a_file_or_a_gguf_file()
    {
        using JsonDocument golden = JsonDocument.Parse(File.ReadAllText(Paths.Golden("golden", "books-8m-tokens.json")));
        JsonElement line = golden.RootElement.EnumerateArray().MaxBy(entry => entry.GetProperty("ids").GetArrayLength());
        string text = _folder.Write("text.txt", line.GetProperty("text").GetString()!);
        string alone = _folder["some-vocabulary"];
        File.Copy(Path.Combine(Paths.Model, "tokenizer.model"), alone);
        foreach (string model in (string[])[Paths.Model, alone, Paths.Golden("golden", "tiny", "tiny-llama-spm", "model.gguf")])
        {
            Assert.Equal(Ids(line, "ids"), Ids(Tool.Run("tokenize", model, "--text", text, "--json").Expect(0).Json(), "ids"));
            Assert.Equal([1, .. Ids(line, "ids")], Ids(Tool.Run("tokenize", model, "--text", text, "--add-bos", "--json").Expect(0).Json(), "ids"));
        }
    }

    [Fact]
    public void Standard_input_is_read_and_the_tokens_are_listed()
    {
        Assert.Equal(
            [" 263  ▁the", "4028  ▁", "  63  <0x3C>", "4036  s", "  65  <0x3E>", "  13  <0x0A>"],
            Read("the <s>\n"u8.ToArray()).Expect(0).Output.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n'));
        Assert.Equal("", Read([]).Expect(0).Output);
        Assert.Equal("decoupleq: standard input: --text: The text is not UTF-8. (expected: a text in UTF-8)", Read([0x41, 0xFF]).Expect(1).OneLine());
    }

    [Fact]
    public void A_gguf_file_that_does_not_say_how_text_is_split_is_warned_of()
    {
        byte[] bytes = File.ReadAllBytes(Paths.Golden("models", "smollm2-135m-instruct", "model.gguf"));
        // The key gets another name, of the same length, that means nothing.
        int at = bytes.AsSpan().IndexOf("tokenizer.ggml.pre"u8);
        "general.nothing.at"u8.CopyTo(bytes.AsSpan(at));
        string model = _folder["guessed.gguf"], text = _folder.Write("text.txt", "Hi");
        File.WriteAllBytes(model, bytes);
        ToolResult tokens = Tool.Run("tokenize", model, "--text", text, "--json").Expect(0);
        Assert.NotEmpty(Ids(tokens.Json(), "ids"));
        ToolResult written = Tool.Run("generate", model, "--prompt", "Hi", "--max-tokens", "1", "--json").Expect(0);
        written.Json();
        ToolResult planned = Tool.Run(
            "quantize", model, "-o", _folder["out"], "--calibration", Path.Combine(Paths.Samples, "text", "calibration.txt"), "--dry-run", "--json").Expect(0);
        Assert.All(
            (ToolResult[])[tokens, written], result => Assert.StartsWith($"Warning: {model}: The key tokenizer.ggml.pre is missing", result.Error));
        Assert.StartsWith("The key tokenizer.ggml.pre is missing", planned.Json().GetProperty("warnings").EnumerateArray().Single().GetString());
    }

    [Fact]
    public void What_holds_no_tokenizer_is_refused_in_one_line()
    {
        string text = _folder.Write("text.txt", "Hi"), empty = _folder.Write("empty.json", ""), prose = _folder.Write("prose.json", "Once upon a time");
        const string Expected = "(expected: a tokenizer.json, a tokenizer.model (SentencePiece) or a .gguf file)";
        Assert.Equal($"decoupleq: {empty}: The file is empty. {Expected}", Tokenize(empty));
        Assert.Equal($"decoupleq: {prose}: The file holds no tokenizer. {Expected}", Tokenize(prose));
        Assert.Equal(
            $"decoupleq: {_folder["none"]}: There is no such file or folder. (expected: a folder with a tokenizer, or a tokenizer.json, a tokenizer.model " +
                "(SentencePiece) or a .gguf file)",
            Tokenize(_folder["none"]));
        string gguf = _folder.Write("model.gguf", "");
        Assert.Equal(
            $"decoupleq: {_folder.FullName}: The folder has no tokenizer that can be read. (expected: tokenizer.json or tokenizer.model in it, or the " +
                $"path of the file itself, {gguf})",
            Tokenize(_folder.FullName));
        Assert.Contains("model", Tokenize(_folder.Write("other.json", "{}")));
        string novel = _folder.Write("novel.json", """{"pre_tokenizer": {"type": "Novelty"}, "model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}}""");
        Assert.StartsWith($"decoupleq: {novel}: pre_tokenizer.type: ", Tokenize(novel));
        Assert.Contains(
            "--add-bos: The tokenizer names no beginning-of-sequence token.",
            Tool.Run("tokenize", Paths.Golden("tokenizers", "qwen3"), "--text", text, "--add-bos").Expect(1).OneLine());

        string Tokenize(string model) => Tool.Run("tokenize", model, "--text", text).Expect(1).OneLine();
    }

    private static IEnumerable<JsonElement> Expected(string name)
    {
        foreach (string line in File.ReadLines(Paths.Golden("tokenizers", name, "expected.jsonl")))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            yield return document.RootElement.Clone();
        }
    }

    private static int[] Ids(JsonElement line, string name) => [.. line.GetProperty(name).EnumerateArray().Select(id => id.GetInt32())];

    private static ToolResult Read(byte[] input)
    {
        using Process process = Tool.Start("tokenize", Paths.Model, "--text", "-");
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        Tool.WaitForExit(process);
        return new(process.ExitCode, output.Result, error.Result);
    }
}
