using System.Net;
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
