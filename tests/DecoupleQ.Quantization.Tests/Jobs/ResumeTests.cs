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
            Folders.Names(output + ".partial").Single(name => name.StartsWith("model-00002", StringComparison.Ordinal)));
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
        File.WriteAllText(Path.Combine(partial, "model-00003-of-00003.safetensors.tmp"), "half a shard");
        File.WriteAllText(Path.Combine(partial, "model-00003-of-00003.safetensors"), "a shard that the journal does not know");
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
    public void A_journal_that_tells_of_more_blocks_than_there_are_is_refused()
    {
        string output = CancelledInBlock2(), journal = Path.Combine(output + ".partial", "journal.json");
        JsonNode json = JsonNode.Parse(File.ReadAllText(journal))!;
        JsonArray blocks = json["blocks"]!.AsArray();
        blocks.Add(blocks[0]!.DeepClone());
        blocks.Add(blocks[0]!.DeepClone());
        File.WriteAllText(journal, json.ToJsonString());
        Assert.Equal(journal, Assert.Throws<DecoupleQException>(() => Resume(output)).File);
    }

    [Fact]
    public void A_shard_that_is_gone_or_damaged_is_refused_by_name()
    {
        string output = CancelledInBlock2(), shard = Path.Combine(output + ".partial", "model-00002-of-00003.safetensors");
        byte[] bytes = File.ReadAllBytes(shard);
        File.WriteAllBytes(shard, bytes[..^10]);
        Assert.Equal(shard, Assert.Throws<DecoupleQException>(() => Resume(output)).File);
        File.Delete(shard);
        Assert.Equal(shard, Assert.Throws<DecoupleQException>(() => Resume(output)).File);
        Assert.False(Directory.Exists(output));
    }

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
