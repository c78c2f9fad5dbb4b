using System.Runtime.InteropServices;
using System.Text.Json;
using DecoupleQ.Models;
using DecoupleQ.Server.Models;
using DecoupleQ.Server.Monitoring;
using DecoupleQ.Server.Protocol;
using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Endpoints;

/// <summary><c>POST /v1/embeddings</c>, of models whose files say how a text becomes one vector.</summary>
/// <param name="choice">Which model answers.</param>
internal sealed class EmbeddingsEndpoint(ModelChoice choice)
{
    private const string Input = "input", Base64 = "base64";
    private const int MostInputs = 2048;

    public async Task HandleAsync(HttpContext context)
    {
        CancellationToken aborted = context.RequestAborted;
        RequestFields fields = await RequestBody.ReadAsync(context).ConfigureAwait(false);
        ServedModel served = choice.For(context, fields);
        PoolingConfig pooling = served.RequirePooling();
        bool base64 = fields.Text("encoding_format") switch
        {
            null or "float" => false,
            Base64 => true,
            string other => throw ApiException.Invalid("encoding_format", $"The value is '{other}'.", "float or base64"),
        };
        if (fields.Whole("dimensions", OptionRange.Whole(1)) is int dimensions && dimensions != served.Model.Width)
        {
            throw ApiException.Unsupported("dimensions", $"Vectors have {served.Model.Width} numbers and are not shortened.");
        }
        fields.Accept("user");
        IReadOnlyList<int>[] texts = [.. Texts(fields, served, aborted)];
        fields.RefuseOthers();
        float[][] vectors = await Task.WhenAll(texts.Select((ids, index) => served.Texts.EmbedAsync(ids, pooling, aborted, index > 0))).ConfigureAwait(false);
        int tokens = texts.Sum(ids => ids.Count);
        RequestRecord.Of(context).AddPrompt(tokens, "");
        await context.Response.WriteAsJsonAsync(
            new EmbeddingList(
                [.. vectors.Select((vector, index) => new EmbeddingEntry(index, base64 ? InBase64(vector) : InNumbers(vector)))], served.Name,
                new EmbeddingUsage(tokens, tokens)),
            ServerJson.Plain.EmbeddingList,
            cancellationToken: aborted).ConfigureAwait(false);
    }

    private static JsonElement InBase64(float[] vector) =>
        JsonSerializer.SerializeToElement(Convert.ToBase64String(MemoryMarshal.AsBytes<float>(vector)), ServerJson.Plain.String);

    private static JsonElement InNumbers(float[] vector) => JsonSerializer.SerializeToElement(vector, ServerJson.Plain.SingleArray);

    private static IEnumerable<IReadOnlyList<int>> Texts(RequestFields fields, ServedModel served, CancellationToken cancellationToken)
    {
        const string Expected = "a text, a list of texts, a list of ids, or a list of such lists";
        JsonElement given = fields.Any(Input) ?? throw fields.Missing(Input);
        JsonElement[] items = given.ValueKind == JsonValueKind.Array ? [.. given.EnumerateArray()] : [given];
        if (items.Length is 0 or > MostInputs)
        {
            throw ApiException.Invalid(Input, $"There are {items.Length} texts.", $"1 to {MostInputs}");
        }
        return items.All(item => item.ValueKind == JsonValueKind.String)
                ? items.Select(item => served.Model.Tokenizer.EncodeWithTemplate(item.GetString()!, cancellationToken))
            : given.ValueKind == JsonValueKind.Array && items.All(item => item.ValueKind == JsonValueKind.Number) ? [Ids(given)]
            : items.All(item => item.ValueKind == JsonValueKind.Array) ? items.Select(Ids)
            : throw fields.WrongType(Input, Expected);

        int[] Ids(JsonElement list) => CommonFields.Ids(list, Input, served);
    }
}
