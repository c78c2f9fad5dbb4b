using System.Reflection;
using CsCheck;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Testing;

namespace DecoupleQ.Quantization.Tests.Settings;

/// <summary>The table of settings against the options that it speaks of.</summary>
public sealed class SettingsTests
{
    // Paths and overrides, which recipes say in their own way, and a share of the memory budget.
    private static readonly string[] NotInTheTable = ["Model", "Output", "Calibration", "Overrides", "Solver.FloatStepMemory"];

    private static readonly QuantizationOptions Defaults = new() { Model = "m", Output = "o", Calibration = ["c"] };

    public static TheoryData<string> Names => [.. QuantizationSettings.All.Select(setting => setting.Name)];

    [Fact]
    public void Every_property_of_the_options_is_a_setting_in_the_table()
    {
        string[] properties = [.. Leaves(Defaults, "").Select(leaf => leaf.Path)];
        Assert.True(properties.Length > 30);
        Assert.Superset(NotInTheTable.ToHashSet(), properties.ToHashSet());
        foreach ((string path, object changed) in Leaves(Defaults, "").Where(leaf => !NotInTheTable.Contains(leaf.Path)))
        {
            var options = (QuantizationOptions)changed;
            Assert.True(
                QuantizationSettings.All.Count(setting => setting.TextIn(options) != setting.TextIn(Defaults)) == 1, $"{path} is the value of no setting.");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_value_that_is_set_is_read_back_from_the_options_and_changes_nothing_else(string name)
    {
        QuantizationSetting setting = Named(name);
        string[] texts = [.. Values.Texts.Append(setting.DefaultText).Where(text => setting.Parse(text) is not null)];
        Assert.True(texts.Length >= 2, "The candidates hold no second value.");
        foreach (SettingValue value in texts.Select(text => setting.Parse(text)!))
        {
            QuantizationOptions options = value.Set(Defaults);
            Assert.Equal(value.Text, setting.TextIn(options));
            Assert.Equal(value.Text, setting.Parse(value.Text)!.Text);
            Assert.All(QuantizationSettings.All.Where(other => other != setting), other => Assert.Equal(other.DefaultText, other.TextIn(options)));
            setting.Check(options);
        }
        // The limits that the solver and the training check themselves are not narrower.
        foreach (string text in texts)
        {
            QuantizationOptions options = setting.Parse(text)!.Set(Defaults);
            options.Solver.Validate();
            options.Minimisation.Validate();
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_no_value_is_not_taken(string name) => Assert.All(
        ["", " ", "no", "NaN", "1e999", "-5", "9e999", "true ", "[]", "0x10", "٣"],
        text => Assert.Null(Named(name).Parse(text)));

    [Fact]
    public void A_number_is_read_back_exactly() => Gen.Double[0, 1].Where(value => value > 0).Sample(value =>
    {
        string text = QuantizationSettings.BlockLearningRate.Of(value).Text;
        return QuantizationSettings.BlockLearningRate.Parse(text)!.Set(Defaults).Minimisation.LearningRate == value
            && (!text.Contains('e') || text.Contains('.'));
    });

    [Fact]
    public void Sizes_are_read_with_their_units()
    {
        Assert.Equal((200_000_000L, 3L << 29, 17L, null), (Bytes("200MB"), Bytes("1.5GiB"), Bytes("17"), Bytes("none")));

        static long? Bytes(string text) => QuantizationSettings.MemoryBudget.Parse(text)!.Set(Defaults).MemoryBudget;
    }

    [Fact]
    public void The_paper_preset_is_the_default() => Assert.All(
        QuantizationSettings.All, setting => Assert.Equal(setting.DefaultText, setting.TextIn(Preset.Paper.ApplyTo(Defaults))));

    [Fact]
    public void A_preset_sets_all_of_the_solver_and_of_the_training_and_nothing_else()
    {
        QuantizationOptions other = Preset.Best.ApplyTo(Defaults) with { Format = new(4, 32), Samples = 7 };
        Assert.All(Preset.All, preset =>
        {
            QuantizationOptions options = preset.ApplyTo(other);
            Assert.Equal(preset.ApplyTo(Defaults) with { Format = other.Format, Samples = 7 }, options);
            Assert.Equal(
                QuantizationSettings.All.Count(s => s.Group is SettingGroup.Solver or SettingGroup.BlockTraining),
                preset.Values.Select(v => v.Setting).Distinct().Count());
        });
        Assert.Equal(
            (StartSearch.DiagonalSearch, IntegerSolver.CoordinateDescent, 3e-4), (other.Solver.Start, other.Solver.Rounding, other.Minimisation.LearningRate));
        Assert.Equal(0, Preset.Fast.ApplyTo(other).Minimisation.Epochs);
    }

    [Fact]
    public void The_documentation_lists_every_setting_with_its_default_and_every_preset()
    {
        string page = File.ReadAllText(Path.Combine(Paths.Repository, "docs", "recipes.md"));
        Assert.All(QuantizationSettings.All, setting => Assert.Contains($"| `{setting.Name}` | `{setting.DefaultText}` | {setting.Description}", page));
        Assert.All(Preset.All, preset => Assert.Contains($"| `{preset}` | {preset.Description}", page));
        Assert.All(
            Preset.All.SelectMany(preset => preset.Values.Where(value => value.Text != value.Setting.DefaultText)),
            value => Assert.Contains($"`{value}`", page));
    }

    [Fact]
    public void Names_are_spelled_as_options_are() =>
        Assert.All(QuantizationSettings.All, setting => Assert.Matches("^[a-z]+[0-9]?(-[a-z]+[0-9]?)*$", setting.Name));

    private static QuantizationSetting Named(string name) => QuantizationSettings.All.Single(setting => setting.Name == name);

    // Every property that is no record of further options, and the options with another value there.
    private static IEnumerable<(string Path, object Changed)> Leaves(object options, string prefix)
    {
        foreach (PropertyInfo property in options.GetType().GetProperties().Where(p => p.CanWrite))
        {
            object? value = property.GetValue(options);
            if (property.PropertyType.Namespace!.StartsWith("DecoupleQ", StringComparison.Ordinal) && !property.PropertyType.IsEnum)
            {
                foreach ((string path, object changed) in Leaves(value!, $"{prefix}{property.Name}."))
                {
                    yield return (path, With(options, property, changed));
                }
            }
            else
            {
                yield return (prefix + property.Name, With(options, property, Other(property.PropertyType, value)));
            }
        }
    }

    private static object With(object record, PropertyInfo property, object? value)
    {
        object copy = typeof(object).GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic)!.Invoke(record, null)!;
        property.SetValue(copy, value);
        return copy;
    }

    private static object? Other(Type type, object? value) => value switch
    {
        bool flag => !flag,
        int number => number + 1,
        ulong number => number + 1,
        long number => number + 1,
        double number => (number / 2) + 1e-9,
        string text => text + "x",
        Enum choice => Enum.GetValuesAsUnderlyingType(type).Cast<object>().Select(v => Enum.ToObject(type, v)).First(v => !v.Equals(choice)),
        null => type == typeof(int?) ? (object)3 : type == typeof(long?) ? 5L << 30 : throw new NotSupportedException(type.Name),
        IReadOnlyList<string> => (string[])["x"],
        IReadOnlyList<LayerOverride> => new LayerOverride[] { new() { Match = "*" } },
        _ => throw new NotSupportedException(type.Name),
    };
}
