using System.CommandLine;
using System.CommandLine.Parsing;

namespace DecoupleQ.Cli.Options;

/// <summary>Says in one line what is wrong with a command line.</summary>
internal static class UsageErrors
{
    /// <summary>The first error of <paramref name="parse"/>, or null.</summary>
    public static UsageException? Find(ParseResult parse) =>
        UnknownCommand(parse) ?? SwallowedOption(parse) ?? UnknownOption(parse) ?? BadOption(parse) ?? Missing(parse) ?? Leftover(parse) ?? Other(parse);

    private static UsageException? UnknownCommand(ParseResult parse)
    {
        Command command = parse.CommandResult.Command;
        if (command.Subcommands.Count == 0 || command.Action is not null)
        {
            return null;
        }
        string[] names = [.. command.Subcommands.Select(subcommand => subcommand.Name)];
        string all = names.Length == 1 ? names[0] : string.Join(", ", names[..^1]) + " or " + names[^1];
        if (parse.UnmatchedTokens is not [string typed, ..])
        {
            return new("No command was given.", null, $"{all}; '{PathOf(command)} --help' explains {(names.Length == 1 ? "it" : "them")}");
        }
        if (LooksLikeOption(typed))
        {
            return null;
        }
        return EditDistance.Nearest(typed, names) is string nearest
            ? new($"Unknown command, did you mean {nearest}?", typed, null)
            : new("Unknown command.", typed, all);
    }

    // An option that takes a path takes what follows it, be it the next option.
    private static UsageException? SwallowedOption(ParseResult parse)
    {
        HashSet<string> names = [.. OptionNames(parse).Intersect(BeforeDashes(parse))];
        OptionResult? swallower = parse.CommandResult.Children.OfType<OptionResult>()
            .FirstOrDefault(option => TakesPaths(option) && option.Tokens is [{ Value: string first }, ..] && names.Contains(first));
        return swallower is null ? null : new("A value is missing.", swallower.Option.Name, (swallower.Option as IExpects)?.Expected);
    }

    private static UsageException? UnknownOption(ParseResult parse)
    {
        string? typed = parse.UnmatchedTokens
            .Concat(parse.CommandResult.Children.Where(TakesPaths).SelectMany(child => child.Tokens).Select(token => token.Value))
            .FirstOrDefault(text => LooksLikeOption(text) && BeforeDashes(parse).Contains(text));
        if (typed is null)
        {
            return null;
        }
        string name = typed.Split('=', ':')[0];
        string command = PathOf(parse.CommandResult.Command);
        return EditDistance.Nearest(name, OptionNames(parse)) is string nearest
            ? new($"Unknown option, did you mean {nearest}?", name, null)
            : new("Unknown option.", name, $"an option that '{command} --help' lists");
    }

    private static UsageException? BadOption(ParseResult parse)
    {
        foreach (ParseError error in parse.Errors)
        {
            (string? name, Symbol? symbol, bool single) = Origin(error.SymbolResult);
            if (name is null || error.SymbolResult is not SymbolResult result || result is OptionResult { Implicit: true })
            {
                continue;
            }
            if (result.Tokens.Count == 0 && result is ArgumentResult { Parent: CommandResult })
            {
                continue; // a positional argument that is missing
            }
            string message = (result.Tokens.Count, single) switch
            {
                (0, _) => "A value is missing.",
                ( > 1, true) => "It was given more than once.",
                _ => error.Message,
            };
            return new(message, name, (symbol as IExpects)?.Expected ?? (symbol is Option<bool> ? "no value" : null));
        }
        return null;
    }

    private static UsageException? Missing(ParseResult parse)
    {
        Command command = parse.CommandResult.Command;
        foreach (Argument argument in command.Arguments)
        {
            if (argument.Arity.MinimumNumberOfValues > 0 && parse.GetResult(argument) is null or { Tokens.Count: 0 })
            {
                return new("It is missing.", argument.Name, (argument as IExpects)?.Expected + "; put it before the options");
            }
        }
        foreach (Option option in command.Options)
        {
            if (option.Required && parse.GetResult(option) is null or { Implicit: true })
            {
                return new("It is required.", option.Name, (option as IExpects)?.Expected);
            }
        }
        return null;
    }

    private static UsageException? Leftover(ParseResult parse) => parse.UnmatchedTokens is [string typed, ..]
        ? new($"'{typed}' is one argument too many.", null, $"as '{PathOf(parse.CommandResult.Command)} --help' shows")
        : null;

    private static UsageException? Other(ParseResult parse) => parse.Errors is [ParseError error, ..] ? new(error.Message, null, null) : null;

    private static (string? Name, Symbol? Symbol, bool Single) Origin(SymbolResult? result) => result switch
    {
        OptionResult option => (option.Option.Name, option.Option, option.Option.Arity.MaximumNumberOfValues == 1),
        ArgumentResult { Parent: OptionResult option } => (option.Option.Name, option.Option, option.Option.Arity.MaximumNumberOfValues == 1),
        ArgumentResult argument => (argument.Argument.Name, argument.Argument, argument.Argument.Arity.MaximumNumberOfValues == 1),
        _ => (null, null, false),
    };

    // As it is typed, from the tool's name on.
    private static string PathOf(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is Command parent
        ? $"{PathOf(parent)} {command.Name}"
        : "decoupleq";

    /// <summary>The options that a command line's command has, as they are typed, aliases too.</summary>
    public static IEnumerable<string> OptionNames(ParseResult parse) => parse.CommandResult.Command.Options
        .Concat(parse.RootCommandResult.Command.Options.Where(option => option.Recursive))
        .SelectMany(option => option.Aliases.Append(option.Name));

    // Behind '--' nothing is an option, whatever it looks like.
    private static IEnumerable<string> BeforeDashes(ParseResult parse) =>
        parse.Tokens.TakeWhile(token => token.Type != TokenType.DoubleDash).Select(token => token.Value);

    private static bool TakesPaths(SymbolResult result) => result switch
    {
        OptionResult option => option.Option is ITakesPaths,
        ArgumentResult argument => argument.Argument is ITakesPaths,
        _ => false,
    };

    private static bool LooksLikeOption(string text) => text.Length > 1 && text[0] == '-' && !char.IsAsciiDigit(text[1]);
}
