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

    [Fact]
    public void A_model_with_the_name_of_the_work_folder_is_refused()
    {
        using var other = new TinyModel();
        string output = Path.Combine(other.Outputs, "out"), moved = output + ".partial";
        string existing = other.Run(o => o with { Output = output });
        Directory.Move(other.Folder, moved);
        string[] before = Folders.Names(moved);
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => other.Run(o => o with { Model = moved, Output = existing, Force = true }));
        Assert.Equal("output", error.Field);
        Assert.Equal(before, Folders.Names(moved));
    }

    [Theory]
    [InlineData(".lock", "")]
    [InlineData("journal.json", "{}")]
    [InlineData("decoupleq.json", """{"tool": "decoupleq"}""")]
    [InlineData("job.json", """{"tool": "decoupleq"}""")]
    [InlineData("job.json", """{"tool": "decoupleq", "command": "quantize", "files": ["notes.txt", "../notes.txt"], "whole": false}""")]
    public void Files_of_others_in_a_folder_with_the_name_of_the_work_folder_are_left_alone(string name, string content)
    {
        string output = model.NewOutput(), partial = output + ".partial";
        Directory.CreateDirectory(Path.Combine(partial, "model"));
        File.WriteAllText(Path.Combine(partial, name), content);
        string[] files = [Path.Combine(partial, "notes.txt"), Path.Combine(partial, "notes.tmp"), Path.Combine(partial, "model", "config.json")];
        Array.ForEach(files, file => File.WriteAllText(file, "mine"));
        foreach (bool resume in (bool[])[false, true])
        {
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output, Force = true, Resume = resume }));
            Assert.Equal(partial, error.File);
            Assert.Contains("notes.tmp", error.Message);
            Assert.All(files, file => Assert.Equal("mine", File.ReadAllText(file)));
        }
    }

    [Fact]
    public void A_file_with_the_name_of_the_work_folder_is_refused()
    {
        string output = model.NewOutput();
        File.WriteAllText(output + ".partial", "mine");
        Assert.Equal(output + ".partial", Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output, Force = true })).File);
        Assert.Equal("mine", File.ReadAllText(output + ".partial"));
    }

    [Fact]
    public void Only_what_decoupleq_wrote_is_replaced_with_force()
    {
        string expected = model.Run();
        Refused("README.md", output => File.WriteAllText(Path.Combine(output, "README.md"), "mine"));
        Refused(".git", output => Directory.CreateDirectory(Path.Combine(output, ".git", "objects")));
        Refused("LICENSE.txt", output => File.WriteAllText(Path.Combine(output, "LICENSE.txt"), "mine"));
        Refused("model-00001-of-00003.safetensors", output => File.AppendAllText(Path.Combine(output, "model-00001-of-00003.safetensors"), " "));
        Refused("recipe.yaml", output => File.Delete(Path.Combine(output, "recipe.yaml")));
        Refused("decoupleq.json", output => File.WriteAllText(Path.Combine(output, "decoupleq.json"), """{"tool": "decoupleq"}"""));
        Refused("decoupleq.json", output => File.Delete(Path.Combine(output, "decoupleq.json")));
        Refused("decoupleq.json", output => Edit(output, report => report.Replace("\"bits\": 2", "\"bits\": 3", StringComparison.Ordinal)));
        Refused("decoupleq.json", output => Edit(output, report => report + "\n"));
        Refused("list of files", output => Edit(output, report => report + "mine"));
        if (!OperatingSystem.IsWindows())
        {
            Refused("LICENSE.txt", output =>
            {
                string licence = Path.Combine(output, "LICENSE.txt"), elsewhere = model.NewOutput();
                File.Move(licence, elsewhere);
                File.CreateSymbolicLink(licence, elsewhere);
            });
        }

        void Refused(string named, Action<string> change)
        {
            string output = model.NewOutput();
            Directory.CreateDirectory(output);
            foreach (string name in Folders.Names(expected))
            {
                File.Copy(Path.Combine(expected, name), Path.Combine(output, name));
            }
            change(output);
            string[] before = Folders.Names(output);
            bool solved = false;
            DecoupleQException error =
                Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output, Force = true }, p => solved = true));
            Assert.Equal((output, "output"), (error.File, error.Field));
            Assert.Contains(named, error.Message);
            Assert.False(solved);
            Assert.Equal(before, Folders.Names(output));
            Assert.False(Directory.Exists(output + ".partial"));
        }

        static void Edit(string output, Func<string, string> change)
        {
            string path = Path.Combine(output, "decoupleq.json"), before = File.ReadAllText(path), after = change(before);
            Assert.NotEqual(before, after);
            File.WriteAllText(path, after);
        }
    }

    [Theory]
    [InlineData("LICENSE.txt")]
    [InlineData("decoupleq.json")]
    public void A_change_that_shows_neither_in_length_nor_in_time_is_not_lost(string name)
    {
        string output = model.Run(), changed = Path.Combine(output, name);
        byte[] mine = File.ReadAllBytes(changed);
        mine[^3] ^= 1;
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => model.Run(
            o => o with { Output = output, Force = true },
            p =>
            {
                DateTime written = File.GetLastWriteTimeUtc(changed);
                File.WriteAllBytes(changed, mine);
                File.SetLastWriteTimeUtc(changed, written);
            }));
        Assert.Equal(output, error.File);
        Assert.Contains("changed", error.Message);
        Assert.Equal(mine, File.ReadAllBytes(changed));
    }

    [Fact]
    public void What_came_into_being_while_the_job_ran_stays()
    {
        string output = model.NewOutput(), notes = Path.Combine(output, "notes.txt");
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => model.Run(
            o => o with { Output = output },
            p =>
            {
                Directory.CreateDirectory(output);
                File.WriteAllText(notes, "mine");
            }));
        Assert.Equal(output, error.File);
        Assert.Equal(["notes.txt"], Folders.Names(output));
        Directory.Move(output, model.NewOutput());
        model.Run(o => o with { Output = output, Resume = true });
        Folders.AssertSame(model.Run(), output);
    }

    [Fact]
    public void A_mark_that_somebody_removed_while_the_job_ran_is_left_again()
    {
        string output = model.NewOutput(), mark = Path.Combine(output + ".partial", "job.json");
        model.Run(o => o with { Output = output }, p => File.Delete(mark));
        Folders.AssertSame(model.Run(), output);
        Assert.False(Directory.Exists(output + ".partial"));
    }

    [Fact]
    public void A_folder_that_is_exchanged_while_a_job_replaces_it_stays()
    {
        string output = model.Run(), aside = model.NewOutput();
        Assert.Throws<DecoupleQException>(() => model.Run(
            o => o with { Output = output, Force = true },
            p =>
            {
                if (p.Phase == "solve" && !Directory.Exists(aside))
                {
                    Directory.Move(output, aside);
                    Directory.CreateDirectory(output);
                    File.WriteAllText(Path.Combine(output, "decoupleq.json"), "mine");
                }
            }));
        Assert.Equal("mine", File.ReadAllText(Path.Combine(output, "decoupleq.json")));
        Directory.Move(output, model.NewOutput());
        Directory.Move(aside, output);
        model.Run(o => o with { Output = output, Force = true, Resume = true });
        Folders.AssertSame(model.Run(), output);
    }

    [Fact]
    public void A_start_after_a_kill_between_the_two_renames_puts_the_old_folder_back()
    {
        string output = model.Run(o => o with { Format = new(4, 32) }), old = model.Run(o => o with { Format = new(4, 32) }), partial = output + ".partial";
        Interrupt();
        Directory.Move(output, Path.Combine(partial, "replaced"));
        Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output }));
        // Whatever is asked for next, the old one is there again; a job that may not replace it says so.
        Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output, Resume = true }));
        Folders.AssertSame(old, output);

        Directory.Move(output, Path.Combine(partial, "replaced"));
        model.Run(o => o with { Output = output, Resume = true, Force = true });
        Folders.AssertSame(model.Run(), output);
        Assert.False(Directory.Exists(partial));

        void Interrupt() => Assert.Throws<DecoupleQException>(() => model.Run(
            o => o with { Output = output, Force = true },
            p =>
            {
                if (p.Phase == "write" && p.Block == 2)
                {
                    File.SetLastWriteTimeUtc(Path.Combine(output, "config.json"), DateTime.UnixEpoch);
                }
            }));
    }

    [Fact]
    public void A_start_after_a_kill_behind_the_two_renames_tidies_up()
    {
        string output = model.Run(o => o with { Format = new(4, 32) }), partial = output + ".partial", expected = model.Run();
        Assert.Throws<DecoupleQException>(() => model.Run(
            o => o with { Output = output, Force = true },
            p => File.SetLastWriteTimeUtc(Path.Combine(output, "config.json"), DateTime.UnixEpoch)));
        Directory.Move(output, Path.Combine(partial, "replaced"));
        Directory.Move(Path.Combine(partial, "model"), output);
        model.Run(o => o with { Output = output, Force = true, Resume = true });
        Folders.AssertSame(expected, output);
        Assert.False(Directory.Exists(partial));
    }

    [Fact]
    public void A_folder_of_others_that_looks_like_a_replaced_one_stays_where_it_is()
    {
        string output = model.NewOutput(), mine = Path.Combine(output + ".partial", "replaced", "notes.txt");
        Directory.CreateDirectory(Path.GetDirectoryName(mine)!);
        File.WriteAllText(mine, "mine");
        foreach ((bool force, bool resume) in ((bool, bool)[])[(false, false), (true, false), (false, true), (true, true)])
        {
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output, Force = force, Resume = resume }));
            Assert.Equal(output + ".partial", error.File);
            Assert.Equal("mine", File.ReadAllText(mine));
        }
        Assert.False(Directory.Exists(output));
    }

    [Fact]
    public void A_model_whose_files_are_links_into_the_output_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        string dense = model.NewOutput(), links = model.NewOutput();
        ConversionJob.Run(new() { Model = model.Folder, Output = dense }, null, TestContext.Current.CancellationToken);
        Directory.CreateDirectory(links);
        foreach (string file in Directory.GetFiles(dense))
        {
            File.CreateSymbolicLink(Path.Combine(links, Path.GetFileName(file)), file);
        }
        string[] before = Folders.Names(dense);
        Assert.Equal("output", Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Model = links, Output = dense, Force = true })).Field);
        Assert.Equal("output", Assert.Throws<DecoupleQException>(
            () => ConversionJob.Run(new() { Model = links, Output = dense, Force = true }, null, TestContext.Current.CancellationToken)).Field);
        Assert.Equal(before, Folders.Names(dense));
    }

    [Fact]
    public void A_folder_that_is_exchanged_for_a_link_while_a_job_replaces_it_stays()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Links need a privilege there.");
        string output = model.Run(), kept = model.NewOutput(), expected = model.Run();
        Assert.Throws<DecoupleQException>(() => model.Run(
            o => o with { Output = output, Force = true },
            p =>
            {
                if (p.Phase == "solve" && !Directory.Exists(kept))
                {
                    Directory.Move(output, kept);
                    Directory.CreateSymbolicLink(output, kept);
                }
            }));
        Folders.AssertSame(expected, kept);
        Assert.Equal(kept, new DirectoryInfo(output).LinkTarget);
    }

    [Fact]
    public void An_output_inside_a_file_is_refused_by_the_files_name()
    {
        string file = model.NewOutput();
        File.WriteAllText(file, "mine");
        foreach (string output in (string[])[Path.Combine(file, "out"), Path.Combine(file, "no", "out")])
        {
            DecoupleQException[] errors =
            [
                Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output })),
                Assert.Throws<DecoupleQException>(
                    () => ConversionJob.Run(new() { Model = model.Folder, Output = output }, null, TestContext.Current.CancellationToken)),
            ];
            Assert.All(errors, error => Assert.Equal((file, "a folder"), (error.File, error.Expected)));
        }
        Assert.Equal("mine", File.ReadAllText(file));
        File.Delete(file);
    }

    [Theory]
    [InlineData("LICENSE: MIT.txt")]
    [InlineData("LICENSE..txt")]
    [InlineData("LICENSE\nx.txt")]
    public void A_licence_of_any_name_goes_along(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Names are others there.");
        using var other = new TinyModel();
        File.WriteAllText(Path.Combine(other.Folder, name), "mine");
        string output = other.Run();
        Assert.Equal("mine", File.ReadAllText(Path.Combine(output, name)));
        other.Run(o => o with { Output = output, Force = true });
    }

    [Fact]
    public void What_others_put_into_the_work_folder_under_names_of_jobs_stays()
    {
        string output = model.NewOutput(), partial = output + ".partial", copy = model.Run();
        string replaced = Path.Combine(partial, "replaced");
        model.Run(
            o => o with { Output = output },
            p =>
            {
                if (p is { Phase: "solve", Block: 2 } && !Directory.Exists(replaced))
                {
                    File.WriteAllText(Path.Combine(partial, "model", "activations-1.tmp"), "mine");
                    Directory.CreateDirectory(replaced);
                    foreach (string name in Folders.Names(copy))
                    {
                        File.Copy(Path.Combine(copy, name), Path.Combine(replaced, name));
                    }
                }
            });
        Folders.AssertSame(copy, output);
        Folders.AssertSame(copy, replaced);
        Assert.Single(Directory.GetFiles(partial, "activations-1.tmp.*"), file => File.ReadAllText(file) == "mine");
    }

    [Fact]
    public void A_lock_that_is_a_folder_is_refused_by_name()
    {
        string output = model.NewOutput(), partial = output + ".partial";
        Directory.CreateDirectory(Path.Combine(partial, ".lock"));
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output }));
        Assert.Equal(partial, error.File);
        Assert.NotNull(error.Expected);
    }

    [Theory]
    [InlineData("journal.json")]
    [InlineData("job.json")]
    [InlineData("model/config.json")]
    public void A_folder_with_the_name_of_a_file_of_the_job_is_refused_before_the_work(string name)
    {
        string output = model.NewOutput(), partial = output + ".partial", taken = Path.Combine(partial, name);
        for (int at = 3; !File.Exists(Path.Combine(partial, "journal.json")); at += 9)
        {
            Assert.True(model.Cancel(at, o => o with { Output = output, Force = true }));
        }
        File.Delete(taken);
        Directory.CreateDirectory(taken);
        foreach (bool resume in (bool[])[true, false])
        {
            bool worked = false;
            DecoupleQException error = Assert.Throws<DecoupleQException>(
                () => model.Run(o => o with { Output = output, Resume = resume, Force = !resume }, p => worked = true));
            Assert.Equal(taken, error.File);
            Assert.False(worked);
        }
    }

    [Fact]
    public void A_start_after_a_kill_at_the_very_end_leaves_what_stands_alone()
    {
        string output = model.NewOutput(), partial = output + ".partial", expected = model.Run();
        Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output }, p => File.WriteAllText(output, "mine")));
        File.Delete(output);
        Directory.Move(Path.Combine(partial, "model"), output);
        File.Delete(Path.Combine(partial, "journal.json"));
        DateTime written = File.GetLastWriteTimeUtc(Path.Combine(output, "model-00001-of-00003.safetensors"));
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output, Resume = true }));
        Assert.Equal(output, error.File);
        Folders.AssertSame(expected, output);
        Assert.Equal(written, File.GetLastWriteTimeUtc(Path.Combine(output, "model-00001-of-00003.safetensors")));
        Assert.False(Directory.Exists(partial));
    }

    [Fact]
    public void A_folder_that_cannot_be_renamed_is_filled_and_filled_again()
    {
        // Where work went on inside it before, it does so again.
        string output = model.NewOutput(), work = Path.Combine(output, ".partial"), expected = model.Run();
        Directory.CreateDirectory(work);
        model.Run(o => o with { Output = output, Force = true });
        Folders.AssertSame(expected, output);

        Directory.CreateDirectory(work);
        model.Run(o => o with { Output = output, Force = true, Format = new(4, 32) });
        string other = model.Run(o => o with { Format = new(4, 32) });
        Folders.AssertSame(other, output);
        Assert.False(Directory.Exists(output + ".partial"));

        // Wherever a kill ends the exchange of files, the next job gives one of the two.
        foreach (int moved in Enumerable.Range(0, 2 * Folders.Names(output).Length))
        {
            Directory.CreateDirectory(work);
            Assert.Throws<DecoupleQException>(() => model.Run(
                o => o with { Output = output, Force = true },
                p => File.SetLastWriteTimeUtc(Path.Combine(output, "config.json"), DateTime.UnixEpoch.AddSeconds(Environment.TickCount64))));
            Exchange(output, work, moved);
            Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output }));
            model.Run(o => o with { Output = output, Force = true, Resume = true });
            Folders.AssertSame(expected, output);
            Directory.CreateDirectory(work);
            model.Run(o => o with { Output = output, Force = true, Format = new(4, 32) });
            Folders.AssertSame(other, output);
        }
    }

    [Fact]
    public void A_folder_that_is_filled_for_the_first_time_is_whole_after_a_kill_and_a_resume()
    {
        string expected = model.Run();
        for (int moved = 0; moved <= Folders.Names(expected).Length; moved++)
        {
            string output = model.NewOutput(), work = Path.Combine(output, ".partial"), notes = Path.Combine(output, "notes.txt");
            Directory.CreateDirectory(work);
            Assert.Throws<DecoupleQException>(() => model.Run(o => o with { Output = output, Force = true }, p => File.WriteAllText(notes, "mine")));
            File.Delete(notes);
            Exchange(output, work, moved);
            Directory.Delete(Path.Combine(work, "replaced"));
            model.Run(o => o with { Output = output, Resume = true });
            Folders.AssertSame(expected, output);
        }
    }

    // The first moves of an exchange, as FilledFolder makes them.
    private static void Exchange(string output, string work, int moves)
    {
        Directory.CreateDirectory(Path.Combine(work, "replaced"));
        string[] old = [.. Folders.Names(output).Where(name => !name.StartsWith(".partial", StringComparison.Ordinal)).OrderBy(name => name != "config.json")];
        string[] fresh = [.. Folders.Names(Path.Combine(work, "model")).OrderBy(name => name == "config.json")];
        foreach ((string from, string to) in old.Select(name => (Path.Combine(output, name), Path.Combine(work, "replaced", name)))
            .Concat(fresh.Select(name => (Path.Combine(work, "model", name), Path.Combine(output, name)))).Take(moves))
        {
            File.Move(from, to);
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
        Assert.False(Directory.Exists(ours + ".partial"));
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
