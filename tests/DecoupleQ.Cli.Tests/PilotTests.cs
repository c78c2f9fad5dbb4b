using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

public sealed class PilotTests
{
    private const int Kills = 10;

    private static readonly string Continuations = Path.Combine(Paths.Samples, "tasks", "continuations.jsonl");

    [Fact]
    public void Settings_are_tried_the_cheapest_first_and_the_chosen_one_is_measured_and_kept()
    {
        using TemporaryFolder folder = new();
        string output = folder["pilot"];
        ToolResult ran = Tool.Run([
            .. Arguments(output), "--try-bits", "2", "4", "--try-group-sizes", "-1", "64", "--max-perplexity-increase", "4%", "--task", Continuations,
            "--metric", "choice", "--delimiter", " ", "--price-per-hour", "0.4", "--requests-per-day", "100000", "--tokens-per-request", "200", "--json"]);
        JsonElement result = ran.Json();
        Assert.Equal(Code(result), ran.ExitCode);
        Assert.Equal(["model", "pilot.html", "pilot.json"], Directory.GetFileSystemEntries(output).Select(Path.GetFileName).Order());
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(ran.Output), JsonNode.Parse(File.ReadAllText(Path.Combine(output, "pilot.json")))));

        JsonElement[] ladder = [.. result.GetProperty("ladder").EnumerateArray()];
        Assert.Equal(ladder.Select(Size).Order(), ladder.Select(Size));
        double quantizing = ladder.Select(rung => rung.GetProperty("seconds")).Where(seconds => seconds.ValueKind == JsonValueKind.Number)
            .Sum(seconds => seconds.GetDouble());
        Assert.InRange(result.GetProperty("seconds").GetDouble(), quantizing, double.MaxValue);
        Assert.Equal("failed", Text(ladder[0], "state"), ignoreCase: true);
        // A setting whose perplexity is clearly beyond the limit rules out what is no better.
        JsonElement chosen = result.GetProperty("chosen"), setting = chosen.GetProperty("setting");
        Assert.Equal(4, setting.GetProperty("bits").GetInt32());
        Assert.True(Value(chosen.GetProperty("quality").GetProperty("perplexityIncrease")) < 0.04);
        Assert.Equal(24, 2 * chosen.GetProperty("tasks")[0].GetProperty("items").GetInt32());
        Assert.Equal(["--delimiter", " "], chosen.GetProperty("tasks")[0].GetProperty("options").EnumerateArray().Select(word => word.GetString()));

        // The folder is a model, and what was measured is measured from it.
        JsonElement inspected = Tool.Run("inspect", Path.Combine(output, "model"), "--json").Expect(0).Json();
        Assert.Equal(inspected.GetProperty("bitsPerWeight").GetProperty("all").GetDouble(), chosen.GetProperty("bitsPerWeight").GetDouble(), 1e-9);
        Assert.True(chosen.GetProperty("size").GetProperty("packedFiles").GetInt64() < chosen.GetProperty("size").GetProperty("denseFiles").GetInt64());

        // A price that is changed in the file is reckoned with.
        string file = Path.Combine(output, "pilot.json");
        JsonNode changed = JsonNode.Parse(File.ReadAllText(file))!;
        JsonNode price = changed["cost"]!["assumptions"]!.AsArray().First(assumption => (string)assumption!["name"]! == "price-per-hour")!;
        double before = (double)changed["cost"]!["figures"]!["dense"]!["costPerMonth"]!["value"]!;
        price["value"] = 0.8;
        File.WriteAllText(file, changed.ToJsonString());
        JsonElement anew = Tool.Run("pilot", "recompute", file, "--json").Expect(0).Json();
        Assert.Equal(2 * before, Value(anew.GetProperty("cost").GetProperty("figures").GetProperty("dense").GetProperty("costPerMonth")), 1e-6);

        // An option counts as much as a change in the file, and a rate that somebody has changed is one that was given.
        changed = JsonNode.Parse(File.ReadAllText(file))!;
        JsonNode rate = changed["cost"]!["assumptions"]!.AsArray().First(assumption => (string)assumption!["name"]! == "packed-tokens-per-second-at-2")!;
        foreach (string end in (string[])["value", "low", "high"])
        {
            rate[end] = 1e6;
        }
        File.WriteAllText(file, changed.ToJsonString());
        anew = Tool.Run("pilot", "recompute", file, "--price-per-hour", "0.4", "--machine-memory", "64GB", "--json").Expect(0).Json();
        Assert.Equal(before, Value(anew.GetProperty("cost").GetProperty("figures").GetProperty("dense").GetProperty("costPerMonth")), 1e-6);
        JsonElement[] assumptions = [.. anew.GetProperty("cost").GetProperty("assumptions").EnumerateArray()];
        Assert.Equal("given", Text(assumptions.Single(one => Text(one, "name") == "packed-tokens-per-second-at-2"), "source"));
        Assert.Equal(64, Value(assumptions.Single(one => Text(one, "name") == "machine-memory")));
        Assert.Contains(assumptions, one => Text(one, "name") == "prompt-tokens-per-request");
        // So many requests that the dense model needs several machines, however fast this one is.
        anew = Tool.Run("pilot", "recompute", file, "--requests-per-day", "100000000", "--json").Expect(0).Json();
        Assert.True(Value(anew.GetProperty("cost").GetProperty("figures").GetProperty("savingPerMonth")) > 0);

        // The page would take the place of what it is made from; and it stays in the language that it was in.
        string content = File.ReadAllText(file), page = Path.Combine(output, "pilot.html");
        Assert.Contains("take the place of a result", Tool.Run("pilot", "recompute", file, "-o", file).Expect(1).OneLine());
        Assert.Equal(content, File.ReadAllText(file));
        Tool.Run("pilot", "recompute", file, "--language", "ja").Expect(0);
        Assert.Contains("<html lang=\"ja\">", File.ReadAllText(page));
        Tool.Run("pilot", "recompute", file).Expect(0);
        Assert.Contains("<html lang=\"ja\">", File.ReadAllText(page));

        // What a finished pilot can be gone on with: its model, on more text, all of which judges.
        JsonElement again = Tool.Run([
            "pilot", Paths.Model, "--packed", Path.Combine(output, "model"), "--test", PackedModel.Validation, "--calibration", PackedModel.Calibration,
            "--context", "64", "--windows", "30", "--max-perplexity-increase", "4%", "--speed-seconds", "1", "--concurrency", "1", "-o", folder["again"],
            "--json"]).Json();
        JsonElement given = again.GetProperty("chosen");
        Assert.Equal(30, given.GetProperty("quality").GetProperty("windows").GetInt32());
        Assert.Equal(setting.GetRawText(), given.GetProperty("setting").GetRawText());
        Assert.Equal(
            (JsonValueKind.Null, JsonValueKind.Null),
            (given.GetProperty("quantizingSeconds").ValueKind, given.GetProperty("quantizingMemoryBytes").ValueKind));
        Assert.True(again.GetProperty("question").GetProperty("overlap").GetProperty("wasChecked").GetBoolean());

        // Prices may come later.
        string later = Path.Combine(folder["again"], "pilot.json");
        Assert.Contains(
            "missing: --requests-per-day, --tokens-per-request", Tool.Run("pilot", "recompute", later, "--price-per-hour", "1").Expect(2).OneLine());
        Assert.Contains("The pilot had no prices", Tool.Run("pilot", "recompute", later).Expect(1).OneLine());
        JsonElement priced = Tool.Run(
            "pilot", "recompute", later, "--price-per-hour", "0.4", "--requests-per-day", "100000", "--tokens-per-request", "200", "--json").Expect(0).Json();
        Assert.DoesNotContain(
            priced.GetProperty("cost").GetProperty("assumptions").EnumerateArray(), one => Text(one, "name") == "quantizing-hours");
    }

    [Fact]
    public void What_to_take_is_said_alone_where_it_is_asked_for_and_what_it_takes_before_it_begins()
    {
        using TemporaryFolder folder = new();
        ToolResult ran = Tool.Run([
            .. Arguments(folder["pilot"]), "--try-bits", "4", "--try-group-sizes", "64", "--max-perplexity-increase", "90%", "--recommend", "--json",
            "--progress", "json"]).Expect(0);
        JsonElement said = ran.Json();
        Assert.True(said.GetProperty("isRecommended").GetBoolean());
        Assert.Equal((4, 64), (said.GetProperty("setting").GetProperty("bits").GetInt32(), said.GetProperty("setting").GetProperty("groupSize").GetInt32()));
        Assert.Equal(
            $"decoupleq quantize {Paths.Model} -o OUT --calibration {PackedModel.Calibration} --bits 4 --group-size 64 --embedding-bits 8 --head-bits 8 "
            + "--preset fast --samples 8",
            Text(said, "command"));
        Assert.True(File.Exists(Path.Combine(Text(said, "folder"), "config.json")));
        JsonElement[] events = [.. ran.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["started", "planned"], events.Take(2).Select(line => Text(line, "event")));
        Assert.InRange(events[1].GetProperty("mostSeconds").GetDouble(), events[1].GetProperty("leastSeconds").GetDouble(), 1e6);
        Assert.Contains(events[1].GetProperty("findings").EnumerateArray(), line => line.GetString()!.StartsWith("good: ", StringComparison.Ordinal));
    }

    [Fact]
    public void All_critical_questions_are_judged_and_none_that_was_left_out_passes()
    {
        using TemporaryFolder folder = new();
        string task = folder["task.jsonl"], calibrated = folder["calibration.txt"];
        const string Known = "Once upon a time there was a king who had three sons and a daughter, and they";
        File.WriteAllLines(task, [
            .. Enumerable.Range(0, 12).Select(i =>
                $$"""{"prompt": "The story number {{i}} begins with the", "choices": ["king", "of of"], "expected": 0, """
                + "\"critical\": " + (i < 6 ? "true" : "false") + "}")]);
        File.WriteAllText(calibrated, Known);
        string[] command =
        [
            .. Judged(folder["all"], Paths.Model), "--windows", "4", "--task", task, "--metric", "choice", "--max-critical-flips", "0",
            "--calibration", calibrated, "--json",
        ];
        JsonElement all = Tool.Run(command).Expect(0).Json();
        Assert.Equal((12, 6), Counts(all));
        Assert.Equal(4, all.GetProperty("question").GetProperty("windows").GetInt32());

        // The only critical one is in the calibration.
        File.AppendAllLines(task, [$$"""{"prompt": "{{Known}}", "choices": ["lived", "of of"], "expected": 0, "critical": true}"""]);
        File.WriteAllLines(task, File.ReadAllLines(task).Select((line, i) => i < 12 ? line.Replace("true", "false", StringComparison.Ordinal) : line));
        command[Array.IndexOf(command, "-o") + 1] = folder["none"];
        JsonElement none = Tool.Run(command).Expect(4).Json();
        Assert.Equal((12, 0), Counts(none));
        Assert.Equal("noInterval", Text(none.GetProperty("chosen").GetProperty("judgements")[0], "doubt"), ignoreCase: true);

        static (int, int) Counts(JsonElement result)
        {
            JsonElement part = result.GetProperty("chosen").GetProperty("tasks")[0];
            return (part.GetProperty("items").GetInt32(), part.GetProperty("critical").GetInt32());
        }
    }

    [Fact]
    public void A_packed_model_that_is_to_be_judged_has_nothing_to_quantize()
    {
        using TemporaryFolder folder = new();
        ToolResult dry = Tool.Run([.. Judged(folder["pilot"], Paths.Model), "--windows", "4", "--dry-run", "--json"]);
        JsonElement preview = dry.Expect(0).Json();
        Assert.Empty(preview.GetProperty("settings").EnumerateArray());
        Assert.DoesNotContain(
            preview.GetProperty("findings").EnumerateArray(), finding => Text(finding, "code").StartsWith("calibration", StringComparison.Ordinal)
                || Text(finding, "code").StartsWith("disk", StringComparison.Ordinal));
        Assert.InRange(preview.GetProperty("mostSeconds").GetDouble(), 0, 60);
        Assert.DoesNotContain("--bits", Tool.Run([.. Judged(folder["pilot"], Paths.Model), "--windows", "4", "--dry-run"]).Expect(0).Output);
        foreach (string[] option in (string[][])[["--samples", "8"], ["--seed", "1"], ["--memory-budget", "1GB"], ["--recommend"]])
        {
            Assert.Contains($"{option[0]}: Nothing is quantized.", Tool.Run([.. Judged(folder["pilot"], Paths.Model), .. option]).Expect(2).OneLine());
        }
    }

    [Fact]
    public void A_command_below_another_one_takes_its_own_arguments()
    {
        string help = Tool.Run("pilot", "recompute", "--help").Expect(0).Output;
        Assert.Contains("decoupleq pilot recompute <RESULT> [options]", help.ReplaceLineEndings(" "));
        Assert.DoesNotContain("<MODEL>", help);
        Assert.Contains("<RESULT>  ", help);
        Assert.Contains("<MODEL>", Tool.Run("pilot", "--help").Expect(0).Output);
    }

    [Fact]
    public async Task Killed_again_and_again_and_resumed_it_says_the_same()
    {
        using TemporaryFolder folder = new();
        string expected = folder["expected"], output = folder["pilot"];
        string[] options =
            ["--try-bits", "2", "--try-group-sizes", "-1", "64", "--max-perplexity-increase", "4%", "--task", Continuations, "--metric", "choice"];
        Stopwatch clock = Stopwatch.StartNew();
        int code = Tool.Run([.. Arguments(expected), .. options]).ExitCode;
        TimeSpan whole = clock.Elapsed;
        int seed = Random.Shared.Next(), kills = 0;
        var random = new Random(seed);
        var said = new List<string>();
        // A run that ends by itself is none that was killed: then there is less to wait for from there on.
        double share = 0.25;
        while (kills < Kills)
        {
            using Process process = Tool.Start([.. Arguments(output), .. options, "--resume"]);
            Task<string> error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
            bool ended = process.WaitForExit(whole * (0.05 + (share * random.NextDouble())));
            if (!ended)
            {
                process.Kill();
                kills++;
            }
            Tool.WaitForExit(process);
            said.Add(await error);
            if (ended)
            {
                Assert.True(File.Exists(Path.Combine(output, "pilot.html")), $"It ended by itself, unfinished; seed {seed}.\n{said[^1]}");
                // From the beginning, until it has been killed as often as it is to be.
                Directory.Delete(output, recursive: true);
                share /= 2;
            }
        }
        Assert.Equal(code, Tool.Run([.. Arguments(output), .. options, "--resume"]).ExitCode);
        Assert.Equal(Kills, kills);
        Assert.Equal(Timeless(expected), Timeless(output));
        Assert.True(
            Files(expected).SequenceEqual(Files(output)), $"The models differ; seed {seed}.\n{string.Join("\n--\n", said)}");
    }

    [Fact]
    public void A_damaged_model_fails_and_its_layer_is_named_first()
    {
        using TemporaryFolder folder = new();
        string packed = folder["packed"], output = folder["pilot"];
        Tool.Run(
            "quantize", Paths.Model, "-o", packed, "--calibration", PackedModel.Calibration, "--samples", "8", "--context", "64", "--preset", "fast", "-b", "4")
            .Expect(0);
        const string Layer = "model.layers.3.mlp.down_proj";
        HalveScales(packed, Layer);
        JsonElement result = Tool.Run([.. Judged(output, packed), "--windows", "80", "--max-perplexity-increase", "0.5%", "--json"]).Expect(3).Json();
        Assert.Equal("fail", Text(result, "verdict"), ignoreCase: true);
        Assert.Equal(Layer, Text(result.GetProperty("chosen").GetProperty("risk").GetProperty("layers")[0], "name"));
        Assert.Empty(result.GetProperty("ladder").EnumerateArray());
        Assert.Equal(["pilot.html", "pilot.json"], Directory.GetFileSystemEntries(output).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_model_beside_itself_has_no_flip_raises_no_alarm_and_saves_nothing()
    {
        using TemporaryFolder folder = new();
        JsonElement result = Tool.Run([
            .. Judged(folder["pilot"], Paths.Model), "--windows", "12", "--task", Continuations, "--metric", "choice", "--max-accuracy-loss", "20pp",
            "--price-per-hour", "0.4", "--requests-per-day", "1000000", "--tokens-per-request", "200", "--json"]).Json();
        JsonElement chosen = result.GetProperty("chosen"), quality = chosen.GetProperty("quality");
        Assert.All(
            ["perplexityIncrease", "klDivergence"],
            name => Assert.Equal((0, 0, 0), Interval(quality.GetProperty(name))));
        Assert.Equal((1, 1, 1), Interval(quality.GetProperty("agreement")));
        JsonElement task = chosen.GetProperty("tasks")[0], risk = chosen.GetProperty("risk");
        Assert.Equal((0, 0, 1), (task.GetProperty("lost").GetInt32(), task.GetProperty("gained").GetInt32(), task.GetProperty("pValue").GetDouble()));
        // What is right, and what there was to choose from, stand beside what was answered.
        JsonElement[] samples = [.. task.GetProperty("samples").EnumerateArray()];
        Assert.NotEmpty(samples);
        Assert.All(samples, pair => Assert.Contains(
            Assert.Single(pair.GetProperty("expected").EnumerateArray()).GetString(),
            pair.GetProperty("choices").EnumerateArray().Select(choice => choice.GetString())));
        Assert.Empty(risk.GetProperty("layers").EnumerateArray());
        Assert.Empty(risk.GetProperty("tokens").EnumerateArray());
        Assert.DoesNotContain(risk.GetProperty("slices").EnumerateArray(), slice => slice.GetProperty("standsOut").GetBoolean());
        JsonElement figures = result.GetProperty("cost").GetProperty("figures");
        Assert.Equal(0, Value(figures.GetProperty("savingPerMonth")));
        Assert.Equal("never", figures.GetProperty("monthsToPayBack").GetProperty("value").GetString());
    }

    [Fact]
    public void A_dry_run_says_what_it_would_try_and_writes_nothing()
    {
        using TemporaryFolder folder = new();
        JsonElement result = Tool.Run(
            "pilot", Paths.Model, "--test", PackedModel.Validation, "-o", folder["pilot"], "--context", "64", "--windows", "12", "--samples", "8", "--dry-run",
            "--json").Expect(0).Json();
        Assert.False(Directory.Exists(folder["pilot"]));
        Assert.Equal(6, result.GetProperty("settings").GetArrayLength());
        string[] codes = [.. result.GetProperty("findings").EnumerateArray().Select(finding => Text(finding, "code"))];
        Assert.Contains("family-supported", codes);
        Assert.Contains("linear-share", codes);
        Assert.Contains("model-size", codes);
        Assert.InRange(result.GetProperty("mostSeconds").GetDouble(), result.GetProperty("leastSeconds").GetDouble(), 1e6);
    }

    [Theory]
    [InlineData("--max-accuracy-loss: There is no task.", "--max-accuracy-loss", "1pp")]
    [InlineData("missing: --requests-per-day, --tokens-per-request.", "--price-per-hour", "0.4")]
    [InlineData("missing: --years, --watts, --price-per-kwh, --requests-per-day, --tokens-per-request.", "--machine-price", "5000")]
    [InlineData("missing: --price-per-hour, --requests-per-day, --tokens-per-request.", "--machine-memory", "64GB")]
    [InlineData("--years: The machine is rented and owned.", "--price-per-hour", "1", "--years", "3")]
    [InlineData("--machine-memory: '64XB' cannot be used.", "--machine-memory", "64XB")]
    [InlineData("--currency: There are no prices.", "--currency", "EUR")]
    [InlineData("--max-perplexity-increase: '5' cannot be used.", "--max-perplexity-increase", "5")]
    [InlineData("--try-bits: '5' cannot be used.", "--try-bits", "5")]
    [InlineData("--try-bits: Nothing is quantized.", "--packed", "x", "--try-bits", "2")]
    [InlineData("--recommend: Nothing is tried.", "--dry-run", "--recommend")]
    public void What_could_not_be_answered_is_refused_before_the_work(string error, params string[] options)
    {
        using TemporaryFolder folder = new();
        ToolResult refused = Tool.Run([.. Arguments(folder["pilot"]), .. options]);
        Assert.True(refused.ExitCode is 1 or 2, refused.Error);
        Assert.Contains(error, refused.Error);
        Assert.False(Directory.Exists(folder["pilot"]));
    }

    [Fact]
    public void A_folder_that_is_not_a_pilots_is_left_alone()
    {
        using TemporaryFolder folder = new();
        Directory.CreateDirectory(folder["mine"]);
        File.WriteAllText(Path.Combine(folder["mine"], "letter.txt"), "Dear Sir");
        Assert.Contains("The folder is not empty.", Tool.Run(Arguments(folder["mine"])).Expect(1).OneLine());
        Assert.Contains("A file has this name.", Tool.Run(Arguments(Path.Combine(folder["mine"], "letter.txt"))).Expect(1).OneLine());
        Assert.Equal("Dear Sir", File.ReadAllText(Path.Combine(folder["mine"], "letter.txt")));
    }

    private static string[] Arguments(string output) =>
    [
        "pilot", Paths.Model, "--test", PackedModel.Validation, "--calibration", PackedModel.Calibration, "-o", output, "--try-presets", "fast",
        "--windows", "12", "--context", "64", "--samples", "8", "--speed-seconds", "1", "--concurrency", "1", "2",
    ];

    private static string[] Judged(string output, string packed) =>
    [
        "pilot", Paths.Model, "--packed", packed, "--test", PackedModel.Validation, "-o", output, "--context", "64", "--speed-seconds", "1",
        "--concurrency", "1", "2",
    ];

    private static int Code(JsonElement result) => Text(result, "verdict").ToLowerInvariant() switch
    {
        "fail" => 3,
        "undecided" => 4,
        _ => 0,
    };

    private static double Size(JsonElement rung) => rung.GetProperty("bitsPerWeight").GetDouble();

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static double Value(JsonElement estimate) => estimate.GetProperty("value").GetDouble();

    private static (double, double, double) Interval(JsonElement estimate) =>
        (Value(estimate), estimate.GetProperty("low").GetDouble(), estimate.GetProperty("high").GetDouble());

    // Without what depends on how fast the machine was, or on what it was doing.
    private static string Timeless(string output)
    {
        JsonObject result = JsonNode.Parse(File.ReadAllText(Path.Combine(output, "pilot.json")))!.AsObject();
        JsonObject chosen = result["chosen"]!.AsObject();
        foreach (string name in (string[])["finished", "seconds", "findings"])
        {
            result.Remove(name);
        }
        foreach (string name in (string[])["size", "speed", "quantizingSeconds", "quantizingMemoryBytes"])
        {
            chosen.Remove(name);
        }
        foreach (JsonNode? rung in result["ladder"]!.AsArray())
        {
            rung!.AsObject().Remove("seconds");
        }
        return result.ToJsonString();
    }

    // But for the report, which has times.
    private static (string Name, string Content)[] Files(string output) =>
    [
        .. Directory.GetFiles(Path.Combine(output, "model")).Where(file => Path.GetFileName(file) != "decoupleq.json").Order(StringComparer.Ordinal)
            .Select(file => (Path.GetFileName(file), Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file))))),
    ];

    private static void HalveScales(string folder, string layer)
    {
        foreach (string file in Directory.GetFiles(folder, "*.safetensors"))
        {
            byte[] bytes = File.ReadAllBytes(file);
            int header = (int)BitConverter.ToInt64(bytes);
            JsonNode tensors = JsonNode.Parse(bytes.AsSpan(8, header))!;
            if (tensors[layer + ".scales"] is not JsonNode scales)
            {
                continue;
            }
            Assert.Equal("F16", (string)scales["dtype"]!);
            for (int at = 8 + header + (int)scales["data_offsets"]![0]!; at < 8 + header + (int)scales["data_offsets"]![1]!; at += 2)
            {
                BitConverter.TryWriteBytes(bytes.AsSpan(at), (Half)((float)BitConverter.ToHalf(bytes, at) / 2));
            }
            File.WriteAllBytes(file, bytes);
            return;
        }
        Assert.Fail($"There is no {layer}.");
    }
}
