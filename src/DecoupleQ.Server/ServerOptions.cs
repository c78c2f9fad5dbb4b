using System.Net;
using DecoupleQ.Models;
using DecoupleQ.Monitoring.Drift;
using DecoupleQ.Monitoring.Logs;
using DecoupleQ.Serving;

namespace DecoupleQ.Server;

/// <summary>What is served, to whom, and how much of it.</summary>
public sealed record ServerOptions
{
    /// <summary>The model: a folder, dense or packed, or a GGUF file.</summary>
    public required string Model { get; init; }

    /// <summary>The name that requests call it by; null for that of its folder or file.</summary>
    public string? Name { get; init; }

    /// <summary>
    /// A second model that answers some of the requests; null for none. <see cref="ChatTemplate"/>, <see cref="ToolTemplate"/> and <see cref="Loading"/> are
    /// for both. Each has places and a queue of its own (<see cref="Limits"/>); memory for keys and values, and of it for prompts that are kept, is for both
    /// together, half for each.
    /// </summary>
    public CanaryOptions? Canary { get; init; }

    /// <summary>A chat template of its own, for a model that has none or is to have another; null for the model's.</summary>
    public string? ChatTemplate { get; init; }

    /// <summary>A template for conversations with tools, where the chat template does not show them; null for the model's.</summary>
    public string? ToolTemplate { get; init; }

    /// <summary>How the model is loaded. Without a limit of keys and values, a quarter of the memory that there is.</summary>
    public LanguageModelOptions Loading { get; init; } = new();

    /// <summary>How many texts are written at a time, and how many requests wait.</summary>
    public ServiceLimits Limits { get; init; } = new();

    /// <summary>The address to listen at. Default: this machine alone.</summary>
    public IPAddress Address { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0 for any that is free. Default 8080.</summary>
    public int Port { get; init; } = 8080;

    /// <summary>Keys, one of which a request has to bring as <c>Authorization: Bearer KEY</c>; empty for none.</summary>
    public IReadOnlyList<string> ApiKeys { get; init; } = [];

    /// <summary>Whether others than this machine are served without a key.</summary>
    public bool NoAuthentication { get; init; }

    /// <summary>Whether the page and the metrics need no key.</summary>
    public bool OpenMonitoring { get; init; }

    /// <summary>
    /// Names that requests may call the server by (<c>Host</c>), beside its address and those of this machine; <c>*</c> for any. Where a key is needed and
    /// none is named, any: without the key a page that had this machine's name taken over would get nowhere.
    /// </summary>
    public IReadOnlyList<string> AllowedHosts { get; init; } = [];

    /// <summary>Origins whose pages may use the server, as <c>https://app.example.com</c>; its own page may.</summary>
    public IReadOnlyList<string> CorsOrigins { get; init; } = [];

    /// <summary>A certificate in PEM, for TLS; null for none. ASP.NET Core's own settings (<c>Kestrel__Certificates__Default__Path</c>) do as well.</summary>
    public string? Certificate { get; init; }

    /// <summary>The certificate's key in PEM; null if it is in the same file.</summary>
    public string? CertificateKey { get; init; }

    /// <summary>The most bytes of a request's body. Default 16 MiB.</summary>
    public long MaxBodyBytes { get; init; } = 16 << 20;

    /// <summary>The most tokens of an answer, which a request that names no number gets too; the context limits it as well. Default 4096.</summary>
    public int MaxTokens { get; init; } = 4096;

    /// <summary>The longest that a request may take, waiting included. Default 10 minutes.</summary>
    public TimeSpan MaxTime { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>How long a client may take nothing of what it is sent before it is dropped. Default 10 seconds.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a client may take for the head of a request. 15 seconds but in tests.</summary>
    internal TimeSpan HeadTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long what runs may take to end once the server is told to stop. Default 30 seconds.</summary>
    public TimeSpan ShutdownTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Where <c>decoupleq.monitor.jsonl</c> is written; null for nowhere.</summary>
    public MonitorLogOptions? MonitorLog { get; init; }

    /// <summary>A file of <see cref="DecoupleQ.Monitoring.Drift.Baseline"/> that answers are compared with; null for none.</summary>
    public string? Baseline { get; init; }

    /// <summary>How they are compared.</summary>
    public DriftOptions Drift { get; init; } = new();

    /// <summary>
    /// A model that some answers are replayed on in idle time, usually the one that the served one was quantized from; null for none. A canary's are replayed
    /// on the first model instead.
    /// </summary>
    public string? ShadowModel { get; init; }

    /// <summary>The share of requests whose answers are replayed, from 0, for none, to 1.</summary>
    public double ShadowRate { get; init; }

    /// <summary>Whether prompts and answers are logged, in the monitor log too.</summary>
    public bool LogContent { get; init; }
}
