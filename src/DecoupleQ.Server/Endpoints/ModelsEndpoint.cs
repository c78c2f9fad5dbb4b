using DecoupleQ.Server.Models;
using DecoupleQ.Server.Protocol;
using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Endpoints;

/// <summary><c>GET /v1/models</c> and <c>GET /v1/models/NAME</c>.</summary>
internal sealed class ModelsEndpoint(ServedModels models)
{
    public Task ListAsync(HttpContext context) =>
        context.Response.WriteAsJsonAsync(new ModelList([.. models.All.Select(Entry)]), ServerJson.Plain.ModelList, cancellationToken: context.RequestAborted);

    public Task GetAsync(HttpContext context) => context.Response.WriteAsJsonAsync(
        Entry(models.Named(context.Request.RouteValues["name"] as string)), ServerJson.Plain.ModelEntry, cancellationToken: context.RequestAborted);

    private static ModelEntry Entry(ServedModel model) => new(model.Name, model.Created, model.Model.ContextLength);
}
