namespace DecoupleQ.Reports.Layout;

/// <summary>A figure that a page begins with.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">The figure.</param>
/// <param name="Note">What stands below it; its lines stay lines.</param>
/// <param name="Tone">How it looks.</param>
public sealed record KeyFigure(string Name, string Value, string? Note = null, KeyTone Tone = KeyTone.Plain);

/// <summary>How a figure looks.</summary>
public enum KeyTone
{
    /// <summary>As all do.</summary>
    Plain,

    /// <summary>As it should be.</summary>
    Good,

    /// <summary>Not known yet.</summary>
    Open,

    /// <summary>Not as it should be.</summary>
    Bad,

    /// <summary>Not to be counted on.</summary>
    Faint,
}
