using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace DecoupleQ.Cli.Options;

/// <summary>An option that takes a token's id; it may be repeated.</summary>
internal sealed class IdsOption : Option<int[]>, IExpects
{
    /// <param name="name">As typed, with its dashes.</param>
    /// <param name="description">For the help.</param>
    public IdsOption(string name, string description)
        : base(name)
    {
        Description = description;
        HelpName = "ID";
        Arity = ArgumentArity.OneOrMore;
        AllowMultipleArgumentsPerToken = false;
        CustomParser = Parse;
    }

    public string Expected => "an id of the model's, as 'decoupleq tokenize' prints them";

    /// <summary>The id that a text stands for, or null.</summary>
    public static int? Read(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int id) ? id : null;

    private static int[]? Parse(ArgumentResult result)
    {
        var ids = new List<int>();
        foreach (Token token in result.Tokens)
        {
            if (Read(token.Value) is not int id)
            {
                result.AddError($"'{token.Value}' cannot be used.");
                return null;
            }
            ids.Add(id);
        }
        return [.. ids];
    }
}
