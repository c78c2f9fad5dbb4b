using System.CommandLine;
using System.CommandLine.Parsing;
using DecoupleQ.Quantization.Estimates;

namespace DecoupleQ.Cli.Options;

/// <summary><c>--shape</c>: published models by their size, one or several.</summary>
internal sealed class ShapeOption : Option<ModelShape[]>, IExpects
{
    public ShapeOption()
        : base("--shape")
    {
        string[] names = [.. ModelShape.All.Select(shape => shape.Name)];
        Description = "Say what to expect of models of these sizes: " + string.Join(", ", ModelShape.All.Select(shape => $"{shape.Name} ({shape.Model})"));
        HelpName = string.Join('|', names) + "...";
        Expected = $"{string.Join(", ", names[..^1])} or {names[^1]}";
        Arity = ArgumentArity.OneOrMore;
        AllowMultipleArgumentsPerToken = true;
        CustomParser = Parse;
        CompletionSources.Add(names);
    }

    public string Expected { get; }

    private static ModelShape[] Parse(ArgumentResult result)
    {
        var shapes = new List<ModelShape>();
        foreach (Token token in result.Tokens)
        {
            if (ModelShape.All.FirstOrDefault(shape => string.Equals(shape.Name, token.Value, StringComparison.OrdinalIgnoreCase)) is ModelShape shape)
            {
                shapes.Add(shape);
            }
            else
            {
                result.AddError($"'{token.Value}' cannot be used.");
            }
        }
        return [.. shapes];
    }
}
