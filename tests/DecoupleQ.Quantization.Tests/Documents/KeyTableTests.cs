using System.Text;
using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.Checkpoints.Gguf;
using DecoupleQ.Evaluation;
using DecoupleQ.ModelFiles;
using DecoupleQ.Models;
using DecoupleQ.Models.Architectures;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Storage;
using DecoupleQ.Tensors;
using DecoupleQ.Testing;
using DecoupleQ.Tests.Checkpoints.Gguf;
using DecoupleQ.Tokenization.AddedTokens;
using DecoupleQ.Tokenization.Gguf;
using DecoupleQ.Tokenization.Json;
using Folder = DecoupleQ.Tests.TemporaryFolder;

namespace DecoupleQ.Quantization.Tests.Documents;

/// <summary>Keys of model files: none that could matter is passed over, and docs/keys.md says what is done with each.</summary>
public sealed class KeyTableTests
{
    private const string Unknown = "attention_temperature";

    private static readonly string Document = Path.Combine(Paths.Repository, "docs", "keys.md");

    [Fact]
    public void The_document_says_what_the_tables_say()
    {
        string expected = Write();
        if (Environment.GetEnvironmentVariable("DECOUPLEQ_WRITE_KEYS") is not null)
        {
            File.WriteAllText(Document, expected);
        }
        Assert.True(
            expected == File.ReadAllText(Document).ReplaceLineEndings("\n"),
            "docs/keys.md is not what the tables say: run this test with DECOUPLEQ_WRITE_KEYS=1 to write it.");
    }

    public static TheoryData<string> Families => ["gemma3_text", "llama", "mistral", "olmo2", "qwen2", "qwen3"];

    [Theory]
    [MemberData(nameof(Families))]
    public void A_key_of_a_config_that_is_not_known_is_refused(string family)
    {
        Assert.Equal(Unknown, Assert.Throws<DecoupleQException>(() => Plan(family, Unknown, 2)).Field);
        Assert.Equal(Unknown, Assert.Throws<DecoupleQException>(() => Plan(family, Unknown, false)).Field);
        Plan(family, Unknown, null);
        Assert.Equal(
            "rope_scaling." + Unknown,
            Assert.Throws<DecoupleQException>(() => Plan(family, "rope_scaling", new JsonObject { ["rope_type"] = "default", [Unknown] = 2 })).Field);
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Keys_of_a_config_that_are_honoured_are_read_and_those_that_are_refused_take_neutral_values_alone(string family)
    {
        KeyTable table = Architecture.Keys.Single(keys => keys.Title == family);
        // What the plan does not depend on is read by those who generate, and by those who open the weights.
        string[] elsewhere = [.. GenerationKeys.Table.Keys.Select(key => key.Name), "quantization", "quantization_config"];
        foreach (KnownKey key in table.Keys.Where(key => !elsewhere.Contains(key.Name)))
        {
            switch (key.Use)
            {
                case KeyUse.Honoured:
                    Assert.StartsWith(key.Name, Assert.Throws<DecoupleQException>(() => Plan(family, key.Name, new JsonObject { ["absurd"] = true })).Field);
                    break;
                case KeyUse.Refused:
                    Assert.Equal(key.Name, Assert.Throws<DecoupleQException>(() => Plan(family, key.Name, 3.25)).Field);
                    Assert.All(key.Neutral, value => Plan(family, key.Name, JsonNode.Parse(value)));
                    break;
                default:
                    Plan(family, key.Name, new JsonObject { ["absurd"] = true });
                    break;
            }
        }
    }

    [Theory]
    [InlineData("generation_config.json", "num_beams", "4", "num_beams")]
    [InlineData("generation_config.json", "new_cutoff", "0.5", "new_cutoff")]
    [InlineData("config.json", "no_repeat_ngram_size", "3", "no_repeat_ngram_size")]
    public void A_way_of_generating_that_is_not_known_is_refused_when_it_would_be_used(string file, string key, string value, string field)
    {
        using var folder = new Folder();
        CopySample(folder.Path);
        Change(folder.File(file), key, JsonNode.Parse(value));
        if (file == "config.json")
        {
            File.Delete(folder.File("generation_config.json"));
        }
        using LanguageModel model = LanguageModel.Load(folder.Path);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => model.SamplingDefaults);
        Assert.Equal((folder.File(file), field), (error.File, error.Field));
    }

    [Fact]
    public void A_config_says_how_to_sample_where_there_is_no_generation_config()
    {
        using var folder = new Folder();
        CopySample(folder.Path);
        File.Delete(folder.File("generation_config.json"));
        Change(folder.File("config.json"), "do_sample", true);
        Change(folder.File("config.json"), "temperature", 0.6);
        using LanguageModel model = LanguageModel.Load(folder.Path);
        Assert.Equal(0.6, model.SamplingDefaults!.Temperature.Value);
    }

    [Theory]
    [InlineData("tokenizer_config.json", "lower_everything", "true", "lower_everything")]
    [InlineData("tokenizer_config.json", "split_special_tokens", "true", "split_special_tokens")]
    [InlineData("tokenizer_config.json", "additional_special_tokens", """["<|far|>"]""", "additional_special_tokens[0]")]
    [InlineData("tokenizer_config.json", "extra_special_tokens", """{"far_token": "<|far|>"}""", "extra_special_tokens.far_token")]
    [InlineData("special_tokens_map.json", "far_token", "\"<|far|>\"", "far_token")]
    public void A_setting_of_a_tokenizer_that_is_not_known_is_refused(string file, string key, string value, string field)
    {
        using var sentencePiece = new Folder();
        CopySample(sentencePiece.Path);
        Refused(sentencePiece);
        using var pipeline = new Folder();
        File.Copy(Paths.Golden("tokenizers", "smollm2", "tokenizer.json"), pipeline.File("tokenizer.json"));
        Refused(pipeline);

        void Refused(Folder folder)
        {
            Change(folder.File(file), key, JsonNode.Parse(value));
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => TokenizerFiles.Load(folder.Path));
            Assert.Equal((folder.File(file), field), (error.File, error.Field));
        }
    }

    [Fact]
    public void A_key_of_a_tokenizer_that_is_not_known_is_refused()
    {
        using var folder = new Folder();
        string file = folder.File("tokenizer.json");
        File.Copy(Paths.Golden("tokenizers", "smollm2", "tokenizer.json"), file);
        Change(file, Unknown, 2);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => TokenizerFiles.Load(folder.Path));
        Assert.Equal((file, Unknown), (error.File, error.Field));
    }

    [Fact]
    public void Keys_of_other_files_that_are_honoured_are_read()
    {
        using var folder = new Folder();
        CopySample(folder.Path);
        var unread = new List<string>();
        foreach ((string name, KeyTable table) in ((string, KeyTable)[])
        [
            (GenerationKeys.FileName, GenerationKeys.Table), (TokenizerKeys.ConfigFile, TokenizerKeys.Config), (TokenizerKeys.MapFile, TokenizerKeys.Map),
        ])
        {
            string file = folder.File(name);
            byte[]? before = File.Exists(file) ? File.ReadAllBytes(file) : null;
            // The template is read with the conversation; the padding where a tokenizer has ids beyond the embedding's rows.
            string[] elsewhere = ["chat_template", "pad_token_id"];
            foreach (string key in table.Keys.Where(key => key.Use == KeyUse.Honoured).Select(key => key.Name).Except(elsewhere))
            {
                Change(file, "do_sample", name == GenerationKeys.FileName ? true : null);
                Change(file, key, new JsonObject { ["absurd"] = true });
                if (Record.Exception(Read) is not DecoupleQException error || error.File != file || !error.Field!.StartsWith(key, StringComparison.Ordinal))
                {
                    unread.Add($"{name}: {key}");
                }
                File.Delete(file);
                if (before is not null)
                {
                    File.WriteAllBytes(file, before);
                }
            }
        }
        Assert.Empty(unread);

        void Read()
        {
            using LanguageModel model = LanguageModel.Load(folder.Path);
            _ = model.SamplingDefaults;
            _ = model.Tokenizer;
        }
    }

    [Theory]
    [InlineData("llama.rope.new_scaling", "llama.rope.new_scaling")]
    [InlineData("llama.expert_count", "llama.expert_count")]
    [InlineData("general.sampling.mirostat", "general.sampling.mirostat")]
    [InlineData("tokenizer.new_kind", "tokenizer.new_kind")]
    public void A_key_of_a_gguf_file_that_is_not_known_is_refused(string key, string field)
    {
        using var folder = new Folder();
        string file = GgufImage.Model().Add(key, 2u).Save(folder);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => CheckpointFiles.Open(file));
        Assert.Equal((file, field), (error.File, error.Field));
    }

    [Fact]
    public void What_a_gguf_file_says_of_itself_is_passed_over_but_for_numbers_of_which_it_warns()
    {
        using var folder = new Folder();
        string file = GgufImage.Model().Add("general.release_name", "spring").Add("general.base_model.0.name", "x").Add("other.tool", "y").Save(folder);
        using (LanguageModel model = LanguageModel.Load(file))
        {
            Assert.Empty(model.Warnings);
        }
        file = GgufImage.Model().Add("general.temperature_scale", 2f).Save(folder);
        using (LanguageModel model = LanguageModel.Load(file))
        {
            Assert.Contains("general.temperature_scale", Assert.Single(model.Warnings));
        }
        Assert.Equal("general.type", Assert.Throws<DecoupleQException>(
            () => CheckpointFiles.Open(GgufImage.Model().Add("general.type", "adapter").Save(folder))).Field);
    }

    [Fact]
    public void A_gguf_file_says_how_its_authors_sample_from_it()
    {
        using var folder = new Folder();
        string file = GgufImage.Model().Add("general.sampling.temp", 0.7f).Add("general.sampling.top_k", 20).Add("general.sampling.top_p", 0.8f).Save(folder);
        using LanguageModel model = LanguageModel.Load(file);
        SamplingDefaults defaults = model.SamplingDefaults!;
        Assert.Equal((0.7, 20, 0.8), (defaults.Temperature.Value, defaults.TopK!.Value.Value, defaults.TopP!.Value.Value));
    }

    [Theory]
    [InlineData(1.1f, 64, 1.1f, true)]
    [InlineData(1.1f, -1, 1.1f, false)]
    [InlineData(1.0f, 64, 1.0f, false)]
    [InlineData(1.1f, 0, 1.0f, false)]
    public void How_many_tokens_a_penalty_counts_is_honoured_or_warned_of(float penalty, int length, float used, bool warns)
    {
        using var folder = new Folder();
        string file = GgufImage.Model().Add("general.sampling.temp", 0.7f).Add("general.sampling.penalty_repeat", penalty)
            .Add("general.sampling.penalty_last_n", length).Save(folder);
        using LanguageModel model = LanguageModel.Load(file);
        Assert.Equal(used, (float)(model.SamplingDefaults!.RepetitionPenalty?.Value ?? 1));
        Assert.Equal(warns, model.Warnings.Any(warning => warning.Contains("penalty_last_n", StringComparison.Ordinal)));
    }

    [Fact]
    public void Keys_that_are_not_followed_say_why_and_may_have_any_value()
    {
        KnownKey[] keys = [.. TokenizerKeys.Config.Keys.Where(key => key.Use == KeyUse.NotFollowed)];
        Assert.Contains("clean_up_tokenization_spaces", keys.Select(key => key.Name));
        Assert.All(keys, key => Assert.NotEmpty(key.Reason!));
        using var folder = new Folder();
        CopySample(folder.Path);
        IReadOnlyList<int> ids = TokenizerFiles.Load(folder.Path).Encode("He was , he said , there .");
        Change(folder.File("tokenizer_config.json"), "clean_up_tokenization_spaces", true);
        Assert.Equal("He was , he said , there .", TokenizerFiles.Load(folder.Path).Decode(ids));
    }

    [Fact]
    public void A_mask_or_another_tensor_beside_ids_is_refused_unless_all_ids_count()
    {
        using var folder = new Folder();
        string file = folder.File("ids.safetensors");
        Assert.Equal(2, Read([("attention_mask", [1, 1, 1, 1, 1, 1])]).Ids.Length);
        Assert.Equal("attention_mask", Assert.Throws<DecoupleQException>(() => Read([("attention_mask", [1, 1, 1, 1, 1, 0])])).Field);
        Assert.Equal("weights", Assert.Throws<DecoupleQException>(() => Read([("weights", [1, 1, 1, 1, 1, 1])])).Field);

        CalibrationWindows Read((string Name, float[] Values)[] others)
        {
            SafetensorsWriter.Write(
                file,
                [
                    TensorPayload.Words("ids", [2, 3], new uint[] { 1, 2, 3, 4, 5, 6 }),
                    .. others.Select(other => TensorPayload.Floats(other.Name, ElementType.F32, [2, 3], other.Values)),
                ]);
            return CalibrationWindows.FromTensor(file, 10, null, 0, 0);
        }
    }

    [Fact]
    public void A_key_of_a_quantization_that_is_not_known_is_refused()
    {
        using var folder = new Folder();
        SafetensorsWriter.Write(
            folder.File("model.safetensors"), [TensorPayload.Floats("a", ElementType.F32, [1], new[] { 1f })], TestContext.Current.CancellationToken);
        foreach ((string section, string field) in ((string, string)[])
        [
            ("""{"bits": 4, "group_size": 64, "zero_point": 7}""", "quantization.zero_point"),
            ("""{"bits": 4, "group_size": 64, "a": {"bits": 4, "group_size": 64, "rotation": 1}}""", "quantization.a.rotation"),
        ])
        {
            File.WriteAllText(folder.File("config.json"), $$"""{"quantization": {{section}}}""");
            Assert.Equal(field, Assert.Throws<DecoupleQException>(() => CheckpointFiles.Open(folder.Path)).Field);
        }
    }

    private static void Plan(string family, string key, JsonNode? value)
    {
        JsonObject config = JsonNode.Parse(
            """
            {"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 3, "num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 16,
             "vocab_size": 100}
            """)!.AsObject();
        config["model_type"] = family;
        if (family == "gemma3_text")
        {
            config["query_pre_attn_scalar"] = 16;
            config["sliding_window"] = 8;
        }
        if (key is "max_window_layers" or "use_sliding_window" && family is "mistral" or "qwen2" or "qwen3")
        {
            config["sliding_window"] = 8;
        }
        if (key == "sliding_window" && family.StartsWith("qwen", StringComparison.Ordinal))
        {
            config["use_sliding_window"] = true;
        }
        config[key] = value?.DeepClone();
        Architecture.Plan(new JsonSection("config.json", config));
    }

    private static void CopySample(string folder)
    {
        foreach (string file in Directory.EnumerateFiles(Paths.Model))
        {
            File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
        }
    }

    private static void Change(string file, string key, JsonNode? value)
    {
        JsonObject content = JsonFile.ReadIfThere(file) ?? [];
        content[key] = value?.DeepClone();
        File.WriteAllText(file, content.ToJsonString());
    }

    private static string Write()
    {
        var text = new StringBuilder(
            """
            # Keys of model files
            What is done with the keys of the files that a model consists of. A key that is in no table is refused, as it might change a result, and so is a
            value that is not of the key's type. In GGUF files this holds for the keys of the architecture and of the tokenizer; of those that say what the file
            is, unknown ones are passed over if they are texts, and give a warning if they are not. A null is as good as an absent key.

            Whole files and groups of keys that are passed over: `special_tokens_map.json` beside a `tokenizer_config.json` with `added_tokens_decoder`, as in
            transformers; keys of GGUF files under `split.`, which say how a model is cut into files and are checked where it is, and under `quantize.`, which
            say what llama.cpp quantized it with.

            The tables are those that the code goes by: `KeyTableTests` writes this file with `DECOUPLEQ_WRITE_KEYS=1`.


            """.ReplaceLineEndings("\n"));
        Add(DecoderKeys.Common, null);
        foreach (KeyTable family in Architecture.Keys)
        {
            Add(family, DecoderKeys.Common, $"config.json of {family.Title} also");
        }
        Add(RotaryConfig.Keys, null);
        Add(RotaryConfig.LinearKeys, RotaryConfig.Keys);
        Add(RotaryConfig.Llama3Keys, RotaryConfig.LinearKeys);
        Add(QuantizationConfig.Keys, null);
        Add(GenerationKeys.Table, null);
        Add(TokenizerJson.Keys, null);
        Add(TokenizerKeys.Config, null);
        Add(TokenizerKeys.Map, null);
        Add(GgufHyperparameters.Keys, null);
        Add(GgufGeneralKeys.Keys, null);
        Add(GgufGeneralKeys.TokenizerKeys, null);
        Add(GgufTokenizerData.Keys, null);
        Add(CalibrationWindows.Keys, null);
        Add(LogitsFile.Keys, null);
        foreach ((_, KeyTable keys) in PoolingConfig.Files)
        {
            Add(keys, null);
        }
        return text.ToString().TrimEnd('\n') + "\n";

        void Add(KeyTable table, KeyTable? without, string? title = null)
        {
            text.Append($"## {title ?? table.Title}\n| | |\n| --- | --- |\n");
            // What a config may say of generating is shown with the file that says it since.
            KnownKey[] keys =
            [
                .. table.Keys
                    .Where(key => without?.Find(key.Name) is not KnownKey other || other.Use != key.Use || !other.Neutral.SequenceEqual(key.Neutral))
                    .Where(key => table != DecoderKeys.Common || GenerationKeys.Table.Find(key.Name) is null || key.Name.EndsWith("_token_id")),
            ];
            Row("honoured", keys.Where(key => key.Use == KeyUse.Honoured).Select(key => $"`{key.Name}`"));
            Row("harmless, whatever they are", keys.Where(key => key.Use == KeyUse.Harmless).Select(key => $"`{key.Name}`"));
            Row("refused", keys.Where(key => key.Use == KeyUse.Refused).Select(key => $"`{key.Name}`{Exceptions(key)}"));
            foreach (KnownKey key in keys.Where(key => key.Use == KeyUse.NotFollowed).OrderBy(key => key.Name, StringComparer.Ordinal))
            {
                text.Append($"| known, not followed | `{key.Name}`: {key.Reason} |\n");
            }
            Row("as in generation_config.json, where there is no such file", table == DecoderKeys.Common ? ["its keys"] : []);
            text.Append('\n');
        }

        static string Exceptions(KnownKey key) =>
            key.Neutral.Length == 0 ? "" : $" (but for {string.Join(", ", key.Neutral.Select(value => $"`{value}`"))})";

        void Row(string use, IEnumerable<string> keys)
        {
            string list = string.Join(", ", keys.Order(StringComparer.Ordinal));
            if (list.Length > 0)
            {
                text.Append($"| {use} | {list} |\n");
            }
        }
    }
}
