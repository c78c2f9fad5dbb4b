using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace DecoupleQ.Chat.Tools;

/// <summary>
/// How a model writes calls: <see cref="Before"/>, a call, <see cref="Between"/>, a call, and so on, <see cref="After"/>; and a call as
/// <see cref="Opening"/> of its name, the JSON text of its arguments, <see cref="Closing"/>.
/// </summary>
/// <remarks>This is the spelling that models are trained on. <see cref="AnswerReader"/> reads it, and other spellings of the same too.</remarks>
public sealed record CallSyntax
{
    private readonly string _beforeName;
    private readonly string _afterName;

    internal CallSyntax(string beforeName, string afterName) => (_beforeName, _afterName) = (beforeName, afterName);

    /// <summary>What calls follow wherever it stands in an answer, be it after text.</summary>
    public required string Trigger { get; init; }

    /// <summary>
    /// Whether a call that begins the answer needs no <see cref="Trigger"/>: it is then told from text by its own beginning, and <see cref="Before"/> is empty.
    /// </summary>
    public bool StandsAlone { get; init; }

    /// <summary>
    /// Parts of these texts (<see cref="Trigger"/> among them) that are one token each where the vocabulary has a token of that text, else spelled out.
    /// </summary>
    public required IReadOnlyList<string> Markers { get; init; }

    /// <summary>What is written before the first call: it begins with <see cref="Trigger"/>, unless calls stand alone.</summary>
    public required string Before { get; init; }

    /// <summary>What is written between two calls.</summary>
    public required string Between { get; init; }

    /// <summary>What is written after the last call.</summary>
    public required string After { get; init; }

    /// <summary>What is written of a call before its arguments.</summary>
    /// <param name="name">The tool.</param>
    public string Opening(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _beforeName + JsonEncodedText.Encode(name, JavaScriptEncoder.UnsafeRelaxedJsonEscaping) + _afterName;
    }

    /// <summary>What is written of a call after its arguments.</summary>
    public required string Closing { get; init; }

    /// <summary>The text of an answer that consists of calls.</summary>
    /// <param name="calls">Each call's tool, and the JSON text of its arguments; at least one.</param>
    public string Write(IReadOnlyList<(string Name, string Arguments)> calls)
    {
        ArgumentNullException.ThrowIfNull(calls);
        ArgumentOutOfRangeException.ThrowIfZero(calls.Count, nameof(calls));
        var text = new StringBuilder(Before);
        for (int i = 0; i < calls.Count; i++)
        {
            text.Append(i > 0 ? Between : "").Append(Opening(calls[i].Name)).Append(calls[i].Arguments).Append(Closing);
        }
        return text.Append(After).ToString();
    }
}
