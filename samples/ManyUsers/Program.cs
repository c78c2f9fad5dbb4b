// Several users on one set of weights: their texts are written at the same time and share steps through the weights, and each is the text that it
// would be alone.
//   dotnet run -c Release --project samples/ManyUsers -- MODEL [USERS]
using System.Diagnostics;
using System.Globalization;
using DecoupleQ.Generation;
using DecoupleQ.Models;

if (args is not ([_] or [_, _]))
{
    Console.Error.WriteLine("usage: ManyUsers MODEL [USERS]");
    return 2;
}
int users = args is [_, string number] ? int.Parse(number, CultureInfo.InvariantCulture) : 8;
string[] prompts = ["Once upon a time", "The captain looked at the sea and", "It was a dark night, and", "\"I do not know,\" said the old man, \"but"];

// All sequences together may keep this much; a text that would need more fails, and no other.
using var model = LanguageModel.Load(args[0], new() { KeyValueLimit = 1L << 30 });
var generator = new TextGenerator(model);

Stopwatch clock = Stopwatch.StartNew();
GenerationResult[] alone = [.. Enumerable.Range(0, users).Select(user => generator.Generate(Prompt(user), Options(user)))];
TimeSpan oneByOne = clock.Elapsed;

clock.Restart();
GenerationResult[] together = await Task.WhenAll(Enumerable.Range(0, users).Select(Write));
TimeSpan atOnce = clock.Elapsed;

for (int user = 0; user < users; user++)
{
    Console.WriteLine($"user {user}: {Prompt(user)}{together[user].Text.ReplaceLineEndings(" ")}");
}
int same = Enumerable.Range(0, users).Count(user => alone[user].Text == together[user].Text);
int tokens = together.Sum(result => result.Ids.Count);
Console.WriteLine($"{tokens} tokens one user after the other in {oneByOne.TotalSeconds:0.00} s, all at once in {atOnce.TotalSeconds:0.00} s.");
Console.WriteLine($"{same} of {users} texts are the same.");
return same == users ? 0 : 1;

async Task<GenerationResult> Write(int user)
{
    GenerationResult? result = null;
    await foreach (GeneratedToken token in generator.GenerateAsync(Prompt(user), Options(user)))
    {
        result = token.Result;      // of the last token
    }
    return result!;
}

string Prompt(int user) => prompts[user % prompts.Length];

static GenerationOptions Options(int user) => new() { MaxTokens = 48, Temperature = 0.8, TopP = 0.95, Seed = (ulong)user };
