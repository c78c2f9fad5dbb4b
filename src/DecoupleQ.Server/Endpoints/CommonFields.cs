using System.Text.Json;
using DecoupleQ.Server.Models;
using DecoupleQ.Server.Protocol;

namespace DecoupleQ.Server.Endpoints;

/// <summary>Fields that several endpoints have.</summary>
internal static class CommonFields
{
    /// <summary>How many answers may be asked for at once.</summary>
    public static OptionRange<int> Choices { get; } = OptionRange.Whole(1, 128);

    /// <summary>Whether what is written is sent as it comes, and whether the number of tokens comes last.</summary>
    public static (bool Stream, bool Usage) Stream(RequestFields fields)
    {
        const string Name = "stream_options";
        bool stream = fields.Flag("stream") ?? false;
        if (fields.Section(Name) is not RequestFields options)
        {
            return (stream, false);
        }
        if (!stream)
        {
            throw ApiException.Invalid(Name, "Nothing is streamed.", "stream: true beside it");
        }
        bool usage = options.Flag("include_usage") ?? false;
        // Padding against whoever counts bytes on the way.
        options.Accept("include_obfuscation");
        options.RefuseOthers();
        return (stream, usage);
    }

    /// <summary>A list of ids of the model.</summary>
    /// <param name="list">The list.</param>
    /// <param name="field">The field that it stands in.</param>
    /// <param name="served">The model.</param>
    /// <exception cref="ApiException">Something in it is no id.</exception>
    public static int[] Ids(JsonElement list, string field, ServedModel served)
    {
        int most = served.Model.VocabularySize - 1;
        return
        [
            .. list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out int id) && id >= 0 && id <= most
                ? id
                : throw ApiException.Invalid(field, $"{item.GetRawText()} is no id of the model.", $"ids from 0 to {most}")),
        ];
    }

    /// <summary>Knows of fields that change no answer.</summary>
    public static void AcceptHarmless(RequestFields fields) =>
        fields.Accept("user", "metadata", "service_tier", "safety_identifier", "prompt_cache_key", "prompt_cache_retention");
}
