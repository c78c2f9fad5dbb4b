// A web application with a model in it: POST /chat streams an answer as server-sent events. Many may ask at once: they share steps through the weights.
//   dotnet run -c Release --project samples/AspNetCore -- --DecoupleQ:Model MODEL [--DecoupleQ:ChatTemplate TEMPLATE] [--urls http://127.0.0.1:5000]
//   curl -N http://127.0.0.1:5000/chat -H "Content-Type: application/json" -d '{"question": "Who are you?"}'
// The settings may as well stand in appsettings.json, or in environment variables (DecoupleQ__Model).
using System.Runtime.CompilerServices;
using DecoupleQ.Serving;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
builder.Services
    .AddDecoupleQChatClient(options => builder.Configuration.GetSection("DecoupleQ").Bind(options))
    .UseOpenTelemetry()     // activities and measurements for whoever exports them
    .UseLogging();
WebApplication app = builder.Build();
app.MapPost("/chat", (Question question, IChatClient client, CancellationToken left) => TypedResults.ServerSentEvents(Answer(client, question.Text, left)));
app.MapGet("/status", (IChatClient client) => client.GetRequiredService<TextService>().Status);
try
{
    // Settings are looked at before anybody can ask, and the model is loaded before the first one waits for it.
    await app.StartAsync();
    app.Services.GetRequiredService<IChatClient>();
}
catch (OptionsValidationException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
await app.WaitForShutdownAsync();
return 0;

// Whoever leaves frees the place of the answer at once.
static async IAsyncEnumerable<string> Answer(IChatClient client, string question, [EnumeratorCancellation] CancellationToken left)
{
    await foreach (ChatResponseUpdate update in client.GetStreamingResponseAsync(question, new ChatOptions { MaxOutputTokens = 256 }, left))
    {
        if (update.Text.Length > 0)
        {
            yield return update.Text;
        }
    }
}

internal sealed record Question([property: System.Text.Json.Serialization.JsonPropertyName("question")] string Text);
