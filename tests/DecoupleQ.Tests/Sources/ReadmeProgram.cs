using DecoupleQ.Evaluation;
using DecoupleQ.Generation;
using DecoupleQ.Models;

namespace DecoupleQ.Tests.Sources;

/// <summary>The program in README.md, so that it is compiled with everything else; <see cref="ReadmeTests"/> holds the two together.</summary>
internal static class ReadmeProgram
{
    public static async Task Run()
    {
        using var model = LanguageModel.Load("artifacts/books-8m-quick");   // one set of weights, any number of threads
        var options = new GenerationOptions { MaxTokens = 64, Temperature = 0.8, TopP = 0.95 };
        var generator = new TextGenerator(model);
        generator.Generate("Once upon a time", options, onText: Console.Write);
        Console.WriteLine();
        await foreach (GeneratedToken token in generator.GenerateAsync("Once upon a time", options))
        {
            Console.Write(token.Text);
        }
        Console.WriteLine();

        using Sequence sequence = model.Begin();                            // ids, keys and values of one text
        float[] logits = sequence.Append([.. model.Tokenizer.Encode("The captain looked")]).ToArray();
        using Sequence other = sequence.Fork();                             // goes on from here by itself
        sequence.Decode(Array.IndexOf(logits, logits.Max()));
        other.Truncate(2);

        string text = File.ReadAllText("samples/text/validation.txt");
        double perplexity = PerplexityEvaluation.Measure(model, text, new() { MaxWindows = 20 }).Perplexity;
        Console.WriteLine($"Perplexity: {perplexity:0.000}");
    }
}
