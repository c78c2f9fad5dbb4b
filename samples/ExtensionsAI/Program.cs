// A conversation with a model that may call a function of this program. Written against Microsoft.Extensions.AI: but for one line, any provider would do.
// An empty line ends it.
//   dotnet run -c Release --project samples/ExtensionsAI -- MODEL [TEMPLATE [must]]
// MODEL is a folder or GGUF file of a model that was trained for conversations; TEMPLATE is a file with another chat template than its own; with "must" each
// question begins with a call, which makes one of any model.
using System.ComponentModel;
using DecoupleQ;
using DecoupleQ.Extensions.AI;
using DecoupleQ.Extensions.AI.Loading;
using Microsoft.Extensions.AI;

if (args is not ([_] or [_, _] or [_, _, "must"]))
{
    Console.Error.WriteLine("usage: ExtensionsAI MODEL [TEMPLATE [must]]");
    return 2;
}
try
{
    using IChatClient client = DecoupleQChatClient.Load(new DecoupleQChatClientOptions { Model = args[0], ChatTemplate = args.ElementAtOrDefault(1) })
        .AsBuilder().UseFunctionInvocation().Build();
    ChatOptions options = new()
    {
        MaxOutputTokens = 200,
        Tools = [AIFunctionFactory.Create(Tide, "tide")],
        ToolMode = args.Length == 3 ? ChatToolMode.RequireAny : ChatToolMode.Auto,
        AllowMultipleToolCalls = false,
        AdditionalProperties = new() { ["strict"] = true },     // arguments that the function has, and no others
    };
    List<ChatMessage> conversation = [];
    while (true)
    {
        Console.Write("> ");
        if (Console.ReadLine() is not { Length: > 0 } question)
        {
            return 0;
        }
        conversation.Add(new ChatMessage(ChatRole.User, question));
        List<ChatResponseUpdate> updates = [];
        await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(conversation, options))
        {
            Console.Write(update.Text);
            updates.Add(update);
        }
        conversation.AddMessages(updates);      // calls and their results, too
        Console.WriteLine();
    }
}
catch (DecoupleQException e)
{
    Console.Error.WriteLine(e.Message);     // names the file, the field or the option, and says what was expected
    return 1;
}

[Description("Tells when the water is high next.")]
static string Tide([Description("The harbour: true for the old one.")] bool old)
{
    Console.WriteLine($"[tide of the {(old ? "old" : "new")} harbour]");
    return old ? "04:10" : "04:35";
}
