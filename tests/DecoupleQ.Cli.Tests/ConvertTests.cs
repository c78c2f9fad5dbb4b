using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Chat;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Cli.Tests;

public sealed class ConvertTests(PackedModel packed) : IClassFixture<PackedModel>, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Output => _folder["out"];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_published_gguf_file_becomes_a_folder_with_the_same_logits_ids_and_prompts()
    {
        string file = Paths.Golden("models", "smollm2-135m-instruct", "model.gguf");
        ToolResult result = Tool.Run("convert", file, "-o", Output, "--dtype", "f32", "--json").Expect(0);
        JsonElement report = result.Json();
        Assert.Equal(
            (Output, "f32", 272),
            (report.GetProperty("output").GetString(), report.GetProperty("dtype").GetString(), report.GetProperty("tensors").GetInt32()));
        string[] files = [.. report.GetProperty("files").EnumerateArray().Select(name => name.GetString()!)];
        Assert.Equal(["config.json", "decoupleq.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"], files);
        Assert.Matches("(?m)^converting: .* MB of 538.1 MB, about .* left\r?$", result.Error);

        JsonNode config = JsonNode.Parse(File.ReadAllText(Path.Combine(Output, "config.json")))!;
        Assert.Equal(
            ("LlamaForCausalLM", "llama", "float32", "100000.0", true),
            (
                (string)config["architectures"]![0]!,
                (string)config["model_type"]!,
                (string)config["torch_dtype"]!,
                config["rope_theta"]!.ToJsonString(),
                (bool)config["tie_word_embeddings"]!));

        using (LanguageModel from = LanguageModel.Load(file), to = LanguageModel.Load(Output))
        {
            int[] ids = [1, 4093, 198, 19556, 28, 905, 17, 2];
            float worst = from.Logits(ids).Zip(to.Logits(ids), (a, b) => Math.Abs(a - b)).Max();
            // The weights are those of the file; only the order of a kernel's sums may differ.
            Assert.True(worst < 2e-4, $"The largest difference is {worst}.");
            Assert.Equal(from.EndIds.Order(), to.EndIds.Order());
        }
        Tokenizer tokenizer = TokenizerFiles.Load(Output);
        foreach (string line in File.ReadLines(Paths.Golden("tokenizers", "smollm2", "expected.jsonl")))
        {
            using JsonDocument expected = JsonDocument.Parse(line);
            if (expected.RootElement.TryGetProperty("text", out JsonElement text))
            {
                Assert.Equal(Ids(expected, "ids"), tokenizer.Encode(text.GetString()!, SpecialTokens.Recognized));
                Assert.Equal(Ids(expected, "idsSpecialAsText"), tokenizer.Encode(text.GetString()!));
                Assert.Equal(Ids(expected, "idsWithTemplate"), tokenizer.EncodeWithTemplate(text.GetString()!));
            }
        }
        ChatTemplate template = ChatTemplate.Load(Output);
        Assert.Equal("<|im_end|>", template.EndToken);
        foreach (string line in File.ReadLines(Paths.Golden("tokenizers", "smollm2", "chat.jsonl")))
        {
            JsonNode expected = JsonNode.Parse(line)!;
            ChatMessage[] messages =
                [.. expected["messages"]!.AsArray().Select(message => new ChatMessage((string)message!["role"]!, (string)message["content"]!))];
            Assert.Equal((string)expected["text"]!, template.Render(messages, new() { AddGenerationPrompt = (bool)expected["addGenerationPrompt"]! }).Text);
        }
    }

    [Theory]
    [InlineData("f16", 2)]
    [InlineData("bf16", 2)]
    [InlineData("f32", 4)]
    public void A_packed_folder_becomes_a_dense_one_that_says_the_same(string type, int bytes)
    {
        JsonElement report = Tool.Run("convert", packed.Folder, "-o", Output, "--dtype", type, "--json").Expect(0).Json();
        using LanguageModel from = LanguageModel.Load(packed.Folder, new() { Arithmetic = Arithmetic.Float32 }), to = LanguageModel.Load(Output);
        int[] ids = [1, 526, 321, 263, 1265, 280, 1557];
        double worst = from.Logits(ids).Zip(to.Logits(ids), (a, b) => Math.Abs(a - b)).Max();
        Assert.True(worst < type switch { "f32" => 1e-3, "f16" => 0.05, _ => 0.5 }, $"The largest difference is {worst}.");
        using JsonDocument inspected = JsonDocument.Parse(Tool.Run("inspect", Output, "--json").Expect(0).Output);
        long parameters = report.GetProperty("bytes").GetInt64() / bytes;
        Assert.Equal(8_395_008, parameters, tolerance: 100_000);
        foreach (string name in (string[])["tokenizer.model", "tokenizer_config.json", "generation_config.json"])
        {
            Assert.Equal(File.ReadAllText(Path.Combine(packed.Folder, name)), File.ReadAllText(Path.Combine(Output, name)));
        }
    }

    [Fact]
    public void A_sentencepiece_tokenizer_in_a_gguf_file_goes_along()
    {
        string file = Paths.Golden("golden", "tiny", "tiny-llama-spm", "model.gguf");
        Tool.Run("convert", file, "-o", Output, "--dtype", "bf16").Expect(0);
        Assert.Equal(TokenizerFiles.Load(file).Encode("It was the best of times."), TokenizerFiles.Load(Output).Encode("It was the best of times."));
        Assert.Equal(TokenizerFiles.Load(file).LeadingId, TokenizerFiles.Load(Output).LeadingId);
    }

    [Fact]
    public void A_signal_leaves_nothing_and_a_kill_nothing_that_looks_whole()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals cannot be sent there.");
        string file = Paths.Golden("models", "smollm2-135m-instruct", "model.gguf");
        foreach ((string signal, int exitCode) in ((string, int)[])[("TERM", 143), ("KILL", 137)])
        {
            using (Process process = Tool.Start("convert", file, "-o", Output, "--dtype", "f32"))
            {
                Assert.NotNull(process.StandardError.ReadLine()); // a tenth is written
                using Process kill = Process.Start("kill", ["-" + signal, process.Id.ToString()]);
                kill.WaitForExit();
                process.StandardError.ReadToEnd();
                Tool.WaitForExit(process);
                Assert.Equal(exitCode, process.ExitCode);
            }
            Assert.False(Directory.Exists(Output));
            Assert.Equal(signal == "KILL", Directory.Exists(Output + ".partial"));
        }
        Assert.DoesNotContain(
            Directory.GetFiles(Path.Combine(Output + ".partial", "model")),
            name => !name.EndsWith(".tmp", StringComparison.Ordinal));
        string line = Tool.Run("convert", file, "-o", Output).Expect(1).OneLine();
        Assert.Equal(
            $"decoupleq: {Output}.partial: The folder of an unfinished job is there. (expected: --force to discard it, or another output folder)",
            line);
        Tool.Run("convert", Paths.Golden("golden", "tiny", "tiny-qwen2", "model.gguf"), "-o", Output, "--force").Expect(0);
        Assert.Equal([Output], Directory.GetFileSystemEntries(_folder.FullName));
    }

    [Fact]
    public void A_folder_that_exists_is_replaced_only_on_request()
    {
        string file = Paths.Golden("golden", "tiny", "tiny-qwen3", "model.gguf");
        Tool.Run("convert", file, "-o", Output, "--dtype", "f32").Expect(0);
        Assert.Equal(
            $"decoupleq: {Output}: output: The folder exists. (expected: another folder, or --force to replace one that decoupleq wrote)",
            Tool.Run("convert", file, "-o", Output).Expect(1).OneLine());
        Assert.Contains("Written to " + Output, Tool.Run("convert", file, "-o", Output, "--force").Expect(0).Output);
        Assert.Equal("float16", (string?)JsonNode.Parse(File.ReadAllText(Path.Combine(Output, "config.json")))!["torch_dtype"]);
    }

    [Fact]
    public void A_damaged_file_is_named_and_nothing_is_written()
    {
        string file = _folder["cut.gguf"];
        byte[] whole = File.ReadAllBytes(Paths.Golden("golden", "tiny", "tiny-qwen3", "model.gguf"));
        File.WriteAllBytes(file, whole[..^100]);
        Assert.StartsWith($"decoupleq: {file}: ", Tool.Run("convert", file, "-o", Output).Expect(1).OneLine());
        Assert.Equal([file], Directory.GetFileSystemEntries(_folder.FullName));
        Assert.Equal(
            "decoupleq: --dtype: 'q4' cannot be used. (expected: f16, bf16 or f32)",
            Tool.Run("convert", file, "-o", Output, "--dtype", "q4").Expect(2).OneLine());
    }

    [Fact]
    public void What_a_model_contradicts_itself_in_is_an_event_among_the_others_and_told_by_every_command_that_looks_at_it()
    {
        string model = _folder["model"];
        Directory.CreateDirectory(model);
        foreach (string file in Directory.GetFiles(Paths.Model))
        {
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        }
        string path = Path.Combine(model, "config.json");
        JsonObject config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        config["tie_word_embeddings"] = true;
        File.WriteAllText(path, config.ToJsonString());

        ToolResult converted = Tool.Run("convert", model, "-o", Output, "--progress", "json", "--json").Expect(0);
        JsonElement[] events = [.. converted.Error.TrimEnd('\n').Split('\n').Select(line => JsonElement.Parse(line))];
        JsonElement warned = Assert.Single(events, line => line.GetProperty("event").GetString() == "warning");
        Assert.Equal(model, warned.GetProperty("model").GetString());
        string warning = warned.GetProperty("warning").GetString()!;
        Assert.Contains("lm_head.weight", warning);
        Assert.Equal([warning], Warnings(converted));

        ToolResult inspected = Tool.Run("inspect", model, "--json").Expect(0);
        Assert.Equal([warning], Warnings(inspected));
        Assert.Equal($"Warning: {model}: {warning}", inspected.Error.TrimEnd());
        Assert.Contains($"{model}: {warning}", Warnings(Tool.Run("doctor", model, "--json").Expect(0)));

        static IEnumerable<string?> Warnings(ToolResult result) => result.Json().GetProperty("warnings").EnumerateArray().Select(text => text.GetString());
    }

    [Fact]
    public void What_cannot_be_run_is_shown_all_the_same_and_says_why()
    {
        string model = Paths.Golden("golden", "families", "tiny-granite");
        ToolResult result = Tool.Run("inspect", model, "--json").Expect(0);
        Assert.NotEmpty(result.Json().GetProperty("tensors").EnumerateArray());
        Assert.Contains("It cannot be run: ", result.Error);
        Assert.Contains("model_type", result.Error);
    }

    private static int[] Ids(JsonDocument line, string name) => [.. line.RootElement.GetProperty(name).EnumerateArray().Select(id => id.GetInt32())];
}
