using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using DecoupleQ.Generation;

namespace DecoupleQ.Cli.Options;

/// <summary>An option that adds to the logits of tokens, as <c>ID=X</c>, repeated.</summary>
internal sealed class LogitBiasOption : Option<Dictionary<int, double>>, IExpects
{
    /// <param name="name">As typed, with its dashes.</param>
    /// <param name="description">For the help.</param>
    public LogitBiasOption(string name, string description)
        : base(name)
    {
        Description = description;
        HelpName = "ID=X";
        Arity = ArgumentArity.OneOrMore;
        AllowMultipleArgumentsPerToken = false;
        CustomParser = Parse;
    }

    public string Expected => $"ID=X, each id once, X {GenerationRanges.LogitBias.Expected}";

    private static Dictionary<int, double>? Parse(ArgumentResult result)
    {
        var biases = new Dictionary<int, double>();
        foreach (Token token in result.Tokens)
        {
            string[] parts = token.Value.Split('=');
            if (parts.Length != 2
                || IdsOption.Read(parts[0]) is not int id
                || !double.TryParse(parts[1], NumberStyles.Float, CultureInfo.InvariantCulture, out double bias)
                || !GenerationRanges.LogitBias.Contains(bias)
                || !biases.TryAdd(id, bias))
            {
                result.AddError($"'{token.Value}' cannot be used.");
                return null;
            }
        }
        return biases;
    }
}
