namespace DecoupleQ.Grammars.Automata;

/// <summary>How large a grammar may be, and what reading a text with it may take.</summary>
internal static class AutomatonLimits
{
    /// <summary>States of a grammar.</summary>
    public const int MostStates = 100_000;

    /// <summary>Steps between its states.</summary>
    public const int MostEdges = 500_000;

    /// <summary>Steps without a byte that are followed when it is compiled.</summary>
    public const int MostVisits = 4_000_000;

    /// <summary>How deep texts may be nested, in calls that have something after them.</summary>
    public const int DefaultDepth = 256;

    /// <summary>Places in the grammar where a text may be at once.</summary>
    public const int MostThreads = 2048;

    /// <summary>What finding the tokens that may come next may take, in places looked at.</summary>
    public const long MostWork = 1_000_000;

    /// <summary>What a grammar keeps of states that it has found, in readings and 16 for each state.</summary>
    public const int MostKept = 1_000_000;

    public static DecoupleQException TooLarge() => new(
        "It is too large.", field: "grammar", expected: $"at most {MostStates} states and {MostEdges} steps, which a few thousand fields or alternatives take");

    public static DecoupleQException TooAmbiguous() => new(
        "A text can be read in too many ways at once.",
        field: "grammar",
        expected: $"at most {MostThreads} places where a text may be, such as by alternatives that begin apart, or repetitions that are not nested");
}
