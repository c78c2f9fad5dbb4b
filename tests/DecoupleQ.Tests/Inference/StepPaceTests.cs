using DecoupleQ.Inference.Engines;

namespace DecoupleQ.Tests.Inference;

public sealed class StepPaceTests
{
    private static readonly StepLimits Limits = new(64, 512);

    [Fact]
    public void A_prompt_alone_takes_whole_steps() => Assert.Equal(512, new StepPace(Limits).Prompts(0));

    [Fact]
    public void Beside_others_it_takes_a_tenth_of_a_second_once_its_speed_is_known()
    {
        var pace = new StepPace(Limits);
        Assert.Equal(StepPace.Least, pace.Prompts(1));
        // Milliseconds a row: 1 of prompts, 10 of decoding.
        Learn(pace, decoding: 1, row: 10, prompts: 64, prompt: 1);
        Assert.InRange(pace.Prompts(1), 99, 101);
        Assert.Equal(512, pace.Prompts(0));
        // A model that is faster is never held back, and one that is slower goes on.
        var fast = new StepPace(Limits);
        Learn(fast, decoding: 1, row: 0.5, prompts: 64, prompt: 0.05);
        Assert.Equal(512, fast.Prompts(1));
        var slow = new StepPace(Limits);
        Learn(slow, decoding: 1, row: 100, prompts: 64, prompt: 50);
        Assert.Equal(StepPace.Least, slow.Prompts(1));
    }

    /// <summary>Beside many texts, whose steps are long anyway, a prompt takes as long as they do, rather than a tenth of a second of each.</summary>
    [Fact]
    public void Beside_many_it_takes_as_long_as_they_do()
    {
        var pace = new StepPace(Limits);
        Learn(pace, decoding: 64, row: 5, prompts: 64, prompt: 1);
        Assert.InRange(pace.Prompts(64), 315, 325);
    }

    [Fact]
    public void One_step_that_was_held_up_does_not_stop_prompts()
    {
        var pace = new StepPace(Limits);
        Learn(pace, decoding: 1, row: 10, prompts: 64, prompt: 1);
        pace.Note(1, 64, TimeSpan.FromSeconds(0.3));
        Assert.InRange(pace.Prompts(1), 50, 70);
        Learn(pace, decoding: 1, row: 10, prompts: 64, prompt: 1);
        Assert.InRange(pace.Prompts(1), 95, 101);
    }

    [Fact]
    public void Limits_of_steps_hold()
    {
        var pace = new StepPace(new StepLimits(3, 50));
        Assert.Equal(50, pace.Prompts(3));
    }

    private static void Learn(StepPace pace, int decoding, double row, int prompts, double prompt)
    {
        for (int i = 0; i < 20; i++)
        {
            pace.Note(decoding, 0, TimeSpan.FromMilliseconds(decoding * row));
            pace.Note(decoding, prompts, TimeSpan.FromMilliseconds((decoding * row) + (prompts * prompt)));
        }
    }
}
