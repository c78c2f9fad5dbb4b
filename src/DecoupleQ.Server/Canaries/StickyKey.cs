using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using DecoupleQ.Server.Access;
using DecoupleQ.Server.Protocol;
using Microsoft.AspNetCore.Http;

namespace DecoupleQ.Server.Canaries;

/// <summary>Who asks, as far as a request tells, so that the same model answers the same one. It is written nowhere.</summary>
/// <param name="options">The keys that open the server: where there is but one, it tells nobody from anybody.</param>
internal sealed class StickyKey(ServerOptions options)
{
    // From the one who is meant to the place that a request comes from.
    private static readonly string[] Fields = ["safety_identifier", "user", "prompt_cache_key"];

    private readonly bool _keysTellApart = options.ApiKeys.Distinct().Count() > 1;

    /// <summary>The first of: a field of the request that is no empty text, the API key where there are several, the remote address.</summary>
    public string Of(HttpContext context, RequestFields fields)
    {
        foreach (string name in Fields)
        {
            if (fields.Peek(name) is { Length: > 0 } text)
            {
                return text;
            }
        }
        return (_keysTellApart ? ApiKeys.Given(context.Request) : null) ?? Address(context.Connection.RemoteIpAddress);
    }

    /// <summary>
    /// Where a key lies among all, from 0 up to but not 1: the first 53 bits of the SHA-256 of its UTF-8 bytes as a fraction. The same on every machine and
    /// after every start, so that whoever is below a share is below a larger one too.
    /// </summary>
    public static double PlaceOf(string key) =>
        (BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(key))) >> 11) * (1.0 / (1UL << 53));

    private static string Address(IPAddress? address) => (address?.IsIPv4MappedToIPv6 == true ? address.MapToIPv4() : address)?.ToString() ?? "";
}
