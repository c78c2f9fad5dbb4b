using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Server.Models;
using DecoupleQ.Server.Monitoring;
using DecoupleQ.Server.Protocol;
using DecoupleQ.Serving;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace DecoupleQ.Server.Endpoints;

/// <summary><c>GET /health</c>, whether it works, and <c>GET /ready</c>, whether it takes requests: not once it has been told to stop.</summary>
internal sealed class HealthEndpoints(ServedModels models, Watches watches, IHostApplicationLifetime lifetime)
{
    private const string Ok = "ok", Degraded = "degraded", Stopping = "stopping";

    /// <summary>How it is.</summary>
    public string Status => IsStopping ? Stopping : Reason is null ? Ok : Degraded;

    /// <summary>Why it is not as it was set up to be, though it works; null if it is.</summary>
    public string? Reason
    {
        get
        {
            string[] reasons = [.. CanaryReason, .. watches.Degradation.Reasons, .. LogReason];
            return reasons.Length > 0 ? string.Join("; ", reasons) : null;
        }
    }

    private IEnumerable<string> CanaryReason =>
        models.Canary is { Share.Reason: ShareReason reason } canary ? [$"The canary '{canary.Model.Name}' answers no more: {reason.Sentence}"] : [];

    // Where it lies is nobody's business who has no key.
    private IEnumerable<string> LogReason =>
        watches.Log?.Fault is null ? [] : ["The monitor log cannot be written; the server's own log says why"];

    /// <summary>How it is with the canary; null if there is none.</summary>
    public CanaryBody? Canary => models.Canary is not Canary canary ? null
        : new(canary.Model.Name, canary.Share.Now, canary.Share.Reason?.Sentence, canary.Model.Texts.Status.Running, canary.Model.Texts.Status.Waiting);

    public Task HealthAsync(HttpContext context) => WriteAsync(context, StatusCodes.Status200OK);

    public Task ReadyAsync(HttpContext context) =>
        WriteAsync(context, IsStopping ? StatusCodes.Status503ServiceUnavailable : StatusCodes.Status200OK);

    private bool IsStopping => lifetime.ApplicationStopping.IsCancellationRequested;

    private Task WriteAsync(HttpContext context, int status)
    {
        ServiceStatus now = models.Status;
        context.Response.StatusCode = status;
        return context.Response.WriteAsJsonAsync(
            new HealthBody(Status, models.First.Name, now.Running, now.Waiting) { Reason = Reason, Canary = Canary },
            ServerJson.Plain.HealthBody,
            cancellationToken: context.RequestAborted);
    }
}
