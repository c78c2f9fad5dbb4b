using System.CommandLine;
using System.Globalization;
using System.Net;
using DecoupleQ.Cli.Invocation;
using DecoupleQ.Cli.Json;
using DecoupleQ.Cli.Options;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Server;
using DecoupleQ.Server.Hosting;
using DecoupleQ.Serving;
using Microsoft.Extensions.Logging;

namespace DecoupleQ.Cli.Commands;

/// <summary><c>decoupleq serve MODEL --port N</c>: the API of OpenAI, until it is told to end.</summary>
internal sealed class ServeCommand : ToolCommand, IGroupsOptions
{
    // What the server itself needs to come to its end, behind what its requests are given.
    private static readonly TimeSpan Ending = TimeSpan.FromSeconds(2);

    private static readonly OptionRange<double> Seconds = OptionRange.Real("a number above 0, at most 86400", value => value is > 0 and <= 86400);

    private readonly PathArgument _model = ModelArgument.Create();

    private readonly Option<string> _host = new("--host")
    {
        Description = $"The address to listen at; beyond this machine a key is needed [default: {Defaults.Address}]",
        HelpName = "ADDRESS",
    };

    private readonly NumberOption<int> _port =
        new("--port", "The port; 0 for any that is free", OptionRange.Whole(0, IPEndPoint.MaxPort), Defaults.Port) { Aliases = { "-p" } };

    private readonly Option<string> _name = new("--name")
    {
        Description = "The name that requests call the model by [default: that of its folder or file]",
        HelpName = "NAME",
    };

    private readonly PathOption _canary = new(
        "--canary", [], "MODEL", "A second model that answers some of the requests; options of the model are for both", ModelArgument.Expected);

    private readonly ShareOption _share = new(
        "--share", "The share of those who ask whom the canary answers; with 0%, only requests that name it");

    private readonly Option<string> _canaryName = new("--canary-name")
    {
        Description = "The name that requests call the canary by [default: that of its folder or file]",
        HelpName = "NAME",
    };

    private readonly PathOption _template = new(
        "--chat-template", [], "FILE", "A chat template to use instead of the model's", "a Jinja file, or a JSON file with a chat_template");

    private readonly PathOption _toolTemplate = new(
        "--tool-template", [], "FILE", "A chat template for conversations with tools, where the model's does not show them", "a Jinja file");

    private readonly PathOption _keyFile = new(
        "--api-key-file", [], "FILE", "Keys, one a line; a request has to bring one of them (Authorization: Bearer KEY)", "a text file with a key a line");

    private readonly Option<bool> _noAuth = new("--no-auth") { Description = "Serve everybody who reaches the address, without a key" };

    private readonly Option<bool> _openMonitoring = new("--open-monitoring") { Description = "Ask no key for the page and the metrics" };

    private readonly TextsOption _allowedHosts = new(
        "--allowed-host", "NAME", "A name that requests may call the server by, beside its address; * for any; may be repeated", "a name, without a port");

    private readonly TextsOption _origins = new(
        "--cors-origin", "ORIGIN", "An origin whose pages may use the server; may be repeated", "scheme, name and port, as https://app.example.com");

    private readonly PathOption _certificate = new("--certificate", [], "FILE", "A certificate in PEM: serve by TLS", "a certificate in PEM");

    private readonly PathOption _certificateKey = new(
        "--certificate-key", [], "FILE", "The certificate's key in PEM [default: in the same file]", "a key in PEM");

    private readonly NumberOption<int> _running = new(
        "--running", "The most texts that are written at a time; what comes then waits", OptionRange.Whole(1), Defaults.Limits.Running);

    private readonly NumberOption<int> _waiting = new(
        "--waiting", "The most requests that wait; what comes then is told to try again", OptionRange.Whole(0), Defaults.Limits.Waiting);

    private readonly SizeOption _keyValueLimit = new(
        "--key-value-limit", "The most memory for keys and values of all texts together, half of it for each of two models [default: a quarter of the memory]",
        1);

    private readonly SizeOption _promptCache = new(
        "--prompt-cache",
        "The most of --key-value-limit that keeps prompts which are done, so that the next ones that begin alike need not be read again; "
            + "0 for none [default: 1GiB]");

    private readonly NumberOption<int> _maxTokens = new(
        "--max-tokens", "The most tokens of an answer, and of one that names no number", OptionRange.Whole(1), Defaults.MaxTokens) { Aliases = { "-n" } };

    private readonly SizeOption _maxBody = new("--max-body", "The most bytes of a request [default: 16MiB]", 1024);

    private readonly NumberOption<double> _maxTime = new(
        "--max-time", "The longest that a request may take, waiting included, in seconds", Seconds, Defaults.MaxTime.TotalSeconds) { HelpName = "SECONDS" };

    private readonly NumberOption<double> _writeTimeout = new(
        "--write-timeout", "How long a client may take nothing of what it is sent, in seconds", Seconds, Defaults.WriteTimeout.TotalSeconds)
    {
        HelpName = "SECONDS",
    };

    private readonly NumberOption<double> _shutdownTimeout = new(
        "--shutdown-timeout", "How long requests may take to end once the server is told to, in seconds", Seconds,
        Defaults.ShutdownTimeout.TotalSeconds)
    {
        HelpName = "SECONDS",
    };

    private readonly WatchOptions _watching = new();
    private readonly LoadingOptions _loading = new();

    public ServeCommand(ToolContext context)
        : base("serve", "Serve a model over HTTP with the API of OpenAI", context)
    {
        Add(_model);
        foreach (Option option in OptionGroups.SelectMany(group => group.Options))
        {
            Add(option);
        }
        AddCommonOptions();
    }

    private static ServerOptions Defaults { get; } = new() { Model = "" };

    public IReadOnlyList<OptionGroup> OptionGroups =>
    [
        new("Where and to whom", [_host, _port, _name, _keyFile, _noAuth, _openMonitoring, _allowedHosts, _origins, _certificate, _certificateKey]),
        new("How much", [_running, _waiting, _keyValueLimit, _promptCache, _maxTokens, _maxBody, _maxTime, _writeTimeout, _shutdownTimeout]),
        new("Watching it", _watching.All),
        new("A second model", [_canary, _share, _canaryName, .. _watching.OfCanary]),
        new("The model", [_template, _toolTemplate, .. _loading.All]),
    ];

    public override IReadOnlyList<string> Examples { get; } =
    [
        "serve MODEL --port 8080",
        "serve DENSE --canary PACKED --share 5%",
        "serve MODEL --host 0.0.0.0 --api-key-file keys.txt --allowed-host models.example.com",
    ];

    protected override int Execute(ParseResult parse)
    {
        ServerOptions options = _watching.Read(parse, Read(parse));
        Context.Interruption.Patience = options.ShutdownTimeout + Ending;
        ServeAsync(options, WantsJson(parse)).GetAwaiter().GetResult();
        return ExitCodes.Success;
    }

    private async Task ServeAsync(ServerOptions options, bool json)
    {
        await using InferenceServer server =
            await InferenceServer.StartAsync(options, logging => logging.AddProvider(new TerminalLog(Context.Terminal)), Context.Cancellation)
                .ConfigureAwait(false);
        Warn(options.Model, server.Warnings);
        if (options.Canary is CanaryOptions canary)
        {
            Warn(canary.Model, server.CanaryWarnings);
        }
        if (json)
        {
            JsonOutput.Write(Context.Terminal.Output, new ServeDocument(server.ModelName, server.CanaryName, server.Addresses), ToolJson.Default.ServeDocument);
        }
        foreach (string address in server.Addresses)
        {
            Context.Terminal.WriteErrorLine($"Serving {server.ModelName}{Beside(server, options)} at {address}/v1; Ctrl-C ends it.");
        }
        await Task.Delay(Timeout.InfiniteTimeSpan, Context.Cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Context.Terminal.WriteErrorLine("Ending: what runs may come to its end; another Ctrl-C ends it at once.");
        // It was told to end, and has: nothing was cut short that anybody waits for.
        await server.StopAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private static string Beside(InferenceServer server, ServerOptions options) => options.Canary is not CanaryOptions canary ? ""
        : string.Create(CultureInfo.InvariantCulture, $", and {server.CanaryName} to {100 * canary.Share:0.####} % of those who ask,");

    private ServerOptions Read(ParseResult parse)
    {
        string host = parse.GetValue(_host) ?? Defaults.Address.ToString();
        if (!IPAddress.TryParse(host == "localhost" ? "127.0.0.1" : host, out IPAddress? address))
        {
            throw new UsageException($"'{host}' is no address.", _host.Name, "127.0.0.1, 0.0.0.0, or another address of this machine");
        }
        return Defaults with
        {
            Model = parse.GetRequiredValue(_model),
            Name = parse.GetValue(_name),
            Canary = ReadCanary(parse),
            ChatTemplate = parse.GetValue(_template),
            ToolTemplate = parse.GetValue(_toolTemplate),
            Address = address,
            Port = _port.ValueIn(parse),
            ApiKeys = parse.GetValue(_keyFile) is string file ? Keys(file) : [],
            NoAuthentication = parse.GetValue(_noAuth),
            OpenMonitoring = parse.GetValue(_openMonitoring),
            AllowedHosts = parse.GetValue(_allowedHosts) ?? [],
            CorsOrigins = parse.GetValue(_origins) ?? [],
            Certificate = parse.GetValue(_certificate),
            CertificateKey = parse.GetValue(_certificateKey),
            MaxTokens = _maxTokens.ValueIn(parse),
            MaxBodyBytes = parse.GetValue(_maxBody) ?? Defaults.MaxBodyBytes,
            MaxTime = TimeSpan.FromSeconds(_maxTime.ValueIn(parse)),
            WriteTimeout = TimeSpan.FromSeconds(_writeTimeout.ValueIn(parse)),
            ShutdownTimeout = TimeSpan.FromSeconds(_shutdownTimeout.ValueIn(parse)),
            Limits = new ServiceLimits
            {
                Running = _running.ValueIn(parse),
                Waiting = _waiting.ValueIn(parse),
                PromptCacheBytes = parse.GetValue(_promptCache) ?? Defaults.Limits.PromptCacheBytes,
            },
            Loading = _loading.Read(parse) with { KeyValueLimit = parse.GetValue(_keyValueLimit) },
        };
    }

    private CanaryOptions? ReadCanary(ParseResult parse)
    {
        if (parse.GetValue(_canary) is string model)
        {
            return new CanaryOptions
            {
                Model = model,
                Name = parse.GetValue(_canaryName),
                Share = parse.GetValue(_share) ?? throw new UsageException("It is required beside --canary.", _share.Name, _share.Expected),
            };
        }
        Option? idle = parse.GetValue(_share) is not null ? _share : parse.GetValue(_canaryName) is not null ? _canaryName : null;
        return idle is null ? null : throw new UsageException("There is no second model.", idle.Name, "--canary MODEL beside it");
    }

    private string[] Keys(string file)
    {
        string[] keys = [.. TextInput.ReadFileOrInput(file, _keyFile.Name, Context.Cancellation).Split('\n').Select(line => line.Trim())
            .Where(line => line.Length > 0)];
        return keys.Length > 0 ? keys : throw new DecoupleQException("There is no key in it.", file, _keyFile.Name, "a key a line");
    }
}
