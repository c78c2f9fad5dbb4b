using System.Diagnostics;
using DecoupleQ.Cli.Invocation;

namespace DecoupleQ.Cli.Tests;

/// <summary>How long a command that is told to end may take, whatever it is doing.</summary>
public sealed class CommandThreadTests : IDisposable
{
    private const int Own = 7, Abandoned = 130;

    private readonly CancellationTokenSource _end = new();
    private readonly ManualResetEventSlim _release = new();
    private int _abandoned;

    public void Dispose()
    {
        // So that no thread of a test outlives it.
        _release.Set();
        _end.Dispose();
    }

    [Fact]
    public void A_command_that_is_let_run_gives_its_exit_code()
    {
        Assert.Equal(Own, Run(() => Own, TimeSpan.FromMilliseconds(1)));
        Assert.Equal(0, _abandoned);
    }

    [Fact]
    public void A_command_that_ends_when_it_is_told_to_gives_its_own_code()
    {
        _end.CancelAfter(TimeSpan.FromMilliseconds(30));
        Assert.Equal(Own, Run(() => _end.Token.WaitHandle.WaitOne() ? Own : 0, TimeSpan.FromMinutes(1)));
        Assert.Equal(0, _abandoned);
    }

    [Fact]
    public void A_command_that_does_not_is_left_behind_after_its_patience()
    {
        Interruption interruption = new();
        // What the tool promises is half a second; the rest is for the last line and the end of the process.
        Assert.InRange(interruption.Patience, TimeSpan.FromMilliseconds(100), TimeSpan.FromMilliseconds(400));
        _end.Cancel();
        var clock = Stopwatch.StartNew();
        Assert.Equal(Abandoned, Run(Wait, interruption.Patience));
        Assert.InRange(clock.Elapsed, interruption.Patience - TimeSpan.FromMilliseconds(20), TimeSpan.FromSeconds(10));
        Assert.Equal(1, _abandoned);
    }

    [Fact]
    public void A_command_that_is_left_behind_may_still_end()
    {
        Thread? left = null;
        _end.Cancel();
        Assert.Equal(Abandoned, Run(
            () =>
            {
                left = Thread.CurrentThread;
                return Wait();
            },
            TimeSpan.FromMilliseconds(50)));
        // An exception on its thread would end this process.
        _release.Set();
        Assert.True(left!.Join(TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void The_patience_that_counts_is_the_one_that_the_command_has_set()
    {
        Interruption interruption = new() { Patience = TimeSpan.FromMinutes(10) };
        Assert.Equal(Abandoned, Run(interruption, () =>
        {
            interruption.Patience = TimeSpan.FromMilliseconds(1);
            _end.Cancel();
            return Wait();
        }));
    }

    private int Wait()
    {
        _release.Wait(TimeSpan.FromMinutes(1));
        return Own;
    }

    private int Run(Func<int> command, TimeSpan patience) => Run(new() { Patience = patience }, command);

    private int Run(Interruption interruption, Func<int> command) => CommandThread.Run(command, _end.Token, interruption, () =>
    {
        _abandoned++;
        return Abandoned;
    });
}
