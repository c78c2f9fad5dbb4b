using DecoupleQ.Quantization.Jobs;

namespace DecoupleQ.Quantization.Tests.Jobs;

public sealed class OutputFolderTests(TinyModel model) : IClassFixture<TinyModel>
{
    [Fact]
    public void The_model_is_never_written_to()
    {
        string[] before = Folders.Names(model.Folder);
        Refused(model.Folder);
        Refused(model.Folder + Path.DirectorySeparatorChar);
        Refused(Path.Combine(model.Folder, "..", "model"));
        Refused(Path.Combine(model.Folder, "packed"));
        Refused(Path.Combine(model.Folder, "a", "b"));
        Refused(Path.GetDirectoryName(model.Folder)!);
        Assert.Equal(before, Folders.Names(model.Folder));

        void Refused(string output)
        {
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output, Force = true }));
            Assert.Equal("output", error.Field);
        }
    }

    [Fact]
    public void Another_name_of_the_models_folder_is_recognised()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        string toModel = Path.Combine(model.Outputs, "link-to-model"), toParent = Path.Combine(model.Outputs, "link-to-parent");
        Directory.CreateSymbolicLink(toModel, model.Folder);
        Directory.CreateSymbolicLink(toParent, Path.GetDirectoryName(model.Folder)!);
        string[] outputs =
        [
            toModel, Path.Combine(toModel, "packed"), Path.Combine(toParent, "model"), Path.Combine(toParent, "model", "packed"), toParent,
        ];
        foreach (string output in outputs)
        {
            Assert.Equal("output", Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output, Force = true })).Field);
            // The model may be the one that is named by a link.
            Assert.Equal(
                "output",
                Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Model = toModel, Output = model.Folder, Force = true })).Field);
        }
    }

    [Theory]
    [InlineData(".partial")]
    [InlineData(".replaced")]
    public void A_model_with_the_name_of_a_folder_that_the_job_empties_is_refused(string suffix)
    {
        using var other = new TinyModel();
        string output = Path.Combine(other.Outputs, "out"), moved = output + suffix;
        string existing = other.Run(o => o with { Output = output });
        Directory.Move(other.Folder, moved);
        string[] before = Folders.Names(moved);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => other.Run(o => o with { Model = moved, Output = existing, Force = true }));
        Assert.Equal("output", error.Field);
        Assert.Equal(before, Folders.Names(moved));
    }

    [Theory]
    [InlineData(".partial")]
    [InlineData(".replaced")]
    public void Folders_of_others_beside_the_output_are_left_alone(string suffix)
    {
        string output = model.NewOutput();
        Directory.CreateDirectory(output);
        Directory.CreateDirectory(output + suffix);
        string file = Path.Combine(output + suffix, "notes.tmp");
        File.WriteAllText(file, "mine");
        foreach (bool resume in (bool[])[false, true])
        {
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output, Force = true, Resume = resume }));
            Assert.Equal(output + suffix, error.File);
            Assert.Equal("mine", File.ReadAllText(file));
        }
    }

    [Fact]
    public void An_existing_output_is_replaced_with_force_only_if_it_is_empty_or_ours()
    {
        string empty = model.NewOutput(), foreign = model.NewOutput(), file = model.NewOutput(), ours = model.Run();
        Directory.CreateDirectory(empty);
        Directory.CreateDirectory(foreign);
        File.WriteAllText(Path.Combine(foreign, "config.json"), """{"model_type": "llama"}""");
        File.WriteAllText(file, "text");
        foreach (string output in (string[])[empty, foreign, file, ours])
        {
            Assert.Equal(output, Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output })).File);
        }
        foreach (string output in (string[])[foreign, file])
        {
            Assert.Equal(output, Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output, Force = true })).File);
        }
        Assert.Equal("text", File.ReadAllText(file));
        Assert.Equal(["config.json"], Folders.Names(foreign));

        model.Run(o => o with { Output = empty, Force = true });
        Folders.AssertSame(ours, empty);
        string other = model.Run(o => o with { Format = new(4, 32) });
        model.Run(o => o with { Output = ours, Force = true, Format = new(4, 32) });
        Folders.AssertSame(other, ours);
        Assert.False(Directory.Exists(ours + ".replaced"));
    }

    [Fact]
    public void The_old_folder_stays_until_the_new_one_is_whole()
    {
        string output = model.Run(), copy = model.Run();
        Assert.Throws<OperationCanceledException>(() => model.Run(
            o => o with { Output = output, Force = true, Format = new(4, 32) },
            p =>
            {
                if (p.Block == 2)
                {
                    throw new OperationCanceledException();
                }
            }));
        Folders.AssertSame(copy, output);
    }

    [Fact]
    public void Two_jobs_do_not_write_one_folder()
    {
        string output = model.NewOutput();
        var errors = new List<DecoupleQException>();
        model.Run(
            o => o with { Output = output },
            p =>
            {
                if (p is { Block: 1, Phase: "solve" } && errors.Count == 0)
                {
                    errors.Add(Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output, Resume = true })));
                    errors.Add(Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output, Force = true })));
                    errors.Add(Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output })));
                }
            });
        Assert.All(errors, error => Assert.Equal(output + ".partial", error.File));
        Assert.StartsWith(output + ".partial: Another job", errors[0].Message);
        Assert.StartsWith(output + ".partial: Another job", errors[1].Message);
        Folders.AssertSame(model.Run(), output);
    }

    [Fact]
    public void A_job_that_fails_before_its_first_block_is_finished_leaves_nothing()
    {
        string output = model.NewOutput();
        Assert.Throws<InvalidOperationException>(() => model.Run(o => o with { Output = output }, p => throw new InvalidOperationException()));
        Assert.False(Path.Exists(output));
        Assert.False(Path.Exists(output + ".partial"));
    }

    [Fact]
    public void A_place_that_cannot_be_written_to_is_named()
    {
        string file = model.NewOutput();
        File.WriteAllText(file, "");
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = Path.Combine(file, "out") }));
        Assert.StartsWith(file, error.File);
    }
}
