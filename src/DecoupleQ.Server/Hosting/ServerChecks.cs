using System.Net;
using DecoupleQ.ModelFiles;
using DecoupleQ.Server.Models;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace DecoupleQ.Server.Hosting;

/// <summary>Refuses settings with which nothing, or too much, would be served.</summary>
internal static class ServerChecks
{
    private static readonly OptionRange<int> Port = OptionRange.Whole(0, IPEndPoint.MaxPort);
    private static readonly OptionRange<int> MaxTokens = OptionRange.Whole(1);
    private static readonly OptionRange<long> MaxBody = new("a whole number, at least 1024", value => value >= 1024);
    private static readonly OptionRange<TimeSpan> Time =
        new("more than nothing, at most a day", value => value > TimeSpan.Zero && value <= TimeSpan.FromDays(1));

    /// <exception cref="DecoupleQException">A setting is out of its range, or two do not go together.</exception>
    public static void Check(ServerOptions options)
    {
        Port.Require(options.Port, "port");
        MaxTokens.Require(options.MaxTokens, "max-tokens");
        MaxBody.Require(options.MaxBodyBytes, "max-body");
        Time.Require(options.MaxTime, "max-time");
        Time.Require(options.WriteTimeout, "write-timeout");
        Time.Require(options.ShutdownTimeout, "shutdown-timeout");
        CheckNames(options);
        CheckWatches(options);
        CheckTogether(options);
        if (options.ApiKeys.Any(string.IsNullOrWhiteSpace))
        {
            throw new DecoupleQException("A key is empty.", field: "api-key", expected: "keys that nobody guesses");
        }
        if (!IPAddress.IsLoopback(options.Address) && options.ApiKeys.Count == 0 && !options.NoAuthentication)
        {
            throw new DecoupleQException(
                $"At {options.Address} others than this machine could use the server, and no key is asked for.", field: "host",
                expected: "a key (--api-key-file), --no-auth to serve everybody, or the address 127.0.0.1");
        }
        foreach (string origin in options.CorsOrigins)
        {
            if (!Uri.TryCreate(origin, UriKind.Absolute, out Uri? uri) || uri.Scheme is not ("http" or "https")
                || uri.GetLeftPart(UriPartial.Authority) != origin)
            {
                throw new DecoupleQException($"'{origin}' is no origin.", field: "cors-origin", expected: "scheme, name and port, as https://app.example.com");
            }
        }
    }

    // An option that would do nothing, as another is missing or says it already, is refused.
    private static void CheckTogether(ServerOptions options)
    {
        if (options.CertificateKey is string key && options.Certificate is null)
        {
            throw new DecoupleQException("There is no certificate that it could be of.", key, "certificate-key", "--certificate beside it");
        }
        if (options.OpenMonitoring && options.ApiKeys.Count == 0)
        {
            throw new DecoupleQException(
                "No key is asked for, so that the page and the metrics are open already.", field: "open-monitoring", expected: "--api-key-file beside it");
        }
        if (options.NoAuthentication && options.ApiKeys.Count > 0)
        {
            throw new DecoupleQException("It serves without a key, and there are keys.", field: "no-auth", expected: "one of --no-auth and --api-key-file");
        }
    }

    private static void CheckWatches(ServerOptions options)
    {
        options.MonitorLog?.Checked();
        options.Drift.Checked();
        OptionRange.Share.Require(options.ShadowRate, "shadow-rate");
        if (options.Canary is CanaryOptions canary)
        {
            if (options.ShadowModel is not null)
            {
                throw new DecoupleQException(
                    "A canary's answers are replayed on the first model.", options.ShadowModel, "shadow-model", "no such model beside a canary");
            }
            if (canary.MinAgreement is double least)
            {
                OptionRange.Share.Require(least, "min-agreement");
                if (options.ShadowRate == 0)
                {
                    throw new DecoupleQException(
                        "Agreement is measured on answers that are replayed, and none are.", field: "min-agreement", expected: "--shadow-rate beside it");
                }
            }
        }
        else if (options.ShadowModel is null != (options.ShadowRate == 0))
        {
            throw new DecoupleQException(
                "The share of answers to replay and the model to replay them on belong together.",
                field: options.ShadowModel is null ? "shadow-rate" : "shadow-model", expected: "both, or neither");
        }
    }

    // Before anything is loaded, which may take its time.
    private static void CheckNames(ServerOptions options)
    {
        const string AName = "a name, or nothing for that of the model's folder or file";
        if (options.Name is { } own && string.IsNullOrWhiteSpace(own))
        {
            throw new DecoupleQException("The name is empty.", field: "name", expected: AName);
        }
        if (options.Canary is not CanaryOptions canary)
        {
            return;
        }
        OptionRange.Share.Require(canary.Share, "share");
        if (canary.Name is { } other && string.IsNullOrWhiteSpace(other))
        {
            throw new DecoupleQException("The name is empty.", field: "canary-name", expected: AName);
        }
        if (ModelPath.AreSame(options.Model, canary.Model))
        {
            throw new DecoupleQException("It is the model that it stands beside.", canary.Model, "canary", "another model");
        }
        if (ServedModels.NameOf(options) == ServedModels.NameOf(canary))
        {
            throw new DecoupleQException(
                $"Both models would go by the name '{ServedModels.NameOf(canary)}'.", canary.Model, "canary-name", "two names (--name, --canary-name)");
        }
    }

    /// <summary>The certificate in a file.</summary>
    /// <exception cref="DecoupleQException">There is none, or it does not go with its key.</exception>
    public static X509Certificate2 Certificate(string file, string? key)
    {
        try
        {
            return X509Certificate2.CreateFromPemFile(file, key ?? file);
        }
        catch (Exception error) when (error is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new DecoupleQException(
                $"The certificate cannot be used: {error.Message}", file, "certificate", "a certificate and its key, in PEM", inner: error);
        }
    }
}
