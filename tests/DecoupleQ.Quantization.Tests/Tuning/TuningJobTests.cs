using System.Text.Json.Nodes;
using DecoupleQ.Models;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Tests.Calibration;
using DecoupleQ.Quantization.Tests.Jobs;
using DecoupleQ.Quantization.Tuning;

namespace DecoupleQ.Quantization.Tests.Tuning;

public sealed class TuningJobTests(PackedTinyModel packed) : IClassFixture<PackedTinyModel>
{
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Training_lowers_the_loss_of_windows_that_it_does_not_see(bool integers, bool tables)
    {
        TuningReport report = packed.Run(o => o with { Integers = integers, Tables = tables, Steps = 60, Data = [Overlapping()] });
        Assert.True(report.After.HeldOutLoss < 0.9 * report.Before.HeldOutLoss, $"{report.Before.HeldOutLoss} became {report.After.HeldOutLoss}");
        Assert.Equal(integers, report.ChangedIntegers > 0);
        Assert.Equal(2 * ((2 * 64 * 64) + (2 * 64 * 32) + (3 * 64 * 96)), report.Integers);
        Assert.Equal(report.Checks.MinBy(check => check.HeldOutLoss)!.Step, report.Best);

        // What is stored is what was judged.
        TuningReport again = packed.Run(o => o with { Model = report.Output, Steps = 0, Data = [Overlapping()] });
        Assert.Equal(report.After.HeldOutLoss, again.Before.HeldOutLoss, 1e-6);
        using LanguageModel model = LanguageModel.Load(report.Output);
        Assert.Equal(TinyModel.Vocabulary, model.VocabularySize);
    }

    [Fact]
    public void No_steps_leave_every_weight_as_it_was()
    {
        TuningReport report = packed.Run(o => o with { Steps = 0 });
        Assert.Equal((0, 0, 0L), (report.Steps, report.Best, report.ChangedIntegers));
        foreach (string shard in Folders.Names(packed.Packed).Where(name => name.EndsWith(".safetensors", StringComparison.Ordinal)))
        {
            Assert.Equal(File.ReadAllBytes(Path.Combine(packed.Packed, shard)), File.ReadAllBytes(Path.Combine(report.Output, shard)));
        }
        Assert.Equal([.. Folders.Names(packed.Packed)], Folders.Names(report.Output));
    }

    [Fact]
    public void Training_that_does_not_help_leaves_the_model_as_it_was_and_ends_early()
    {
        TuningReport report = packed.Run(o => o with { LearningRate = 1, Steps = 40, Checks = 20, Patience = 2 });
        Assert.Equal(0, report.Best);
        Assert.True(report.Steps < 40, $"{report.Steps} steps were made");
        Folders.AssertSame(packed.Run(o => o with { LearningRate = 1, Steps = 40, Checks = 20, Patience = 2 }).Output, report.Output);
        string shard = Path.Combine(report.Output, "model-00002-of-00003.safetensors");
        Assert.Equal(File.ReadAllBytes(Path.Combine(packed.Packed, "model-00002-of-00003.safetensors")), File.ReadAllBytes(shard));
    }

    [Fact]
    public void Threads_and_memory_make_no_difference()
    {
        string plain = packed.Run(o => o with { Tables = true }).Output;
        Folders.AssertSame(plain, packed.Run(o => o with { Tables = true, Threads = 2 }).Output);
        int spilled = 0;
        TuningOptions small = packed.Options(packed.Model.NewOutput()) with { Tables = true, MemoryBudget = 1 };
        Folders.AssertSame(plain, packed.Run(
            _ => small, _ => spilled = Math.Max(spilled, Directory.GetFiles(small.Output + ".partial", "activations-*.tmp").Length)).Output);
        Assert.Equal(1, spilled);
    }

    [Fact]
    public void A_job_cancelled_anywhere_and_resumed_gives_the_same_bytes()
    {
        int reports = 0;
        string uninterrupted = packed.Run(o => o with { Tables = true }, _ => reports++).Output;
        var random = new Random(7);
        foreach (int at in Enumerable.Range(0, 8).Select(_ => random.Next(1, reports + 1)).Append(reports))
        {
            TuningOptions options = packed.Options(packed.Model.NewOutput()) with { Tables = true };
            Cancel(options, at);
            Assert.False(Directory.Exists(options.Output));
            packed.Run(_ => options with { Resume = true });
            Folders.AssertSame(uninterrupted, options.Output);
            Assert.False(Directory.Exists(options.Output + ".partial"));
        }
    }

    [Fact]
    public void Steps_that_are_kept_are_not_made_again()
    {
        int reports = 0, first = int.MaxValue;
        packed.Run(progress: _ => reports++);
        TuningOptions options = packed.Options(packed.Model.NewOutput());
        Cancel(options, reports - 2);
        (string Folder, int Steps)? kept = TuningJob.Interrupted(options.Output);
        Assert.Equal(options.Output + ".partial", kept?.Folder);
        Assert.InRange(kept!.Value.Steps, 3, 12);
        packed.Run(_ => options with { Resume = true }, progress =>
        {
            if (progress.Phase == "tune" && progress.Loss is not null)
            {
                first = Math.Min(first, progress.Step);
            }
        });
        Assert.Equal(kept.Value.Steps == 12 ? int.MaxValue : kept.Value.Steps + 1, first);
    }

    [Fact]
    public void A_state_that_somebody_has_changed_is_not_believed()
    {
        string uninterrupted = packed.Run().Output;
        int reports = 0;
        packed.Run(progress: _ => reports++);
        TuningOptions options = packed.Options(packed.Model.NewOutput());
        Cancel(options, reports - 2);
        foreach (string state in Directory.GetFiles(options.Output + ".partial", "state-*.safetensors"))
        {
            File.WriteAllText(state, "another");
        }
        packed.Run(_ => options with { Resume = true });
        Folders.AssertSame(uninterrupted, options.Output);
    }

    [Fact]
    public void Another_setting_is_refused_and_named_with_both_values()
    {
        TuningOptions options = packed.Options(packed.Model.NewOutput());
        int reports = 0;
        packed.Run(progress: _ => reports++);
        Cancel(options, reports - 2);
        Refused("steps was 12 and is 13", o => o with { Steps = 13 });
        Refused("lr was 0.001 and is 0.01", o => o with { LearningRate = 0.01 });
        Refused("integers was trained and is as they are", o => o with { Integers = false });
        string other = Ids.Write(Path.Combine(packed.Model.Outputs, "..", "others.safetensors"), 40, TinyModel.Context, TinyModel.Vocabulary, seed: 9);
        Refused("the data has changed", o => o with { Data = [other] });
        packed.Run(_ => options with { Resume = true });

        void Refused(string what, Func<TuningOptions, TuningOptions> change)
        {
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => packed.Run(_ => change(options) with { Resume = true }));
            Assert.Equal((options.Output + ".partial", "resume"), (error.File, error.Field));
            Assert.Contains(what, error.Message);
        }
    }

    [Fact]
    public void What_cannot_be_tuned_is_refused_by_name()
    {
        using var wider = new TinyModel(tied: false, blocks: 3);
        Assert.Equal("against", Refused(o => o with { Against = wider.Folder }).Field);
        Assert.Contains("no quantized layer", Refused(o => o with { Model = packed.Model.Folder }).Message);
        string few = Ids.Write(Path.Combine(packed.Model.Outputs, "..", "few.safetensors"), 9, TinyModel.Context, TinyModel.Vocabulary);
        DecoupleQException tooFew = Refused(o => o with { Data = [few] });
        Assert.Equal("data", tooFew.Field);
        Assert.Contains("There are 9 windows of data.", tooFew.Message);
        Assert.Equal("data", Refused(o => o with { Data = [] }).Field);
        Assert.Equal("context", Refused(o => o with { Context = 15 }).Field);
        Assert.Equal("steps", Refused(o => o with { Steps = -1 }).Field);
        Assert.Equal("lr", Refused(o => o with { LearningRate = 0 }).Field);
        Assert.Equal("integer-lr", Refused(o => o with { IntegerLearningRate = double.NaN }).Field);
        Assert.Equal("table-lr", Refused(o => o with { TableLearningRate = -1 }).Field);
        Assert.Equal("output", Refused(o => o with { Output = packed.Packed, Force = true }).Field);
        Assert.Equal("output", Refused(o => o with { Output = packed.Model.Folder, Force = true }).Field);

        DecoupleQException Refused(Func<TuningOptions, TuningOptions> change) => Assert.Throws<DecoupleQException>(() => packed.Run(change));
    }

    [Fact]
    public void The_folder_says_what_was_done()
    {
        TuningReport report = packed.Run();
        foreach (string file in (string[])["config.json", "decoupleq.json"])
        {
            JsonNode root = JsonNode.Parse(File.ReadAllText(Path.Combine(report.Output, file)))!;
            JsonNode tuning = (file == "config.json" ? root["quantization_config"]! : root)["tuning"]!;
            Assert.Equal((true, "divergence", 4, report.Best), (
                (bool)tuning["integers"]!, (string)tuning["loss"]!, (int)tuning["batch"]!, (int)tuning["steps"]!));
            Assert.Equal(report.Before.HeldOutLoss, (double)tuning["heldOutBefore"]!);
            Assert.Equal(36, (int)tuning["data"]!["windows"]!);
        }
    }

    // Windows that repeat each other: what is learnt on some holds for the others.
    private string Overlapping()
    {
        var random = new Random(5);
        long[] text = [.. Enumerable.Range(0, TinyModel.Context).Select(_ => (long)random.Next(TinyModel.Vocabulary))];
        return Ids.Write(
            Path.Combine(packed.Model.Outputs, "..", "overlapping.safetensors"),
            [.. Enumerable.Range(0, 40).Select(i => text.Select((id, j) => (j + i) % 7 == 0 ? (long)random.Next(TinyModel.Vocabulary) : id).ToArray())]);
    }

    private void Cancel(TuningOptions options, int at)
    {
        using var source = new CancellationTokenSource();
        int reports = 0;
        try
        {
            packed.Run(
                _ => options,
                _ =>
                {
                    if (++reports == at)
                    {
                        source.Cancel();
                    }
                },
                source);
            // It was done before it took notice.
            Directory.Delete(options.Output, recursive: true);
        }
        catch (OperationCanceledException)
        {
        }
    }
}
