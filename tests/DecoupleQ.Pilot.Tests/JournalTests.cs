using DecoupleQ.Evaluation.Tasks;
using DecoupleQ.Pilot.Jobs;
using DecoupleQ.Storage;

namespace DecoupleQ.Pilot.Tests;

/// <summary>What a pilot has finished is found again by the run that goes on, and by no other.</summary>
public sealed class JournalTests : IDisposable
{
    private const string Template = "what the chat template is, and the date that it is told";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Answers_and_the_time_of_quantizing_are_read_back_to_the_bit()
    {
        AnsweredItem choice = new(3, 1.0 / 3, true, null, 0, false, new ChoiceResult([new(-1.0 / 7, 2, 5), new(-2.5, 1, 3)], 0, 1, 0));
        AnsweredItem written = new(4, 1, true, "vier \u56db", 7, true, null);
        PilotJournal journal = Journal("a") with
        {
            Quantizing = new("b2-g64", 1234.5, 99), Answered = [new("choose dense", [choice]), new("judge packed", [written])],
        };
        string path = _folder["journal.json"];
        journal.Write(path, new DurableWriter("room"));
        PilotJournal read = PilotJournal.Read(path, Fingerprint("a"))!;
        Assert.Equal(journal.Quantizing, read.Quantizing);
        Assert.Equal(["choose dense", "judge packed"], read.Answered.Select(task => task.Of));
        Assert.Equal(written, Assert.Single(read.Answered[1].Items));
        AnsweredItem again = Assert.Single(read.Answered[0].Items);
        Assert.Equal((choice.Line, choice.Score, choice.IsRight), (again.Line, again.Score, again.IsRight));
        Assert.Equal(choice.Choice!.Scores, again.Choice!.Scores);
        Assert.Equal((0, 1, 0), (again.Choice.Best, again.Choice.BestByCharacter, again.Choice.BestByToken));
    }

    [Fact]
    public void Another_template_is_another_pilot()
    {
        string path = _folder["journal.json"];
        Journal("a").Write(path, new DurableWriter("room"));
        Assert.Empty(PilotJournal.Read(path, Fingerprint("a"))!.Answered);
        Assert.Contains($"{Template} changed", Assert.Throws<DecoupleQException>(() => PilotJournal.Read(path, Fingerprint("b"))).Message);
    }

    private static PilotJournal Journal(string template) => new(Fingerprint(template), [], new(null, null, null, null, null), null, 5);

    private static SortedDictionary<string, string> Fingerprint(string template) =>
        new(StringComparer.Ordinal) { ["version"] = "1", [Template] = template };
}
