// Writes a text token by token, without blocking a thread, until it ends, the time is over or Ctrl-C is pressed.
//   dotnet run -c Release --project samples/Streaming -- MODEL PROMPT [SECONDS]
using System.Globalization;
using DecoupleQ.Generation;
using DecoupleQ.Models;

if (args is not ([_, _] or [_, _, _]))
{
    Console.Error.WriteLine("usage: Streaming MODEL PROMPT [SECONDS]");
    return 2;
}
TimeSpan time = args is [_, _, string seconds] ? TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture)) : Timeout.InfiniteTimeSpan;

using var model = LanguageModel.Load(args[0]);
using var cancellation = new CancellationTokenSource(time);
Console.CancelKeyPress += (_, key) =>
{
    cancellation.Cancel();
    key.Cancel = true;
};

var options = new GenerationOptions { MaxTokens = 200, Temperature = 0.8, TopP = 0.95, Stop = ["\n\n"] };
int tokens = 0;
try
{
    // A token's text may be empty: a character may need several tokens, and what could begin a stop text is held back.
    await foreach (GeneratedToken token in new TextGenerator(model).GenerateAsync(args[1], options, cancellation.Token))
    {
        Console.Write(token.Text);
        tokens++;
        if (token.Result is GenerationResult result)
        {
            Console.WriteLine();
            Console.Error.WriteLine($"{tokens} tokens, ended by {result.FinishReason}; with Seed = {result.Seed} the same text comes again.");
        }
    }
}
catch (OperationCanceledException)
{
    Console.WriteLine();
    Console.Error.WriteLine($"Cancelled after {tokens} tokens.");
}
return 0;
