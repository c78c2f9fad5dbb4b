using System.CommandLine;

namespace DecoupleQ.Cli.Options;

/// <summary>Options that the help lists together.</summary>
/// <param name="Heading">What they are about.</param>
/// <param name="Options">The options.</param>
internal sealed record OptionGroup(string Heading, IReadOnlyList<Option> Options);

/// <summary>A command with so many options that the help lists them by groups; those in none come first.</summary>
internal interface IGroupsOptions
{
    IReadOnlyList<OptionGroup> OptionGroups { get; }
}
