using DecoupleQ.Tokenization;

namespace DecoupleQ.Chat.Tools;

/// <summary>Markers that are special tokens of a vocabulary: the text of an answer does not show them.</summary>
internal static class SilentMarkers
{
    /// <summary>Those of a tokenizer, by id.</summary>
    public static Dictionary<int, string> Of(Tokenizer tokenizer, ToolFormat? format)
    {
        var silent = new Dictionary<int, string>();
        string?[] markers =
        [
            AnswerReader.ReasoningStart, AnswerReader.ReasoningEnd, format?.Calls.Trigger, format?.CallEnd,
            .. format?.ReadsNames == true ? (string[])[CallReader.ArgumentsMarker, CallReader.IdMarker] : [],
        ];
        foreach (string marker in markers.OfType<string>())
        {
            if (tokenizer.IdOf(marker) is int id && tokenizer.Decode([id]).Length == 0)
            {
                silent[id] = marker;
            }
        }
        return silent;
    }
}
