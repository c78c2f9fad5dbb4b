using System.Reflection;
using System.Text.Json;
using DecoupleQ.Pilot.Results;

namespace DecoupleQ.Pilot.Guidelines;

/// <summary>A case of docs/guideline.md on text, in short: the tool has them with it, so that a pilot can be held against what others have found.</summary>
/// <param name="Family">The architecture.</param>
/// <param name="Parameters">Weights.</param>
/// <param name="Model">The model's name.</param>
/// <param name="Limits">The limits.</param>
/// <param name="Holding">The fewest bits that hold; null where none is shown to.</param>
public sealed record KnownCase(string Family, long Parameters, string Model, IReadOnlyList<string> Limits, int? Holding)
{
    private const string Resource = "known-cases.json";

    private static readonly Lazy<IReadOnlyList<KnownCase>> Known = new(Read);

    /// <summary>All of them, at least one.</summary>
    public static IReadOnlyList<KnownCase> All => Known.Value;

    /// <summary>Those of a guideline that have limits and are on text.</summary>
    public static IReadOnlyList<KnownCase> Of(Guideline guideline)
    {
        ArgumentNullException.ThrowIfNull(guideline);
        return
        [
            .. guideline.Cases.Where(item => item.Task.Metric is null && item.Limits.Count > 0)
                .Select(item => new KnownCase(item.Family, item.Parameters, item.Model, item.Limits, item.Holding)),
        ];
    }

    /// <summary>As the file has them.</summary>
    internal static string ToJson(IReadOnlyList<KnownCase> cases) => JsonSerializer.Serialize(cases, PilotJson.Default.IReadOnlyListKnownCase);

    private static IReadOnlyList<KnownCase> Read()
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Resource)!;
        return JsonSerializer.Deserialize(stream, PilotJson.Default.IReadOnlyListKnownCase)!;
    }
}
