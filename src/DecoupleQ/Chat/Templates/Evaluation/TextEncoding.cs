using System.Text;
using DecoupleQ.Chat.Templates.Values;

namespace DecoupleQ.Chat.Templates.Evaluation;

/// <summary>Texts as bytes and back: <c>encode</c> of texts, <c>decode</c> and <c>hex</c> of bytes.</summary>
internal static class TextEncoding
{
    /// <summary><c>text.encode(encoding='utf-8', errors='strict')</c></summary>
    public static Value Encode(TemplateRun run, TextValue text, Arguments arguments)
    {
        run.Spend(4L * text.Text.Length);
        run.Make(64 + 4L * text.Text.Length);
        try
        {
            return new BytesValue(EncodingOf(run, arguments.Bind(run, 0, "encoding", "errors")).GetBytes(text.Text), text.HasGiven);
        }
        catch (EncoderFallbackException)
        {
            throw run.Fail("The text has a character that the encoding lacks.", "UTF-8, or errors='ignore' or 'replace'");
        }
    }

    /// <summary>Calls a method of bytes.</summary>
    public static Value Call(TemplateRun run, BytesValue bytes, string method, Arguments arguments)
    {
        run.Spend(4L * bytes.Bytes.Length);
        run.Make(64 + 4L * bytes.Bytes.Length);
        if (method == "hex")
        {
            arguments.None(run);
            return Text(Convert.ToHexStringLower(bytes.Bytes), bytes.IsGiven);
        }
        try
        {
            return Text(EncodingOf(run, arguments.Bind(run, 0, "encoding", "errors")).GetString(bytes.Bytes), bytes.IsGiven);
        }
        catch (DecoderFallbackException)
        {
            throw run.Fail("The bytes are no text in the encoding.", "the encoding that they were made in");
        }
    }

    private static TextValue Text(string text, bool isGiven) => isGiven ? TextValue.OfGiven(text) : TextValue.Of(text);

    private static Encoding EncodingOf(TemplateRun run, Value?[] given)
    {
        string name = given[0] is Value value ? Conversions.RequireText(run, value, "The encoding").Text.ToLowerInvariant().Replace('_', '-') : "utf-8";
        string errors = given[1] is Value way ? Conversions.RequireText(run, way, "The argument errors").Text : "strict";
        int codePage = name switch
        {
            "utf-8" or "utf8" => 65001,
            "ascii" or "us-ascii" => 20127,
            "latin-1" or "latin1" or "iso-8859-1" => 28591,
            "utf-16-le" => 1200,
            "utf-16-be" => 1201,
            _ => throw run.Fail($"The encoding '{name}' is not supported.", "utf-8, ascii, latin-1, utf-16-le or utf-16-be"),
        };
        (EncoderFallback encoder, DecoderFallback decoder) = errors switch
        {
            "strict" => (EncoderFallback.ExceptionFallback, DecoderFallback.ExceptionFallback),
            "ignore" => (new EncoderReplacementFallback(""), new DecoderReplacementFallback("")),
            "replace" => (new EncoderReplacementFallback("?"), (DecoderFallback)new DecoderReplacementFallback("\uFFFD")),
            _ => throw run.Fail($"The way '{errors}' to treat errors is not supported.", "strict, ignore or replace"),
        };
        return Encoding.GetEncoding(codePage, encoder, decoder);
    }
}
