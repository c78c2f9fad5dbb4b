using DecoupleQ.Pilot.Results;
using DecoupleQ.Reports.Wording;
using Microsoft.AspNetCore.Components;

namespace DecoupleQ.Reports.Pilots;

/// <summary>A part of a pilot's page.</summary>
public abstract class PilotPart : ComponentBase
{
    /// <summary>What it is about.</summary>
    [Parameter, EditorRequired]
    public required PilotView View { get; set; }

    /// <summary>What was found.</summary>
    protected PilotResult Result => View.Result;

    /// <summary>What is said of it.</summary>
    protected Phrases Phrases => View.Phrases;

    /// <summary>How figures are written.</summary>
    protected PilotNumbers Numbers => Phrases.Numbers;

    /// <summary>Words of every part.</summary>
    protected PageWords Frame => Phrases.Words.Page;

    /// <summary>Words of tables and lists.</summary>
    protected DetailWords Words => Phrases.Words.Details;

    /// <summary>Names.</summary>
    protected NameWords Known => Phrases.Words.Names;
}
