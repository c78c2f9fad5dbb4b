using System.Text;

namespace DecoupleQ.Chat.Tools;

/// <summary>What the end of a text is to the markers that may stand there.</summary>
internal enum MarkerMatch
{
    None, Beginning, Whole,
}

/// <summary>Which markers have a meaning where. Of those of a place, none is the beginning of another.</summary>
internal sealed class AnswerMarkers
{
    /// <summary>What begins a call that stands alone.</summary>
    public const string Brace = "{";

    /// <summary>What stands between the calls of a list.</summary>
    public const string ListSeparator = ",";

    /// <summary>What ends a list of calls.</summary>
    public const string ListEnd = "]";

    private readonly string[][] _places = new string[(int)AnswerPlace.Text + 1][];

    /// <param name="format">How calls are written; null if none are read.</param>
    /// <param name="readsReasoning">Whether reasoning is told apart.</param>
    public AnswerMarkers(ToolFormat? format, bool readsReasoning)
    {
        string[] reasoning = readsReasoning ? [AnswerReader.ReasoningStart] : [];
        string[] trigger = format is null ? [] : [format.Calls.Trigger];
        string[] alone = format?.Calls.StandsAlone == true ? [Brace] : [];
        string[] end = format?.CallEnd is string callEnd ? [callEnd] : [];
        string[] separator = format?.Separator is string text ? [text] : [];
        Set(AnswerPlace.Start, [.. reasoning, .. trigger, .. alone]);
        // Some models open the reasoning that the prompt has opened once more.
        Set(AnswerPlace.ReasoningStart, [AnswerReader.ReasoningEnd, .. reasoning]);
        Set(AnswerPlace.Reasoning, [AnswerReader.ReasoningEnd]);
        Set(AnswerPlace.AfterReasoning, [.. trigger, .. alone]);
        Set(AnswerPlace.AfterCall, [.. trigger, .. alone, .. end, .. separator]);
        Set(AnswerPlace.AfterListedCall, [.. trigger, ListSeparator, ListEnd]);
        Set(AnswerPlace.AfterClosing, trigger);
        Set(AnswerPlace.Text, trigger);

        void Set(AnswerPlace place, string[] markers) => _places[(int)place] = markers;
    }

    /// <summary>Whether a marker has a meaning at a place.</summary>
    public bool Has(AnswerPlace place, string marker) => _places[(int)place].Contains(marker);

    /// <summary>Compares a text with the markers of a place.</summary>
    /// <param name="place">The place.</param>
    /// <param name="text">The text, no longer than the longest marker.</param>
    /// <param name="marker">The marker, if it is a whole one.</param>
    public MarkerMatch Match(AnswerPlace place, StringBuilder text, out string? marker)
    {
        marker = null;
        foreach (string candidate in _places[(int)place])
        {
            int same = 0;
            while (same < text.Length && same < candidate.Length && text[same] == candidate[same])
            {
                same++;
            }
            if (same == text.Length)
            {
                marker = same == candidate.Length ? candidate : null;
                return marker is null ? MarkerMatch.Beginning : MarkerMatch.Whole;
            }
        }
        return MarkerMatch.None;
    }
}
