using System.Globalization;
using System.Text;
using DecoupleQ.Tests.Fuzzing;

namespace DecoupleQ.Server.Tests.Fuzzing;

/// <summary>Damages what stands before the body: methods, paths, versions, fields, lengths.</summary>
internal static class HeadDamage
{
    private static readonly string[] Methods =
        ["GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH", "TRACE", "CONNECT", "PRI", "post", "P\u00D6ST", "", "A B", new('M', 5000)];

    private static readonly string[] Paths =
    [
        "/", "/health", "/ready", "/metrics", "/page/status", "/page/app.js", "/page/../../etc/passwd", "/v1/models", "/v1/models/a", "/v1/models/%2e%2e/a",
        "/v1/models/%00", "/v1/models/%ff", "/v1/chat/completions/", "/V1/CHAT/COMPLETIONS", "//v1/completions", "/v1/completions?a=b&a", "/v1/completions#a",
        "/v1/%63ompletions", "/v1/completions%20", "*", "http://localhost/v1/completions", "http://other/v1/completions", "http://[::1", "localhost:80",
        "/etc/passwd", "/\\..\\..", "/%", "/%zz", "/a b", "/?", "", "/\u00E9", "/" + new string('a', 9000), "/v1/models/" + new string('%', 500),
    ];

    private static readonly string[] Versions = ["HTTP/1.1", "HTTP/1.0", "HTTP/0.9", "HTTP/2.0", "HTTP/1.2", "http/1.1", "", "HTTP/11", "HTTP/1.1 "];

    private static readonly string[] Types =
    [
        "application/json", "application/json; charset=utf-8", "application/json; charset=utf-16", "application/json; charset=nothing",
        "APPLICATION/JSON",
        "text/plain", "text/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=a", "application/json/json", "", ";", "\"",
        "application/*",
        new('t', 3000),
    ];

    private static readonly string[] Fields =
    [
        "Host: other.example.com", "Host: ", "Host: localhost:99999", "Host: local host", "Origin: https://evil.example.com", "Origin: null", "Origin: ",
        "Authorization: Bearer a", "Authorization: Basic !", "Authorization: ", "Expect: 100-continue", "Expect: everything", "Connection: Upgrade",
        "Upgrade: websocket", "Upgrade: h2c", "Transfer-Encoding: chunked", "Transfer-Encoding: gzip", "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: identity", "Content-Length: 0", "Content-Length: 5", "Content-Length: -1", "Content-Length: 99999999999999999999",
        "Content-Length: 1073741824", "Content-Length: 0x10", "Content-Encoding: gzip", "Accept: image/png", "Accept-Encoding: br", "Range: bytes=0-5",
        "If-None-Match: *", "Cookie: a=b", "X-Forwarded-For: 10.0.0.1", "X-Forwarded-Proto: https", "Keep-Alive: timeout=100000", "TE: trailers",
        "Trailer: Host", "Last-Event-ID: 5", ": empty", "No-Colon", "A: b\rC: d", " Folded: a", "A\0: b", "A: \0", "\u00C4: \u00E4", "Proxy-Connection: close",
        "Access-Control-Request-Method: POST", "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA", "Content-Type: text/plain",
    ];

    /// <summary>A request whose head is not as it should be.</summary>
    /// <param name="path">Where it would go to.</param>
    /// <param name="body">Its body.</param>
    /// <param name="random">What is done to it.</param>
    public static byte[] Of(string path, byte[] body, Random random)
    {
        string method = "POST", version = "HTTP/1.1", type = "application/json", host = "Host: localhost\r\n";
        string framing = string.Create(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n");
        var more = new StringBuilder();
        for (int change = random.Next(1, 3); change > 0; change--)
        {
            switch (random.Next(9))
            {
                case 0:
                    method = Any(Methods, random);
                    break;
                case 1:
                    path = Any(Paths, random);
                    break;
                case 2:
                    version = Any(Versions, random);
                    break;
                case 3:
                    type = Any(Types, random);
                    break;
                case 4:
                    host = random.Next(2) == 0 ? "" : host + host;
                    break;
                case 5:
                    (framing, body) = Chunked(body, random);
                    break;
                case 6:
                    framing = string.Create(CultureInfo.InvariantCulture, $"Content-Length: {Math.Max(0, body.Length + random.Next(-20, 20))}\r\n");
                    break;
                default:
                    more.Append(Any(Fields, random)).Append("\r\n");
                    break;
            }
        }
        if (random.Next(20) == 0)
        {
            more.Insert(0, random.Next(2) == 0 ? "X-A: b\r\n" : $"X-A: {new string('b', 2000)}\r\n", random.Next(1, 200));
        }
        string connection = random.Next(4) == 0 ? "" : "Connection: close\r\n";
        string head = $"{method} {path} {version}\r\n{host}{(type.Length == 0 ? "" : $"Content-Type: {type}\r\n")}{framing}{connection}{more}\r\n";
        byte[] bytes = Encoding.UTF8.GetBytes(head);
        return [.. random.Next(3) == 0 ? Mutation.Of(bytes, random) : bytes, .. body];
    }

    private static string Any(string[] values, Random random) => values[random.Next(values.Length)];

    // In pieces, as they should be or with lengths that are wrong.
    private static (string Framing, byte[] Body) Chunked(byte[] body, Random random)
    {
        var chunks = new List<byte>();
        for (int at = 0; at < body.Length;)
        {
            int length = Math.Min(random.Next(1, 200), body.Length - at);
            int said = random.Next(30) == 0 ? length + random.Next(-1, 2) : length;
            string extension = random.Next(20) == 0 ? ";a=b" : "";
            chunks.AddRange(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{said:x}{extension}\r\n")));
            chunks.AddRange(body.AsSpan(at, length));
            chunks.AddRange("\r\n"u8);
            at += length;
        }
        string[] ends = ["0\r\n\r\n", "0\r\nHost: other\r\n\r\n", "", "-1\r\n\r\n", "ffffffffffffffffff\r\n", "0\r\n\r\nGET / HTTP/1.1\r\n\r\n"];
        chunks.AddRange(Encoding.ASCII.GetBytes(random.Next(2) == 0 ? ends[0] : Any(ends, random)));
        return ("Transfer-Encoding: chunked\r\n", [.. chunks]);
    }
}
