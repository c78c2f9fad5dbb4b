
namespace DecoupleQ.Quantization.Settings;

/// <summary>
/// A setting of <see cref="QuantizationOptions"/>: the one source of its key in recipes, its option on the command line, its line in <c>recipe.yaml</c>, its
/// range and its part in the fingerprint of a job. <see cref="QuantizationSettings.All"/> holds them all.
/// </summary>
public abstract class QuantizationSetting
{
    private static readonly QuantizationOptions Defaults = new() { Model = "", Output = "", Calibration = [] };

    private protected QuantizationSetting(string name, SettingGroup group, string description)
    {
        Name = name;
        Group = group;
        Description = description;
    }

    /// <summary>Its key in recipes, such as <c>group-size</c>; with two dashes before it its option.</summary>
    public string Name { get; }

    /// <summary>What it is about.</summary>
    public SettingGroup Group { get; }

    /// <summary>What it sets, in one line.</summary>
    public string Description { get; }

    /// <summary>When it has an effect, as settings that must hold, such as <c>rounding coordinate-descent</c>; null for always.</summary>
    public string? Condition { get; private protected init; }

    /// <summary>The values that it takes, in words.</summary>
    public abstract string Expected { get; }

    /// <summary>What stands for a value where its use is shown, such as <c>2|3|4|8</c> or <c>N</c>.</summary>
    public abstract string Placeholder { get; }

    /// <summary>Whether it is true or false.</summary>
    public bool IsSwitch => this is QuantizationSetting<bool>;

    /// <summary>Whether the result depends on it.</summary>
    public bool DeterminesResult => Group != SettingGroup.Run;

    /// <summary>The text of its default value.</summary>
    public string DefaultText => TextIn(Defaults);

    /// <summary>The value that <paramref name="text"/> stands for; null if it is none that the setting takes.</summary>
    public abstract SettingValue? Parse(string text);

    /// <summary>Its value in <paramref name="options"/>, as text that <see cref="Parse"/> reads back.</summary>
    public abstract string TextIn(QuantizationOptions options);

    /// <summary>Whether it has an effect beside the other settings in <paramref name="options"/>.</summary>
    public abstract bool ActsIn(QuantizationOptions options);

    /// <inheritdoc/>
    public override string ToString() => Name;

    /// <exception cref="DecoupleQException">Its value in <paramref name="options"/> is out of range.</exception>
    internal abstract void Check(QuantizationOptions options);

    /// <summary>Its default value.</summary>
    internal SettingValue Default => Parse(DefaultText)!;
}

/// <summary>A value of a setting.</summary>
/// <param name="Setting">The setting.</param>
/// <param name="Text">The value, as <see cref="QuantizationSetting.TextIn"/> writes it.</param>
/// <param name="Set">Options with the value set.</param>
public sealed record SettingValue(QuantizationSetting Setting, string Text, Func<QuantizationOptions, QuantizationOptions> Set)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Setting.Name}: {Text}";
}

/// <summary>A setting of a type.</summary>
/// <typeparam name="T">The type of its property in the options.</typeparam>
public sealed class QuantizationSetting<T> : QuantizationSetting
{
    private readonly Func<QuantizationOptions, T> _get;
    private readonly Func<QuantizationOptions, T, QuantizationOptions> _set;
    private readonly Func<QuantizationOptions, bool> _acts;

    internal QuantizationSetting(
        string name,
        SettingGroup group,
        string description,
        SettingType<T> type,
        Func<QuantizationOptions, T> get,
        Func<QuantizationOptions, T, QuantizationOptions> set,
        (string Condition, Func<QuantizationOptions, bool> Holds)? acts = null)
        : base(name, group, description)
    {
        Type = type;
        _get = get;
        _set = set;
        _acts = acts?.Holds ?? (_ => true);
        Condition = acts?.Condition;
    }

    /// <inheritdoc/>
    public override string Expected => Type.Expected;

    /// <inheritdoc/>
    public override string Placeholder => Type.Placeholder;

    internal SettingType<T> Type { get; }

    /// <summary>A value.</summary>
    public SettingValue Of(T value) => new(this, Type.Text(value), options => _set(options, value));

    /// <inheritdoc/>
    public override SettingValue? Parse(string text) => Type.TryParse(text, out T? value) ? Of(value) : null;

    /// <inheritdoc/>
    public override string TextIn(QuantizationOptions options) => Type.Text(_get(options));

    /// <inheritdoc/>
    public override bool ActsIn(QuantizationOptions options) => _acts(options);

    internal override void Check(QuantizationOptions options)
    {
        T value = _get(options);
        if (!Type.IsAllowed(value))
        {
            throw new DecoupleQException($"The value is {Type.Text(value)}.", field: Name, expected: Expected);
        }
    }
}
