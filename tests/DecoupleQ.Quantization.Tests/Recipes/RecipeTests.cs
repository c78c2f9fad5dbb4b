using CsCheck;
using DecoupleQ.Quantization.Recipes;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Quantization.Tests.Settings;

namespace DecoupleQ.Quantization.Tests.Recipes;

public sealed class RecipeTests
{
    private static readonly QuantizationOptions Defaults = new() { Model = "m", Output = "o", Calibration = ["c"] };

    private static readonly Gen<LayerOverride> Override = Gen.Select(
        Gen.OneOf(Gen.Const("*.down_proj"), Gen.Const("a\"b\\c: {d} #e\té"), Gen.String[Gen.Char[' ', '~'], 1, 12]),
        Gen.Int[0, 2].Select(i => (int?)((int?[])[null, 2, 8])[i]),
        Gen.Int[0, 2].Select(i => (int?)((int?[])[null, -1, 64])[i]),
        Gen.Bool,
        (match, bits, groupSize, skip) => new LayerOverride { Match = match, Bits = skip ? null : bits, GroupSize = skip ? null : groupSize, Skip = skip });

    private static readonly Gen<QuantizationOptions> Options =
        from choices in Gen.Int[0, Values.Texts.Length - 1].Array[QuantizationSettings.All.Count]
        from overrides in Override.Array[0, 4]
        select QuantizationSettings.OfResult.Select((setting, i) => setting.Parse(Values.Texts[choices[i]])).OfType<SettingValue>()
            .Aggregate(Defaults with { Overrides = overrides }, (options, value) => value.Set(options));

    [Fact]
    public void The_recipe_of_a_job_gives_the_same_settings_again_and_the_same_text() => Options.Sample(options =>
    {
        string text = RecipeText.Of(options);
        // Whatever it is applied to.
        QuantizationOptions again = Parse("recipe.yaml", text).ApplyTo(Preset.Best.ApplyTo(Defaults) with { Blocks = 3, Overrides = [new() { Match = "x" }] });
        Assert.Equal(options.Overrides, again.Overrides);
        Assert.Equal(options, again with { Overrides = options.Overrides, Calibration = options.Calibration });
        Assert.Equal(text, RecipeText.Of(again));
        Assert.DoesNotContain('\r', text);
    });

    [Fact]
    public void A_recipe_sets_what_it_names_and_leaves_the_rest()
    {
        Recipe recipe = Parse("/r/recipe.yaml", """
            # comments, both styles of maps and lists, and quotes are YAML
            preset: best
            bits: 3
            "group-size": -1
            symmetric: true
            block-lr: 2e-4
            rounding: 'gptq'
            memory-budget: 1.5GiB
            calibration: [a.txt, /b/c.txt]
            output: out
            overrides:
              - match: "*.down_proj"
                bits: 4
                group-size: 32
              - {match: model.layers.0.*, skip: true}
            """);
        QuantizationOptions options = recipe.ApplyTo(Defaults with { Samples = 9 });
        Assert.Equal(new QuantizationFormat(3, -1) { Symmetric = true }, options.Format);
        Assert.Equal(
            (StartSearch.DiagonalSearch, IntegerSolver.Gptq, 2e-4, 3L << 29, 9),
            (options.Solver.Start, options.Solver.Rounding, options.Minimisation.LearningRate, options.MemoryBudget, options.Samples));
        Assert.Equal([Path.Combine("/r", "a.txt"), "/b/c.txt"], options.Calibration);
        Assert.Equal(Path.Combine("/r", "out"), options.Output);
        Assert.Equal(
            [new LayerOverride { Match = "*.down_proj", Bits = 4, GroupSize = 32 }, new LayerOverride { Match = "model.layers.0.*", Skip = true }],
            options.Overrides);
    }

    [Fact]
    public void The_preset_comes_first_wherever_it_stands() =>
        Assert.Equal(IntegerSolver.Gptq, Parse("r", "rounding: gptq\npreset: best\n").ApplyTo(Defaults).Solver.Rounding);

    [Fact]
    public void A_single_calibration_file_needs_no_list() => Assert.Equal(["a.txt"], Parse("r.yaml", "calibration: a.txt").Calibration);

    public static TheoryData<string, string> Mistakes => new()
    {
        // recipe, message
        { "bits: 2\ngrup-size: 64", "r.yaml: grup-size: Line 2 has an unknown key, did you mean group-size?" },
        { "group_size: 64", "r.yaml: group_size: Line 1 has an unknown key, did you mean group-size?" },
        { "prest: best", "r.yaml: prest: Line 1 has an unknown key, did you mean preset?" },
        { "bits: 5", "r.yaml: bits: Line 1 has '5'. (expected: 2, 3, 4 or 8)" },
        { "\n\nbits: two", "r.yaml: bits: Line 3 has 'two'. (expected: 2, 3, 4 or 8)" },
        { "bits:", "r.yaml: bits: Line 1 has no value. (expected: 2, 3, 4 or 8)" },
        { "bits: [2]", "r.yaml: bits: Line 1 has a list. (expected: 2, 3, 4 or 8)" },
        { "bits: {a: 2}", "r.yaml: bits: Line 1 has a map. (expected: 2, 3, 4 or 8)" },
        { "samples: 0", "r.yaml: samples: Line 1 has '0'. (expected: a whole number, at least 1, or auto)" },
        { "samples: 1.5", "r.yaml: samples: Line 1 has '1.5'. (expected: a whole number, at least 1, or auto)" },
        { "block-lr: -1", "r.yaml: block-lr: Line 1 has '-1'. (expected: a number above 0)" },
        { "block-lr: .inf", "r.yaml: block-lr: Line 1 has '.inf'. (expected: a number above 0)" },
        { "symmetric: yes", "r.yaml: symmetric: Line 1 has 'yes'. (expected: true or false)" },
        { "rounding: GPTQ", "r.yaml: rounding: Line 1 has 'GPTQ'. (expected: gptq, projected-gradient or coordinate-descent)" },
        { "preset: great", "r.yaml: preset: Line 1 has 'great'. (expected: paper, fast, best)" },
        { "preset: [best]", "r.yaml: preset: Line 1 has a list. (expected: paper, fast, best)" },
        { "bits: 2\nseed: 1\nbits: 3", "r.yaml: bits: The key is on line 1 and again on line 3. (expected: each key once)" },
        { "calibration: []", "r.yaml: calibration: Line 1 has a list. (expected: one or more paths of files, builtin or self)" },
        { "calibration:\n- a.txt\n- [b]", "r.yaml: calibration: Line 3 has a list. (expected: one or more paths of files, builtin or self)" },
        { "output: ''", "r.yaml: output: Line 1 has ''. (expected: the path of a folder)" },
        { "overrides: {match: a}", "r.yaml: overrides: Line 1 has a map. (expected: a list of maps such as {match: \"*.down_proj\", bits: 4})" },
        { "overrides:\n- a", "r.yaml: overrides[0]: Line 2 has 'a'. (expected: a list of maps such as {match: \"*.down_proj\", bits: 4})" },
        { "overrides:\n- {match: a, bits: 4}\n- {match: b, bit: 4}", "r.yaml: overrides[1].bit: Line 3 has an unknown key, did you mean bits?" },
        { "overrides:\n- match: a\n  bits: 5", "r.yaml: overrides[0].bits: Line 3 has '5'. (expected: 2, 3, 4 or 8)" },
        { "overrides:\n- {match: a, skip: 1}", "r.yaml: overrides[0].skip: Line 2 has '1'. (expected: true or false)" },
        {
            "overrides:\n- {bits: 4}",
            "r.yaml: overrides[0]: It matches nothing, on line 2. (expected: match: a module path, in which * stands for any characters)"
        },
        { "overrides:\n- {match: a}", "r.yaml: overrides[0]: It changes nothing, on line 2. (expected: bits, group-size or skip)" },
        {
            "overrides:\n- {match: a, skip: true, bits: 4}",
            "r.yaml: overrides[0]: It skips layers and gives them a format, on line 2. (expected: skip alone, or bits and group-size)"
        },
        { "overrides:\n- {match: a, bits: 4, bits: 8}", "r.yaml: bits: The key is on line 2 and again on line 2. (expected: each key once)" },
        {
            "overrides:\n- {match: [a], bits: 4}",
            "r.yaml: overrides[0].match: Line 2 has a list. (expected: a module path, in which * stands for any characters)"
        },
        { "", "r.yaml: The recipe is empty. (expected: settings, such as 'bits: 2', one a line)" },
        { "# nothing\n", "r.yaml: The recipe is empty. (expected: settings, such as 'bits: 2', one a line)" },
        { "---\n...\n", "r.yaml: The recipe is empty. (expected: settings, such as 'bits: 2', one a line)" },
        { "- bits\n- 2", "r.yaml: The recipe is a list. (expected: settings, such as 'bits: 2', one a line)" },
        { "bits", "r.yaml: The recipe is 'bits'. (expected: settings, such as 'bits: 2', one a line)" },
        { "bits: 2\n---\nbits: 3", "r.yaml: A second document begins on line 2. (expected: one document)" },
        { "bits: &b 2\nseed: *b", "r.yaml: An alias or anchor is on line 1. (expected: values written out; one that begins with * or & in quotes)" },
        {
            "overrides:\n- match: *.down_proj\n  bits: 4",
            "r.yaml: An alias or anchor is on line 2. (expected: values written out; one that begins with * or & in quotes)"
        },
        { "bits: !!int 2", "r.yaml: A tag is on line 1. (expected: values without tags; one that begins with ! in quotes)" },
        { "{a: 1}: 2", "r.yaml: The key on line 1 is a map. (expected: the name of a setting)" },
        { "overrides: [[[[[[[[a]]]]]]]]", "r.yaml: What begins on line 1 is nested too deeply. (expected: settings, and lists of them)" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_named_with_file_line_key_and_what_was_expected(string recipe, string message)
    {
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => Parse("r.yaml", recipe));
        Assert.Equal(message, error.Message);
        Assert.Equal("r.yaml", error.File);
    }

    [Theory]
    [InlineData("bits: 2\n\tgroup-size: 64", 2)]
    [InlineData("bits: 2\n  group-size: 64", 2)]
    [InlineData("bits: [2", 2)] // where the end is missed
    [InlineData("bits: \"2", 1)]
    [InlineData("bits: 2\n}", 2)]
    [InlineData("bits: @2", 1)]
    public void What_is_no_YAML_is_refused_with_its_line(string recipe, int line)
    {
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => Parse("r.yaml", recipe));
        Assert.StartsWith($"r.yaml: Line {line} is no YAML: ", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void An_anchor_cannot_be_multiplied_into_a_bomb()
    {
        string bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n" + string.Concat(
            Enumerable.Range(0, 25).Select(i => $"{(char)('b' + i)}: &{(char)('b' + i)} [{string.Join(", ", Enumerable.Repeat($"*{(char)('a' + i)}", 9))}]\n"));
        Assert.Equal(
            "r.yaml: An alias or anchor is on line 1. (expected: values written out; one that begins with * or & in quotes)",
            Assert.Throws<DecoupleQException>(() => Parse("r.yaml", bomb)).Message);
    }

    [Fact]
    public void A_file_that_is_missing_too_large_or_no_text_is_refused_by_name()
    {
        using var folder = new TemporaryFolder();
        string path = folder["r.yaml"];
        Assert.Contains("The file is missing", Refused());
        File.WriteAllText(path, "bits: 2\n#" + new string('x', 1 << 20));
        Assert.Contains("at most 1048576", Refused());
        File.WriteAllBytes(path, [(byte)'#', 0xC3, 0x28]);
        Assert.Contains("not UTF-8", Refused());
        if (OperatingSystem.IsLinux())
        {
            Assert.Contains("a device or a pipe", Assert.Throws<DecoupleQException>(() => Recipe.Read("/dev/zero")).Message);
        }
        File.WriteAllText(path, "\uFEFFbits: 3\r\n");
        Assert.Equal("bits: 3", Assert.Single(Recipe.Read(path).Settings).ToString());

        string Refused()
        {
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => Recipe.Read(path));
            Assert.Equal(path, error.File);
            return error.Message;
        }
    }

    [Fact]
    public void Whatever_a_file_holds_it_is_a_recipe_or_refused_in_one_line()
    {
        LayerOverride[] overrides = [new() { Match = "*.up_proj", Bits = 3 }, new() { Match = "x", Skip = true }];
        string recipe = RecipeText.Of(Defaults with { Overrides = overrides }) + "preset: best\ncalibration:\n- a\n- b\n";
        Gen<string> changed =
            from places in Gen.Int[0, recipe.Length - 1].Array[1, 6]
            from texts in Gen.OneOf(
                Gen.String[Gen.Char["{}[]:,-#&*!|>'\"%@`\n\t \\?~0x\0\u0085\u2028\uD800"], 0, 4], Gen.Char.Select(c => c.ToString())).Array[6]
            select places.Select((place, i) => (place, texts[i]))
                .Aggregate(recipe, (text, edit) => text.Length > edit.place ? text.Remove(edit.place, 1).Insert(edit.place, edit.Item2) : text);
        changed.Sample(
            text =>
            {
                try
                {
                    Parse("r.yaml", text).ApplyTo(Defaults);
                }
                catch (DecoupleQException error)
                {
                    Assert.Equal("r.yaml", error.File);
                    Assert.DoesNotContain('\n', error.Message);
                    Assert.True(error.Message.Length < 1500, error.Message);
                }
            },
            iter: 5000);
    }

    private static Recipe Parse(string path, string text) => RecipeReader.Parse(text, path);
}
