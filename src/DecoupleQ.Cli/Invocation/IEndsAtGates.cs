namespace DecoupleQ.Cli.Invocation;

/// <summary>A command that can end with <see cref="ExitCodes.Gate"/>.</summary>
internal interface IEndsAtGates;

/// <summary>A command that can end with <see cref="ExitCodes.Undecided"/> too.</summary>
internal interface IEndsUndecided : IEndsAtGates;
