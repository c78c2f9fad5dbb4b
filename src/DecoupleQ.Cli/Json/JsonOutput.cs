using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace DecoupleQ.Cli.Json;

/// <summary>Writes a document to standard output.</summary>
internal static class JsonOutput
{
    // The text goes to a terminal or a program, not into a web page: characters stay readable.
    private static readonly JsonSerializerOptions Options =
        new(ToolJson.Default.Options) { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes it a piece at a time.</summary>
    /// <param name="output">Where to.</param>
    /// <param name="document">What.</param>
    /// <param name="type">Its type, one of <see cref="ToolJson"/>.</param>
    public static void Write<T>(TextWriter output, T document, JsonTypeInfo<T> type)
    {
        using (TextStream stream = new(output))
        {
            JsonSerializer.Serialize(stream, document, (JsonTypeInfo<T>)Options.GetTypeInfo(type.Type));
        }
        output.Write('\n');
        output.Flush();
    }
}
