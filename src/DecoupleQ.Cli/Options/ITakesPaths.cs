namespace DecoupleQ.Cli.Options;

/// <summary>
/// An option or argument whose values are paths. A value that begins with a dash is then a mistyped option, not a file:
/// without this rule, <c>--calibration a.txt --sample 8</c> would look for a file called <c>--sample</c>.
/// </summary>
internal interface ITakesPaths;
