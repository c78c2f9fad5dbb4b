using DecoupleQ.Reports.Layout;

namespace DecoupleQ.Reports.Wording;

/// <summary>A figure as it is written.</summary>
/// <param name="Number">The number, with its sign.</param>
/// <param name="Form">What stands around it, such as its unit.</param>
public readonly record struct WrittenNumber(string Number, string Form = "{0}")
{
    /// <inheritdoc/>
    public override string ToString() => PageText.Put(Form, Number);

    /// <summary>Its text.</summary>
    public static implicit operator string(WrittenNumber number) => number.ToString();
}
