using System.CommandLine;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Generation;
using DecoupleQ.Models;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq generate DIR --prompt "..."</c></summary>
internal sealed class GenerateCommand : ToolCommand
{
    private static readonly GenerationOptions Defaults = new();

    private readonly PathArgument _model = new("DIR", "The model's folder, dense or packed", "the folder of a model");
    private readonly Option<string> _prompt = new("--prompt") { Description = "The text to continue", HelpName = "TEXT", Required = true };
    private readonly NumberOption<double> _temperature = new(
        "--temperature", "0 takes the most probable token each time; above 0 tokens are drawn", "a number, at least 0", value => value >= 0, Defaults.Temperature);

    private readonly NumberOption<int> _topK = new(
        "--top-k", "Draw among the N most probable tokens only; 0 for all", "a whole number, at least 0", value => value >= 0, Defaults.TopK);

    private readonly NumberOption<double> _topP = new(
        "--top-p", "Draw among the most probable tokens that together reach this probability", "a number above 0, at most 1", value => value is > 0 and <= 1, Defaults.TopP);

    private readonly NumberOption<ulong> _seed = SharedOptions.Seed("Seed of the draws");
    private readonly NumberOption<int> _maxTokens = SharedOptions.MaxTokens(Defaults.MaxTokens);
    private readonly Option<string[]> _stop = new("--stop")
    {
        Description = "End before this text appears; may be repeated",
        HelpName = "TEXT",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<bool> _specialTokens = new("--special-tokens")
    {
        Description = "Recognise special tokens in the prompt; otherwise they are plain text",
    };

    private readonly NumberOption<int> _threads = SharedOptions.Threads();

    public GenerateCommand(ToolContext context)
        : base("generate", "Continue a text", context)
    {
        Add(_model);
        Add(_prompt);
        Add(_temperature);
        Add(_topK);
        Add(_topP);
        Add(_seed);
        Add(_maxTokens);
        Add(_stop);
        Add(_specialTokens);
        Add(_threads);
        AddCommonOptions();
    }

    protected override int Execute(ParseResult parse)
    {
        GenerationOptions options = Read(parse);
        using LanguageModel model = LanguageModel.Load(parse.GetRequiredValue(_model), new() { Threads = parse.GetValue(_threads) ?? 0 });
        bool json = WantsJson(parse);
        GenerationResult result = new TextGenerator(model).Generate(
            parse.GetRequiredValue(_prompt), options, json ? null : Print, Context.Cancellation);
        if (json)
        {
            JsonOutput.Write(Context.Terminal.Output, GenerateDocument.From(result), ToolJson.Default.GenerateDocument);
        }
        else
        {
            Context.Terminal.Output.WriteLine();
            Context.Terminal.Error.WriteLine(GenerationText.Speeds(result));
        }
        return ExitCodes.Success;
    }

    private GenerationOptions Read(ParseResult parse)
    {
        double temperature = _temperature.ValueIn(parse);
        foreach (Option option in (Option[])[_topK, _topP])
        {
            if (temperature == 0 && parse.GetResult(option) is { Implicit: false })
            {
                throw new UsageException("It limits draws, and without a temperature nothing is drawn.", option.Name, "--temperature above 0 beside it");
            }
        }
        string[] stop = parse.GetValue(_stop) ?? [];
        if (stop.Contains(""))
        {
            throw new UsageException("The text is empty.", _stop.Name, "a text");
        }
        return new()
        {
            MaxTokens = _maxTokens.ValueIn(parse),
            Temperature = temperature,
            TopK = _topK.ValueIn(parse),
            TopP = _topP.ValueIn(parse),
            Seed = _seed.ValueIn(parse),
            Stop = stop,
            SpecialTokens = parse.GetValue(_specialTokens) ? SpecialTokens.Recognized : SpecialTokens.AsText,
        };
    }

    private void Print(string piece)
    {
        Context.Terminal.Output.Write(piece);
        Context.Terminal.Output.Flush();
    }
}
