using DecoupleQ.Extensions.AI;
using DecoupleQ.Extensions.AI.Loading;
using DecoupleQ.Extensions.AI.Registration;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds models of this process to an application.</summary>
public static class DecoupleQServiceCollectionExtensions
{
    /// <summary>Adds an <see cref="IChatClient"/>: one for all of the application, whose model is loaded when it is first asked for.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Says which model; its files are looked for when the application starts.</param>
    /// <returns>What middleware goes on, such as <c>UseFunctionInvocation</c>, <c>UseOpenTelemetry</c> and <c>UseLogging</c>.</returns>
    public static ChatClientBuilder AddDecoupleQChatClient(this IServiceCollection services, Action<DecoupleQChatClientOptions> configure)
    {
        AddChatOptions(services, Options.Options.DefaultName, configure);
        return services.AddChatClient(provider => ChatClient(provider, Options.Options.DefaultName));
    }

    /// <summary>Adds an <see cref="IChatClient"/> with a key, one of several models.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="serviceKey">What it is asked for by, and the name of its options.</param>
    /// <param name="configure">Says which model; its files are looked for when the application starts.</param>
    /// <returns>What middleware goes on.</returns>
    public static ChatClientBuilder AddKeyedDecoupleQChatClient(
        this IServiceCollection services, string serviceKey, Action<DecoupleQChatClientOptions> configure)
    {
        ArgumentException.ThrowIfNullOrEmpty(serviceKey);
        AddChatOptions(services, serviceKey, configure);
        return services.AddKeyedChatClient(serviceKey, provider => ChatClient(provider, serviceKey));
    }

    /// <summary>Adds a generator of embeddings: one for all of the application, whose model is loaded when it is first asked for.</summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Says which model; its files are looked for when the application starts.</param>
    /// <returns>What middleware goes on.</returns>
    public static EmbeddingGeneratorBuilder<string, Embedding<float>> AddDecoupleQEmbeddingGenerator(
        this IServiceCollection services, Action<DecoupleQModelOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<DecoupleQModelOptions>().Configure(configure).ValidateOnStart();
        AddCheck<DecoupleQModelOptions>(services, options =>
        {
            options.Check();
            DecoupleQEmbeddingGenerator.PoolingOf(options);
        });
        return services.AddEmbeddingGenerator(
            provider => DecoupleQEmbeddingGenerator.Load(provider.GetRequiredService<IOptions<DecoupleQModelOptions>>().Value));
    }

    private static void AddChatOptions(IServiceCollection services, string name, Action<DecoupleQChatClientOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentNullException.ThrowIfNull(configure);
        services.AddOptions<DecoupleQChatClientOptions>(name).Configure(configure).ValidateOnStart();
        AddCheck<DecoupleQChatClientOptions>(services, options => options.Check());
    }

    private static void AddCheck<TOptions>(IServiceCollection services, Action<TOptions> check)
        where TOptions : DecoupleQModelOptions =>
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<TOptions>, OptionsCheck<TOptions>>(_ => new(check)));

    private static DecoupleQChatClient ChatClient(IServiceProvider provider, string name) =>
        DecoupleQChatClient.Load(provider.GetRequiredService<IOptionsMonitor<DecoupleQChatClientOptions>>().Get(name));
}
