using DecoupleQ.Inference.Engines;
using DecoupleQ.Inference.States;

namespace DecoupleQ.Tests.Inference;

/// <summary>A made-up recurrence, alone and beside an attention: what the engine must do for a state that cannot be undone.</summary>
public sealed class RecurrentStateTests
{
    [Theory]
    [InlineData(false, null)]
    [InlineData(true, null)]
    [InlineData(true, 40)]
    public void Pieces_forks_and_cuts_change_nothing(bool attention, int? window)
    {
        var model = new RecurrentModel(attention, window);
        int[] ids = RecurrentModel.Ids(900);
        using SequenceState whole = model.Begin(), pieces = model.Begin();
        float[] expected = model.Append(whole, ids);
        model.Append(pieces, ids[..100]);
        using SequenceState fork = pieces.Fork();
        Assert.Equal(expected, model.Append(pieces, ids[100..]));

        // Cut where no state is kept: it goes back to the end of a prompt, or to the start, and computes the rest again with the next ids.
        pieces.Truncate(150);
        Assert.Equal(100, pieces.Length);
        Assert.Equal(expected, model.Append(pieces, ids[150..]));
        pieces.Truncate(50);
        Assert.Equal(0, pieces.Length);
        Assert.Equal(expected, model.Append(pieces, ids[50..]));

        // The fork has copies of its own of what was kept, and goes back to them.
        Assert.Equal(expected, model.Append(fork, ids[100..]));
        using SequenceState second = fork.Fork();
        fork.Truncate(130);
        Assert.Equal(100, fork.Length);
        Assert.Equal(expected, model.Append(fork, ids[130..]));
        Assert.Equal(model.Append(whole, [5]), model.Append(second, [5]));
        second.Truncate(800);
        Assert.Equal(100, second.Length);
        Assert.Equal(expected, model.Append(second, ids[800..]));
        Assert.Equal(model.Decode(pieces, 7), model.Decode(second, 7));
    }

    [Fact]
    public void Of_many_prompts_the_last_four_ends_are_kept_and_the_latest_before_the_cut_is_gone_back_to()
    {
        var model = new RecurrentModel(window: 40);
        int[] ids = RecurrentModel.Ids(700);
        using SequenceState state = model.Begin(), whole = model.Begin();
        float[] expected = model.Append(whole, ids);
        for (int end = 100; end <= 600; end += 100)
        {
            model.Append(state, ids[(end - 100)..end]);
        }
        state.Truncate(570);
        Assert.Equal(500, state.Length);
        state.Truncate(450);
        Assert.Equal(400, state.Length);
        state.Truncate(399);
        Assert.Equal(300, state.Length);
        state.Truncate(299);
        Assert.Equal(0, state.Length);
        Assert.Equal(expected, model.Append(state, ids[299..]));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(40)]
    public void Company_changes_nothing_whether_it_decodes_or_reads(int? window)
    {
        var model = new RecurrentModel(window: window);
        int[] lengths = [300, 1, 700, 40, 513];
        int[][] prompts = [.. lengths.Select((length, i) => RecurrentModel.Ids(length, i))];
        float[][][] alone = [.. prompts.Select(prompt =>
        {
            using SequenceState own = model.Begin();
            return (float[][])[model.Append(own, prompt), model.Decode(own, 3), model.Decode(own, 9), model.Decode(own, 4)];
        })];

        // The first two begin to decode while the others' prompts go on.
        SequenceState[] states = [.. prompts.Select(_ => model.Begin())];
        Run([0, 1], [0, 0]);
        Run([0, 2, 1, 3], [1, 0, 1, 0]);
        Run([4, 3, 2, 0], [0, 1, 1, 2]);
        Run([3, 1, 4, 0, 2], [2, 2, 1, 3, 2]);
        Run([2, 4, 1], [3, 2, 3]);
        Array.ForEach(states, state => state.Dispose());

        void Run(int[] texts, int[] calls)
        {
            StepRequest[] requests =
            [
                .. texts.Zip(calls, (text, call) => RecurrentModel.Request(
                    states[text], call == 0 ? prompts[text] : [call switch { 1 => 3, 2 => 9, _ => 4 }], decodes: call > 0)),
            ];
            model.Run(requests);
            for (int i = 0; i < requests.Length; i++)
            {
                Assert.Null(requests[i].Failure);
                Assert.Equal(alone[texts[i]][calls[i]], requests[i].Logits);
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Cancelled_within_a_piece_of_a_prompt_it_stops_there_and_is_as_before(bool decodedBefore)
    {
        var model = new RecurrentModel();
        int[] ids = RecurrentModel.Ids(1700, 3);
        using SequenceState state = model.Begin(), whole = model.Begin();
        model.Append(state, ids[..100]);
        if (decodedBefore)
        {
            model.Decode(state, ids[100..103]);
        }
        int before = state.Ids.Count;
        using var cancelled = new CancellationTokenSource();
        int started = 0, ended = 0;
        model.FirstRan = (_, rows) =>
        {
            // In the second of four steps.
            started += rows;
            if (started > 512)
            {
                cancelled.Cancel();
            }
        };
        model.LastRan = (_, rows) => ended += rows;
        StepRequest request = RecurrentModel.Request(state, ids[before..], cancellation: cancelled.Token);
        model.Run(request);
        Assert.IsType<OperationCanceledException>(request.Failure);
        Assert.Equal((1024, 512), (started, ended));
        Assert.Equal(ids[..before], state.Ids);

        // The end of the first prompt is what can be gone back to; what was decoded after it is computed again.
        Assert.Equal(100, state.Length);
        float[] expected = model.Append(whole, ids[..1200]);
        Assert.Equal(expected, model.Append(state, ids[before..1200]));
    }

    [Fact]
    public void A_token_that_is_cancelled_within_its_step_is_taken_back()
    {
        var model = new RecurrentModel(window: 40);
        int[] ids = RecurrentModel.Ids(110, 2);
        using SequenceState state = model.Begin(), fresh = model.Begin();
        model.Append(state, ids[..100]);
        model.Decode(state, ids[100..]);
        using var cancelled = new CancellationTokenSource();
        model.FirstRan = (_, _) => cancelled.Cancel();
        StepRequest request = RecurrentModel.Request(state, [5], decodes: true, cancelled.Token);
        model.Run(request);
        Assert.IsType<OperationCanceledException>(request.Failure);
        Assert.Equal((110, 100), (state.Ids.Count, state.Length));
        model.FirstRan = (_, _) => { };
        Assert.Equal(model.Append(fresh, [.. ids, 6]), model.Decode(state, 6));
    }

    [Fact]
    public void Beside_others_a_cancelled_prompt_ends_after_the_step_and_they_go_on()
    {
        var model = new RecurrentModel();
        int[] ids = RecurrentModel.Ids(1200, 1), prompt = RecurrentModel.Ids(30, 2);
        using SequenceState own = model.Begin(), decoding = model.Begin(), alone = model.Begin(), whole = model.Begin();
        model.Append(alone, prompt);
        model.Append(decoding, prompt);
        float[] expected = model.Decode(alone, 8);
        using var cancelled = new CancellationTokenSource();
        int steps = 0;
        model.FirstRan = (first, _) =>
        {
            steps += first == 0 ? 1 : 0;
            cancelled.Cancel();
        };
        StepRequest request = RecurrentModel.Request(own, ids, cancellation: cancelled.Token), other = RecurrentModel.Request(decoding, [8], decodes: true);
        model.Run(request, other);
        Assert.Equal(1, steps);
        Assert.IsType<OperationCanceledException>(request.Failure);
        Assert.Equal((0, 0), (own.Ids.Count, own.Length));
        Assert.Null(other.Failure);
        Assert.Equal(expected, other.Logits);
        Assert.Equal(model.Append(whole, ids), model.Append(own, ids));
    }
}
