using System.Globalization;
using Microsoft.Extensions.Logging;

namespace DecoupleQ.Cli.Rendering;

/// <summary>Writes a log to standard error, a line each; what texts hold is made visible as everything else on the terminal.</summary>
internal sealed class TerminalLog(Terminal terminal) : ILoggerProvider
{
    private readonly Lock _gate = new();

    public ILogger CreateLogger(string categoryName) => new CategoryLog(this, categoryName);

    public void Dispose()
    {
    }

    private void Write(LogLevel level, string message, Exception? error)
    {
        string line = string.Create(CultureInfo.InvariantCulture, $"{DateTime.UtcNow:yyyy-MM-ddTHH:mm:ss.fffZ} {Name(level)} {message}");
        lock (_gate)
        {
            terminal.WriteErrorLine(error is null ? line : $"{line}: {error}");
        }
    }

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Warning => "warning",
        LogLevel.Error or LogLevel.Critical => "error",
        _ => "info",
    };

    private sealed class CategoryLog(TerminalLog log, string category) : ILogger
    {
        // What the framework tells of itself is of no interest unless something is wrong; why it does not start is thrown as well.
        private readonly LogLevel _least = category.StartsWith("DecoupleQ", StringComparison.Ordinal) ? LogLevel.Information
            : category.StartsWith("Microsoft.Extensions.Hosting", StringComparison.Ordinal) ? LogLevel.None
            : LogLevel.Warning;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= _least && logLevel != LogLevel.None;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                log.Write(logLevel, formatter(state, exception), exception);
            }
        }
    }
}
