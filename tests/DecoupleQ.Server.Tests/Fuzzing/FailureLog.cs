using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace DecoupleQ.Server.Tests.Fuzzing;

/// <summary>Keeps what a server logs of its own failures: those that no answer tells of, too.</summary>
internal sealed class FailureLog : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _failures = [];

    /// <summary>What failed, in order.</summary>
    public IReadOnlyCollection<string> Failures => _failures;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
        {
            _failures.Enqueue($"{formatter(state, exception)} {exception}");
        }
    }

    public void Dispose()
    {
    }
}
