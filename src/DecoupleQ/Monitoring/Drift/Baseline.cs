using System.Text.Json;
using System.Text.Json.Serialization;
using DecoupleQ.Monitoring.Entries;
using DecoupleQ.Storage;

namespace DecoupleQ.Monitoring.Drift;

/// <summary>
/// What a model's answers are like while all is well: of each route the values of every signal, and how probable the model finds a few texts. A file of it is
/// what a stream is later compared with.
/// </summary>
public sealed class Baseline
{
    /// <summary>The fewest answers to a route: of fewer, a window differs by chance or not at all.</summary>
    public const int FewestAnswers = 200;

    private const string FormatName = "decoupleq-baseline";
    private const int FormatVersion = 1;

    private Baseline(string model, DateTimeOffset made, IReadOnlyDictionary<string, BaselineRoute> routes, IReadOnlyList<ReferenceText> texts) =>
        (Model, Made, Routes, Texts) = (model, made, routes, texts);

    /// <summary>The name of the model that was watched.</summary>
    public string Model { get; }

    /// <summary>When.</summary>
    public DateTimeOffset Made { get; }

    /// <summary>What was asked for, and how it was answered; routes with too few answers are not among them.</summary>
    public IReadOnlyDictionary<string, BaselineRoute> Routes { get; }

    /// <summary>Texts whose probability tells whether a model is still the same.</summary>
    public IReadOnlyList<ReferenceText> Texts { get; }

    /// <summary>Makes one of answers.</summary>
    /// <param name="model">The model's name.</param>
    /// <param name="answers">Its answers; of several to one request the first counts.</param>
    /// <param name="texts">Texts that it has scored.</param>
    /// <param name="without">Signals that are left out, as the answers say nothing of them; null for none.</param>
    /// <exception cref="DecoupleQException">No route has enough answers.</exception>
    public static Baseline Of(
        string model, IEnumerable<AnswerEntry> answers, IReadOnlyList<ReferenceText> texts, IReadOnlyList<string>? without = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(answers);
        ArgumentNullException.ThrowIfNull(texts);
        var byRoute = answers.Where(answer => answer.Choice == 0).GroupBy(answer => answer.Route)
            .ToDictionary(route => route.Key, route => BaselineRoute.Of([.. route], without ?? []));
        var routes = byRoute.Where(route => route.Value.Answers >= FewestAnswers).ToDictionary();
        return routes.Count > 0 ? new Baseline(model, DateTimeOffset.UtcNow, routes, texts) : throw new DecoupleQException(
            $"There are {(byRoute.Count == 0 ? 0 : byRoute.Values.Max(route => route.Answers))} answers to a route.", field: "requests",
            expected: $"at least {FewestAnswers}, of the kinds that the service gets");
    }

    /// <summary>Reads a file that <see cref="Write"/> has written.</summary>
    /// <exception cref="DecoupleQException">It cannot be read, is no baseline, or is of another version.</exception>
    public static Baseline Read(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        BaselineFile file;
        try
        {
            using Stream stream = TextFile.Open(path);
            file = JsonSerializer.Deserialize(stream, BaselineJson.Default.BaselineFile) ?? throw new JsonException("it is null");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new DecoupleQException(
                $"This is no baseline: {JsonFault.Of(error)}", path, expected: "a file that decoupleq baseline has written", inner: error);
        }
        if (file.Format != FormatName || file.Version != FormatVersion)
        {
            throw new DecoupleQException(
                $"It says format {file.Format}, version {file.Version}.", path, "format", $"{FormatName}, version {FormatVersion}; make it anew");
        }
        foreach ((string name, BaselineRoute route) in file.Routes)
        {
            if ((route is null ? "it is null" : route.Fault()) is string fault)
            {
                throw new DecoupleQException($"Route {name}: {fault}", path, "routes", "what decoupleq baseline has written; make it anew");
            }
        }
        if (file.Routes.Count == 0)
        {
            throw new DecoupleQException("There is no route.", path, "routes", "what decoupleq baseline has written; make it anew");
        }
        if (file.Texts.Count == 0 || file.Texts.Any(text => text is null || !text.IsWhole))
        {
            throw new DecoupleQException(
                "There is no text, or one and its log-probabilities do not belong together.", path, "texts",
                "what decoupleq baseline has written; make it anew");
        }
        return new Baseline(file.Model, file.Made, file.Routes, file.Texts);
    }

    /// <summary>Writes it, whole or not at all.</summary>
    /// <exception cref="DecoupleQException">The file cannot be written.</exception>
    public void Write(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        var file = new BaselineFile(FormatName, FormatVersion, Model, Made, Routes, Texts);
        new DurableWriter(DurableWriter.Room) { IsAmongOthers = true }.Write(
            path, stream => JsonSerializer.Serialize(stream, file, BaselineJson.Default.BaselineFile));
    }
}

/// <summary>The values of every signal of the answers to one route.</summary>
public sealed class BaselineRoute
{
    private readonly Dictionary<string, double[]> _sorted = [];

    /// <summary>One of values, in any order.</summary>
    [JsonConstructor]
    public BaselineRoute(IReadOnlyDictionary<string, double[]> signals)
    {
        ArgumentNullException.ThrowIfNull(signals);
        Signals = signals;
        foreach ((string name, double[] values) in signals)
        {
            _sorted[name] = [.. (values ?? []).Order()];
        }
    }

    /// <summary>The values by the signal's name, one an answer.</summary>
    public IReadOnlyDictionary<string, double[]> Signals { get; }

    /// <summary>How many answers there are.</summary>
    [JsonIgnore]
    public int Answers => Signals.Count == 0 ? 0 : Signals.Values.First().Length;

    /// <summary>The values of a signal, ascending; none if it is left out.</summary>
    internal double[] Sorted(string signal) => _sorted.GetValueOrDefault(signal) ?? [];

    /// <summary>That of some answers.</summary>
    internal static BaselineRoute Of(IReadOnlyList<AnswerEntry> answers, IReadOnlyList<string> without) => new(
        DriftSignal.All.Where(signal => !without.Contains(signal.Name)).ToDictionary(
            signal => signal.Name, signal => answers.Select(signal.Of).Order().ToArray()));

    /// <summary>What is wrong with one that was read; null if nothing is.</summary>
    internal string? Fault() =>
        Signals.Keys.Except(DriftSignal.All.Select(signal => signal.Name)).FirstOrDefault() is string unknown
            ? $"there is no signal {unknown} (there are {string.Join(", ", DriftSignal.All.Select(signal => signal.Name))})"
        : Signals.Count == 0 || Signals.Values.Any(values => values is null || values.Any(value => !double.IsFinite(value)))
            ? "it has no signals, or values that are no numbers"
        : Signals.Values.Any(values => values.Length != Answers || values.Length < Baseline.FewestAnswers)
            ? $"a signal has another number of values than the others, or fewer than {Baseline.FewestAnswers}"
        : null;
}

/// <summary>A text, and how probable a model finds each of its ids.</summary>
/// <param name="Ids">The text, at least two ids.</param>
/// <param name="LogProbabilities">Of each id but the first.</param>
public sealed record ReferenceText(IReadOnlyList<int> Ids, IReadOnlyList<double> LogProbabilities)
{
    [JsonIgnore]
    internal bool IsWhole => Ids.Count > 1 && LogProbabilities.Count == Ids.Count - 1 && LogProbabilities.All(double.IsFinite);
}

/// <summary>The file of a <see cref="Baseline"/>.</summary>
internal sealed record BaselineFile(
    string Format, int Version, string Model, DateTimeOffset Made, IReadOnlyDictionary<string, BaselineRoute> Routes, IReadOnlyList<ReferenceText> Texts);

/// <summary>Its JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    RespectRequiredConstructorParameters = true, RespectNullableAnnotations = true)]
[JsonSerializable(typeof(BaselineFile))]
internal sealed partial class BaselineJson : JsonSerializerContext;
