// A conversation at the console. Ctrl-C ends an answer, an empty line the conversation.
//   dotnet run -c Release --project samples/ConsoleChat -- MODEL [TEMPLATE]
// MODEL is a folder or GGUF file of a model that was trained for conversations; TEMPLATE is a file with another chat template than its own.
using System.Text;
using DecoupleQ;
using DecoupleQ.Chat;
using DecoupleQ.Generation;
using DecoupleQ.Models;

if (args is not ([_] or [_, _]))
{
    Console.Error.WriteLine("usage: ConsoleChat MODEL [TEMPLATE]");
    return 2;
}
CancellationTokenSource? answering = null;
Console.CancelKeyPress += (_, key) =>
{
    if (answering is { IsCancellationRequested: false } answer)
    {
        answer.Cancel();
        key.Cancel = true;      // the program goes on
    }
};
try
{
    using var model = LanguageModel.Load(args[0]);
    ChatTemplate template = args is [_, string file] ? ChatTemplate.LoadFile(file, args[0]) : ChatTemplate.Load(args[0]);
    using var session = new ChatSession(model, template);
    var options = new GenerationOptions { MaxTokens = 256 };    // samples as the model's authors do
    while (true)
    {
        Console.Write("> ");
        if (Console.ReadLine() is not { Length: > 0 } question)
        {
            return 0;
        }
        var said = new StringBuilder();
        answering = new();
        try
        {
            session.Answer(question, options, Say, answering.Token);
        }
        catch (OperationCanceledException)
        {
            session.Add(question, said.ToString());     // what was said of the answer stays in the conversation
        }
        answering = null;
        Console.WriteLine();

        void Say(string text)
        {
            said.Append(text);
            Console.Write(text);
        }
    }
}
catch (DecoupleQException e)
{
    Console.Error.WriteLine(e.Message);     // names the file and the field, and says what was expected
    return 1;
}
