namespace DecoupleQ.Cli.Options;

/// <summary>An option or argument that can say what it takes.</summary>
internal interface IExpects
{
    /// <summary>Continues "expected: ".</summary>
    string Expected { get; }
}
