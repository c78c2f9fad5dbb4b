using DecoupleQ.Inference.Engines;
using DecoupleQ.Inference.States;

namespace DecoupleQ.Tests.Inference;

/// <summary>How many steps callers take that know nothing of each other.</summary>
public sealed class SharedStepsTests : IDisposable
{
    private readonly ManualResetEventSlim _begun = new(), _goOn = new();
    private readonly List<int> _rows = [];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _begun.Dispose();
        _goOn.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Callers_that_come_during_a_step_share_the_next(bool blocking)
    {
        const int Callers = 8;
        RecurrentModel model = Watched(new RecurrentModel());
        SequenceState[] states = [.. Enumerable.Range(0, Callers).Select(_ => model.Begin())];
        StepRequest[] requests = [.. states.Select((state, i) => RecurrentModel.Request(state, [i], decodes: true))];
        Task first = Task.Run(() => model.Engine.Run(requests[0]), Token);
        _begun.Wait(Token);
        if (blocking)
        {
            Thread[] threads = [.. requests[1..].Select(request => new Thread(() => model.Engine.Run(request)))];
            Array.ForEach(threads, thread => thread.Start());
            SpinWait.SpinUntil(() => threads.All(thread => thread.ThreadState.HasFlag(ThreadState.WaitSleepJoin)));

            // They wait in the engine, or for the lock on the way there.
            await Task.Delay(100, Token);
            _goOn.Set();
            Array.ForEach(threads, thread => thread.Join());
        }
        else
        {
            Task[] calls = [.. requests[1..].Select(request => model.Engine.RunAsync(request).AsTask())];
            _goOn.Set();
            await Task.WhenAll(calls);
        }
        await first;
        Assert.All(requests, request => Assert.True(request.Succeeded));
        Assert.Equal([1, Callers - 1], Steps());
        Array.ForEach(states, state => state.Dispose());
    }

    [Fact]
    public async Task More_than_a_step_takes_go_in_turns_in_the_order_in_which_they_came_and_prompts_beside_them()
    {
        RecurrentModel model = Watched(new RecurrentModel(limits: new StepLimits(Decoding: 3, Prompts: 50)));
        SequenceState[] states = [.. Enumerable.Range(0, 10).Select(_ => model.Begin())];
        StepRequest opening = RecurrentModel.Request(states[0], [1]);
        StepRequest[] requests =
        [
            .. states[1..8].Select((state, i) => RecurrentModel.Request(state, [i], decodes: true)),
            RecurrentModel.Request(states[8], RecurrentModel.Ids(70)), RecurrentModel.Request(states[9], RecurrentModel.Ids(40)),
        ];
        Task first = Task.Run(() => model.Engine.Run(opening), Token);
        _begun.Wait(Token);
        Task[] calls = [.. requests.Select(request => model.Engine.RunAsync(request).AsTask())];
        _goOn.Set();
        await Task.WhenAll([first, .. calls]);

        // Seven tokens in steps of three; prompts of 70 and 40 in steps of 50.
        Assert.Equal([1, 3 + 50, 3 + 20 + 30, 1 + 10], Steps());
        Array.ForEach(states, state => state.Dispose());
    }

    private RecurrentModel Watched(RecurrentModel model)
    {
        model.FirstRan = (first, rows) =>
        {
            if (first == 0)
            {
                _begun.Set();
                _goOn.Wait();
                _rows.Add(0);
            }
            _rows[^1] = first + rows;
        };
        return model;
    }

    // Rows of each step.
    private int[] Steps() => [.. _rows];
}
