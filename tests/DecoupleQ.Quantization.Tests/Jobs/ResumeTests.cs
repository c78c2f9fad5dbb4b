using System.Text.Json.Nodes;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Quantization.Tests.Calibration;

namespace DecoupleQ.Quantization.Tests.Jobs;

public sealed class ResumeTests(TinyModel model) : IClassFixture<TinyModel>
{
    private static readonly Lock Gate = new();
    private static string? _uninterrupted;

    // One for all tests of the class.
    private string Uninterrupted
    {
        get
        {
            lock (Gate)
            {
                return _uninterrupted ??= model.Run();
            }
        }
    }

    [Fact]
    public void A_job_cancelled_anywhere_and_resumed_gives_the_same_bytes()
    {
        int reports = 0;
        Folders.AssertSame(Uninterrupted, model.Run(progress: _ => reports++));
        var random = new Random(7);
        foreach (int at in Enumerable.Range(0, 8).Select(_ => random.Next(1, reports + 1)).Append(reports))
        {
            string output = model.NewOutput();
            Cancel(output, at);
            Assert.False(Directory.Exists(output));
            Resume(output);
            Folders.AssertSame(Uninterrupted, output);
            Assert.False(Directory.Exists(output + ".partial"));
        }
    }

    [Fact]
    public void A_job_cancelled_again_and_again_gives_the_same_bytes()
    {
        string output = model.NewOutput();
        for (int at = 3; Cancel(output, at, resume: true); at += 9)
        {
            Assert.False(Directory.Exists(output));
        }
        Folders.AssertSame(Uninterrupted, output);
    }

    [Fact]
    public void A_finished_block_is_not_solved_again()
    {
        string output = CancelledInBlock2();
        Assert.Equal(
            "model-00002-of-00003.safetensors",
            Folders.Names(Path.Combine(output + ".partial", "model")).Single(name => name.StartsWith("model-00002", StringComparison.Ordinal)));
        var solved = new HashSet<int>();
        Resume(output, p =>
        {
            if (p.Phase == "solve")
            {
                solved.Add(p.Block);
            }
        });
        Assert.Equal([2], solved);
        Folders.AssertSame(Uninterrupted, output);
    }

    [Fact]
    public void Leftovers_of_a_crash_do_not_reach_the_result()
    {
        string output = CancelledInBlock2(), partial = output + ".partial";
        File.WriteAllText(Path.Combine(partial, "model", "model-00003-of-00003.safetensors.tmp"), "half a shard");
        File.WriteAllText(Path.Combine(partial, "model", "model-00003-of-00003.safetensors"), "a shard that the journal does not know");
        File.WriteAllText(Path.Combine(partial, "activations-0.tmp"), "");
        Resume(output);
        Folders.AssertSame(Uninterrupted, output);
    }

    [Fact]
    public void Resume_without_an_unfinished_job_starts_one()
    {
        string output = model.NewOutput();
        Resume(output);
        Folders.AssertSame(Uninterrupted, output);
    }

    [Fact]
    public void An_unfinished_job_is_refused_without_resume_and_discarded_with_force()
    {
        string output = CancelledInBlock2();
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output }));
        Assert.Equal(output + ".partial", error.File);
        Assert.Contains("--resume", error.Expected);
        Assert.Contains("--force", error.Expected);
        var solved = new HashSet<int>();
        model.Run(o => o with { Output = output, Force = true }, p => solved.Add(p.Block));
        Assert.Contains(1, solved);
        Folders.AssertSame(Uninterrupted, output);
    }

    [Fact]
    public void Another_setting_is_refused_and_named_with_both_values()
    {
        string output = CancelledInBlock2();
        Refused("bits was 2 and is 3", o => o with { Format = new(3, 32) });
        Refused("group-size was 32 and is -1", o => o with { Format = new(2, -1) });
        Refused("block-epochs was 1 and is 2", o => o with { Minimisation = o.Minimisation with { Epochs = 2 } });
        Refused("block-lr was 0.0001 and is 0.001", o => o with { Minimisation = o.Minimisation with { LearningRate = 1e-3 } });
        Refused("train-biases was false and is true", o => o with { Minimisation = o.Minimisation with { TrainBiases = true } });
        Refused("blocks was all and is 1", o => o with { Blocks = 1 });
        Refused("head-bits was 16 and is 8", o => o with { HeadBits = 8 });
        Refused("embedding-bits was 16 and is 4", o => o with { EmbeddingBits = 4 });
        Refused("samples was 4 and is 3; the calibration has changed", o => o with { Samples = 3 });
        Refused("held-out-samples was 2 and is 1; the calibration has changed", o => o with { HeldOutSamples = 1 });
        Refused("rounding was gptq and is coordinate-descent", o => o with { Solver = o.Solver with { Rounding = IntegerSolver.CoordinateDescent } });
        Refused("overrides was none and is {match: \"q_proj\", bits: 4}", o => o with { Overrides = [new() { Match = "q_proj", Bits = 4 }] });
        string other = Ids.Write(Path.Combine(model.Outputs, "..", "other.safetensors"), TinyModel.Windows, TinyModel.Context, TinyModel.Vocabulary, seed: 2);
        Refused("the calibration has changed", o => o with { Calibration = [other] });
        using var changed = new TinyModel(tied: false, weights => weights["lm_head.weight"][5] += 1);
        Refused("the model has changed", o => o with { Model = changed.Folder });
        Refused("bits was 2 and is 4; group-size was 32 and is -1", o => o with { Format = new(4, -1) });

        // None of the refusals has done any harm.
        Resume(output);
        Folders.AssertSame(Uninterrupted, output);

        void Refused(string what, Func<QuantizationOptions, QuantizationOptions> change)
        {
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => model.Run(o => change(o) with { Output = output, Resume = true }));
            Assert.Equal((output + ".partial", "resume"), (error.File, error.Field));
            Assert.Contains($": {what}.", error.Message);
        }
    }

    [Fact]
    public void Threads_and_memory_may_change()
    {
        string output = CancelledInBlock2();
        model.Run(o => o with { Output = output, Resume = true, Threads = 2, MemoryBudget = 8 << 20 });
        Folders.AssertSame(Uninterrupted, output);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null garbage")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"fingerprint": null, "blocks": []}""")]
    [InlineData("""{"fingerprint": {"bits": 2}, "blocks": []}""")]
    [InlineData("""{"fingerprint": {}, "blocks": [null]}""")]
    public void A_damaged_journal_is_refused_by_name(string content)
    {
        string output = CancelledInBlock2(), journal = Path.Combine(output + ".partial", "journal.json");
        File.WriteAllText(journal, content);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => Resume(output));
        Assert.StartsWith(output + ".partial", error.File);
        Assert.Contains("--force", error.Expected);
        Assert.DoesNotContain('\n', error.Message);
        Assert.True(File.Exists(journal));
    }

    [Fact]
    public void A_journal_in_which_anything_is_changed_is_refused_in_one_line()
    {
        string output = CancelledInBlock2(), journal = Path.Combine(output + ".partial", "journal.json");
        string whole = File.ReadAllText(journal);
        Action<JsonNode>[] changes =
        [
            json => json["blocks"]!.AsArray().Add(json["blocks"]![0]!.DeepClone()),
            json => json["blocks"]![0]!["layers"]![0]!["name"] = "model.layers.0.mlp.other",
            json => json["blocks"]![0]!["layers"]![0] = null,
            json => json["blocks"]![0]!["layers"] = null,
            json => json["blocks"]![0] = null,
            json => json["shards"]![1] = null,
            json => json["shards"]!.AsArray().RemoveAt(1),
            json => json["fingerprint"]!["bits"] = null,
            json => json["written"] = "AAAA",
        ];
        foreach (Action<JsonNode> change in changes)
        {
            JsonNode json = JsonNode.Parse(whole)!;
            change(json);
            File.WriteAllText(journal, json.ToJsonString());
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => Resume(output));
            Assert.Equal(journal, error.File);
            Assert.DoesNotContain('\n', error.Message);
        }
        File.WriteAllText(journal, whole);
        Resume(output);
        Folders.AssertSame(Uninterrupted, output);
    }

    [Theory]
    [InlineData("model-00001-of-00003.safetensors")]
    [InlineData("model-00002-of-00003.safetensors")]
    public void A_shard_that_is_gone_or_damaged_is_made_again(string name)
    {
        foreach (Action<string> damage in (Action<string>[])[Flip, Shorten, File.Delete])
        {
            string output = CancelledInBlock2();
            damage(Path.Combine(output + ".partial", "model", name));
            Resume(output);
            Folders.AssertSame(Uninterrupted, output);
        }

        static void Flip(string path)
        {
            byte[] bytes = File.ReadAllBytes(path);
            bytes[^3] ^= 4;
            File.WriteAllBytes(path, bytes);
        }

        static void Shorten(string path) => File.WriteAllBytes(path, File.ReadAllBytes(path)[..^10]);
    }

    [Fact]
    public void A_shard_that_is_damaged_before_others_that_are_whole_is_the_only_one_made_again()
    {
        string output = model.NewOutput(), target = output;
        var solved = new HashSet<int>();
        BlockPlacement(output);
        string partial = Path.Combine(output + ".partial", "model", "model-00002-of-00003.safetensors");
        File.WriteAllBytes(partial, File.ReadAllBytes(partial)[..^1]);
        File.Delete(target);
        Resume(output, p => solved.Add(p.Phase == "solve" ? p.Block : 1));
        Assert.Equal([1], solved);
        Folders.AssertSame(Uninterrupted, output);
    }

    [Fact]
    public void A_whole_model_that_could_not_take_its_place_takes_it_with_resume()
    {
        string output = model.NewOutput();
        DecoupleQException error = BlockPlacement(output);
        Assert.Contains("--resume", error.Expected);
        File.Delete(output);
        var phases = new HashSet<string>();
        Resume(output, p => phases.Add(p.Phase));
        Assert.DoesNotContain("solve", phases);
        Folders.AssertSame(Uninterrupted, output);
        Assert.False(Directory.Exists(output + ".partial"));
    }

    [Fact]
    public void A_file_that_goes_along_and_has_changed_is_refused()
    {
        using var other = new TinyModel();
        string output = other.NewOutput();
        Assert.Throws<DecoupleQException>(() => other.Run(o => o with { Output = output }, p => File.WriteAllText(output, "mine")));
        File.Delete(output);
        File.AppendAllText(Path.Combine(other.Folder, "LICENSE.txt"), "But for profit.\n");
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => other.Run(o => o with { Output = output, Resume = true }));
        Assert.Contains("another file that goes along has changed", error.Message);
        Assert.False(Directory.Exists(output));
    }

    [Fact]
    public void A_folder_that_took_the_place_of_a_whole_model_is_not_taken_for_it()
    {
        string output = model.NewOutput(), partial = output + ".partial";
        BlockPlacement(output);
        File.Delete(output);
        Directory.Move(Path.Combine(partial, "model"), output);
        File.AppendAllText(Path.Combine(output, "config.json"), " ");
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => Resume(output));
        Assert.Equal((output, "output"), (error.File, error.Field));
    }

    [Fact]
    public void What_others_put_into_the_work_folder_does_not_become_part_of_the_model()
    {
        string output = CancelledInBlock2(), partial = output + ".partial";
        File.WriteAllText(Path.Combine(partial, "notes.txt"), "mine");
        File.WriteAllText(Path.Combine(partial, "model", "README.md"), "mine too");
        Resume(output);
        Folders.AssertSame(Uninterrupted, output);
        Assert.Equal(["README.md", "notes.txt"], Folders.Names(partial));
    }

    // A file takes the output's name while the job runs.
    private DecoupleQException BlockPlacement(string output) => Assert.Throws<DecoupleQException>(() => model.Run(
        o => o with { Output = output },
        p => File.WriteAllText(output, "mine")));

    private void Resume(string output, Action<JobProgress>? progress = null) => model.Run(o => o with { Output = output, Resume = true }, progress);

    private bool Cancel(string output, int at, bool resume = false) => model.Cancel(at, o => o with { Output = output, Resume = resume });

    private string CancelledInBlock2()
    {
        using var source = new CancellationTokenSource();
        string output = model.NewOutput();
        Assert.Throws<OperationCanceledException>(() => model.Run(
            o => o with { Output = output },
            p =>
            {
                if (p is { Block: 2, Phase: "solve" })
                {
                    source.Cancel();
                }
            },
            source));
        Assert.True(File.Exists(Path.Combine(output + ".partial", "journal.json")));
        return output;
    }
}
