using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using DecoupleQ.Pilot.Thresholds;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Storage;

namespace DecoupleQ.Pilot.Results;

/// <summary>What a pilot found: all that its page says, and what is written as JSON beside it.</summary>
public sealed record PilotResult
{
    /// <summary>What <see cref="Format"/> says in every file.</summary>
    public const string FormatName = "decoupleq-pilot-1";

    /// <summary>Of what kind and version the file is.</summary>
    public string Format { get; init; } = FormatName;

    /// <summary>The version of the tool.</summary>
    public required string Tool { get; init; }

    /// <summary>When it ended.</summary>
    public required DateTimeOffset Finished { get; init; }

    /// <summary>How long it took, pauses between resumed runs left out.</summary>
    public required double Seconds { get; init; }

    /// <summary>The dense model.</summary>
    public required PilotModel Model { get; init; }

    /// <summary>The machine.</summary>
    public required PilotMachine Machine { get; init; }

    /// <summary>What was asked.</summary>
    public required PilotQuestion Question { get; init; }

    /// <summary>Whether model, machine and texts make a good pilot.</summary>
    public required IReadOnlyList<Finding> Findings { get; init; }

    /// <summary>The settings, cheapest first, and how each fared on the half of the test that settings are chosen on.</summary>
    public required IReadOnlyList<RungResult> Ladder { get; init; }

    /// <summary>What the settings of the ladder were quantized with; null where none was, and in results of versions that did not say.</summary>
    public QuantizingResult? Quantizing { get; init; }

    /// <summary>The verdict on the chosen setting; null where no threshold was given.</summary>
    public Verdict? Verdict { get; init; }

    /// <summary>The chosen setting, measured on the other half of the test; null where none is left.</summary>
    public ChosenResult? Chosen { get; init; }

    /// <summary>Costs, as <see cref="Costs.CostDocument"/> has them; null where no price was given.</summary>
    public JsonObject? Cost { get; init; }

    /// <summary>The language of the page beside it: <c>en</c> or <c>ja</c>.</summary>
    public string Language { get => field ?? "en"; init; } = "en";

    /// <summary>Reads the result in a file.</summary>
    /// <exception cref="DecoupleQException">The file is none.</exception>
    public static PilotResult Read(string path)
    {
        try
        {
            ReadOnlySpan<byte> bytes = StoredFile.ReadAll(path, FileKind.Json);
            // Some editors put it before what they save.
            bytes = bytes.StartsWith(Encoding.UTF8.Preamble) ? bytes[Encoding.UTF8.Preamble.Length..] : bytes;
            return JsonSerializer.Deserialize(bytes, PilotJson.Default.PilotResult) is { Format: FormatName } result
                ? result
                : throw Unexpected(path, null, "format");
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw Unexpected(path, error, (error as JsonException)?.Path is ['$', '.', .. var field] ? field : null);
        }
    }

    /// <summary>Writes it to a file, whole or not at all.</summary>
    /// <exception cref="DecoupleQException">It cannot be written.</exception>
    public void Write(string path) => new DurableWriter(DurableWriter.Room) { IsAmongOthers = true }.Write(path, ToUtf8());

    /// <summary>As JSON, in UTF-8.</summary>
    public byte[] ToUtf8() => JsonSerializer.SerializeToUtf8Bytes(this, PilotJson.Default.PilotResult);

    /// <summary>As JSON.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, PilotJson.Default.PilotResult);

    private static DecoupleQException Unexpected(string path, Exception? error, string? field) => new(
        error is null ? "It is no result of a pilot." : $"It is no result of a pilot: {JsonFault.Of(error)}",
        path, field, $"pilot.json, which says format {FormatName}", error);
}

/// <summary>A dense model.</summary>
/// <param name="Name">Its folder's or file's name.</param>
/// <param name="Family">Its architecture, such as <c>llama</c>.</param>
/// <param name="Parameters">Weights.</param>
/// <param name="LinearShare">Share of the bytes that lies in the linear layers, which are quantized.</param>
/// <param name="Bytes">Bytes of its tensors as they are stored.</param>
/// <param name="Context">Its longest text, in tokens.</param>
public sealed record PilotModel(string Name, string Family, long Parameters, double LinearShare, long Bytes, int Context);

/// <summary>A machine.</summary>
/// <param name="Processor">What the processor is called.</param>
/// <param name="Cores">Cores that could be used.</param>
/// <param name="Threads">Threads that were.</param>
/// <param name="MemoryBytes">Memory.</param>
/// <param name="Instructions">The instruction set that the kernels took.</param>
/// <param name="System">The operating system.</param>
public sealed record PilotMachine(string Processor, int Cores, int Threads, long MemoryBytes, string Instructions, string System);

/// <summary>What a pilot was asked.</summary>
/// <param name="Calibration">The sources of the calibration: files by name, <c>builtin</c>, <c>self</c>.</param>
/// <param name="Test">The files of the test text.</param>
/// <param name="Windows">Windows of the test, those that were left out not counted.</param>
/// <param name="Context">Tokens of a window.</param>
/// <param name="Thresholds">The thresholds, as options with their limits.</param>
/// <param name="Concurrency">How many requests together speed was measured at.</param>
/// <param name="Overlap">Test text that is in the calibration too.</param>
public sealed record PilotQuestion(
    IReadOnlyList<string> Calibration, IReadOnlyList<string> Test, int Windows, int Context, IReadOnlyList<string> Thresholds, IReadOnlyList<int> Concurrency,
    OverlapResult Overlap)
{
    /// <summary>Windows of the test that are there twice; each counts once.</summary>
    public int RepeatedWindows { get; init; }
}

/// <summary>What the settings of a ladder were quantized with, beside what each of them is.</summary>
/// <param name="Settings">Settings of <c>quantize</c> that the result depends on and that are not the defaults, by name.</param>
/// <param name="Presets">What each preset was then, by name: <see cref="Preset.Digest"/>.</param>
public sealed record QuantizingResult(IReadOnlyDictionary<string, string> Settings, IReadOnlyDictionary<string, string> Presets)
{
    /// <summary>Of options, and the presets that were tried with them.</summary>
    public static QuantizingResult Of(QuantizationOptions options, IEnumerable<Preset> presets) => new(
        QuantizationSettings.All.Where(setting => setting.Group == SettingGroup.Calibration && setting.TextIn(options) != setting.DefaultText)
            .ToDictionary(setting => setting.Name, setting => setting.TextIn(options)),
        presets.ToDictionary(preset => preset.Name, preset => preset.Digest));
}

/// <summary>Test text that also occurs in the calibration; it was left out.</summary>
/// <param name="Windows">Windows of text.</param>
/// <param name="Items">Items of the task.</param>
/// <param name="Share">Share of the whole test that these are.</param>
/// <param name="WasChecked">Whether there was text of the calibration that could be looked at.</param>
public sealed record OverlapResult(int Windows, int Items, double Share, bool WasChecked)
{
    /// <summary>
    /// What of the calibration could not be looked at: <c>self</c>, text that the model wrote; <c>text</c> and <c>ids</c>, files that a packed folder does not
    /// name; <c>unknown</c> where the folder says nothing.
    /// </summary>
    public IReadOnlyList<string> Unchecked { get => field ?? []; init; } = [];

    /// <summary>The share of the calibration's runs of words that were looked for: below 1 where there were more than are held.</summary>
    public double KeptShare { get => field > 0 ? field : 1; init; } = 1;
}

/// <summary>What speaks for a pilot, or against it.</summary>
/// <param name="Code">Which, in kebab case: the page has words for it in each language.</param>
/// <param name="Level">How much it matters.</param>
/// <param name="Values">The numbers behind it, by name.</param>
public sealed record Finding(string Code, FindingLevel Level, IReadOnlyDictionary<string, double> Values)
{
    /// <summary>The words of the error that it is about, as the tool has them; null where the code says all.</summary>
    public string? Detail { get; init; }
}

/// <summary>How much a finding matters.</summary>
public enum FindingLevel
{
    /// <summary>As it should be.</summary>
    Good,

    /// <summary>The pilot says less than it could.</summary>
    Caution,

    /// <summary>It cannot be done so.</summary>
    Obstacle,
}
