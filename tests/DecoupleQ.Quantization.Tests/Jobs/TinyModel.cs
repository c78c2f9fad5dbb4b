using System.Text.Json.Nodes;
using DecoupleQ.Checkpoints;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Quantization.Settings;
using DecoupleQ.Quantization.Solver;
using DecoupleQ.Quantization.Tests.Calibration;
using DecoupleQ.Tensors;

namespace DecoupleQ.Quantization.Tests.Jobs;

/// <summary>
/// A random Llama, of two blocks unless said otherwise, in a temporary folder, with calibration windows: jobs on it take a fraction of a second.
/// </summary>
public sealed class TinyModel : IDisposable
{
    public const int Vocabulary = 160, Width = 64, FeedForward = 96, Context = 16, Windows = 6;

    private readonly TemporaryFolder _folder = new();
    private int _outputs;

    public TinyModel()
        : this(tied: false)
    {
    }

    internal TinyModel(
        bool tied,
        Action<Dictionary<string, float[]>>? change = null,
        bool biases = false,
        int blocks = 2,
        Action<JsonObject>? changeConfig = null,
        ElementType type = ElementType.F16,
        Action<List<TensorPayload>>? changeTensors = null)
    {
        Directory.CreateDirectory(Folder);
        Directory.CreateDirectory(_folder["out"]);
        Dictionary<string, (int Rows, int Columns)> shapes = Shapes(tied, biases, blocks);
        var random = new Random(11);
        Dictionary<string, float[]> weights = shapes.ToDictionary(s => s.Key, s => Random(random, s.Value.Rows, s.Value.Columns));
        change?.Invoke(weights);
        List<TensorPayload> tensors =
        [
            .. shapes.Select(
                s => TensorPayload.Floats(s.Key, type, s.Value.Columns == 0 ? [s.Value.Rows] : [s.Value.Rows, s.Value.Columns], weights[s.Key])),
        ];
        changeTensors?.Invoke(tensors);
        SafetensorsWriter.Write(Path.Combine(Folder, "model.safetensors"), tensors);
        JsonObject config = Config(tied, biases, blocks);
        changeConfig?.Invoke(config);
        File.WriteAllText(Path.Combine(Folder, "config.json"), config.ToJsonString());
        File.WriteAllText(Path.Combine(Folder, "LICENSE.txt"), "Anyone may use this model.\n");
        Ids.Write(Calibration, Windows, Context, Vocabulary);
    }

    public string Folder => _folder["model"];

    public string Calibration => _folder["ids.safetensors"];

    /// <summary>Where outputs go; nothing else is in it.</summary>
    public string Outputs => _folder["out"];

    /// <summary>A path that does not exist yet.</summary>
    public string NewOutput() => Path.Combine(Outputs, $"out-{_outputs++}");

    /// <summary>A short job: groups of 32, four windows to calibrate on, two held out, one epoch.</summary>
    public QuantizationOptions Options(string output) => new()
    {
        Model = Folder,
        Output = output,
        Calibration = [Calibration],
        Format = new QuantizationFormat(2, 32),
        Samples = 4,
        HeldOutSamples = 2,
        Threads = 1,
        Minimisation = new() { Epochs = 1, LearningRate = 1e-4 },
    };

    /// <summary>Runs the short job into a new folder, changed by <paramref name="change"/>.</summary>
    public string Run(
        Func<QuantizationOptions, QuantizationOptions>? change = null, Action<JobProgress>? progress = null, CancellationTokenSource? cancellation = null)
    {
        QuantizationOptions options = Options(NewOutput());
        options = change?.Invoke(options) ?? options;
        QuantizationJob.Run(options, progress is null ? null : new Listener(progress), cancellation?.Token ?? TestContext.Current.CancellationToken);
        return options.Output;
    }

    /// <summary>
    /// Runs the short job, changed by <paramref name="change"/>, and cancels it at its report number <paramref name="at"/>; false if it was
    /// done before it took notice.
    /// </summary>
    public bool Cancel(int at, Func<QuantizationOptions, QuantizationOptions> change)
    {
        using var source = new CancellationTokenSource();
        int reports = 0;
        try
        {
            Run(
                change,
                _ =>
                {
                    if (++reports == at)
                    {
                        source.Cancel();
                    }
                },
                source);
            return false;
        }
        catch (OperationCanceledException)
        {
            return true;
        }
    }

    public void Dispose() => _folder.Dispose();

    private static Dictionary<string, (int Rows, int Columns)> Shapes(bool tied, bool biases, int blocks)
    {
        var shapes = new Dictionary<string, (int, int)> { ["model.embed_tokens.weight"] = (Vocabulary, Width), ["model.norm.weight"] = (Width, 0) };
        if (!tied)
        {
            shapes["lm_head.weight"] = (Vocabulary, Width);
        }
        for (int block = 0; block < blocks; block++)
        {
            string prefix = $"model.layers.{block}.";
            shapes[prefix + "input_layernorm.weight"] = shapes[prefix + "post_attention_layernorm.weight"] = (Width, 0);
            shapes[prefix + "self_attn.q_proj.weight"] = shapes[prefix + "self_attn.o_proj.weight"] = (Width, Width);
            shapes[prefix + "self_attn.k_proj.weight"] = shapes[prefix + "self_attn.v_proj.weight"] = (Width / 2, Width);
            shapes[prefix + "mlp.up_proj.weight"] = shapes[prefix + "mlp.gate_proj.weight"] = (FeedForward, Width);
            shapes[prefix + "mlp.down_proj.weight"] = (Width, FeedForward);
        }
        if (biases)
        {
            foreach ((string name, (int rows, _)) in shapes.Where(shape => shape.Key.Contains("_proj")).ToArray())
            {
                shapes[name.Replace(".weight", ".bias")] = (rows, 0);
            }
        }
        return shapes;
    }

    private static JsonObject Config(bool tied, bool biases, int blocks) => new()
    {
        ["model_type"] = "llama",
        ["hidden_size"] = Width,
        ["intermediate_size"] = FeedForward,
        ["num_hidden_layers"] = blocks,
        ["num_attention_heads"] = 4,
        ["num_key_value_heads"] = 2,
        ["vocab_size"] = Vocabulary,
        ["max_position_embeddings"] = 64,
        ["tie_word_embeddings"] = tied,
        ["attention_bias"] = biases,
        ["mlp_bias"] = biases,
    };

    // Norms near one, matrices that keep the size of what they multiply.
    private static float[] Random(Random random, int rows, int columns)
    {
        var values = new float[rows * Math.Max(columns, 1)];
        for (int i = 0; i < values.Length; i++)
        {
            double normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            values[i] = (float)(Half)(columns == 0 ? 1 + (0.1 * normal) : normal / Math.Sqrt(columns));
        }
        return values;
    }

    private sealed class Listener(Action<JobProgress> action) : IProgress<JobProgress>
    {
        public void Report(JobProgress value) => action(value);
    }
}
