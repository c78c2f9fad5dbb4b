using DecoupleQ.Server.Models;
using DecoupleQ.Server.Protocol;
using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Endpoints;

/// <summary><c>GET /v1/models</c> and <c>GET /v1/models/NAME</c>.</summary>
internal sealed class ModelsEndpoint(ServedModel served)
{
    private ModelEntry Entry => new(served.Name, served.Created, served.Model.ContextLength);

    public Task ListAsync(HttpContext context) =>
        context.Response.WriteAsJsonAsync(new ModelList([Entry]), ServerJson.Plain.ModelList, cancellationToken: context.RequestAborted);

    public Task GetAsync(HttpContext context) => context.Request.RouteValues["name"] as string == served.Name
        ? context.Response.WriteAsJsonAsync(Entry, ServerJson.Plain.ModelEntry, cancellationToken: context.RequestAborted)
        : throw new ApiException(
            StatusCodes.Status404NotFound, $"model: There is no such model here (expected: '{served.Name}').", "model", "model_not_found");
}
