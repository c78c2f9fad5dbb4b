using DecoupleQ.Chat.Tools;
using DecoupleQ.Generation;

namespace DecoupleQ.Tests.Chat.Tools;

/// <summary>Answers whose calls a grammar holds to their form, cut anywhere.</summary>
public sealed class HeldCallTests
{
    [Theory]
    [InlineData("hermes", "It is late. «<tool_call>»\n{\"name\": \"get_time\", \"arguments\": {\"city\": \"Rome\"}}\n«</tool_call>»", "It is late. ")]
    [InlineData(
        "hermes",
        "«<tool_call>»\n{\"name\": \"get_time\", \"arguments\": {}}\n«</tool_call>»\n«<tool_call>»\n{\"name\": \"run\", \"arguments\": {}}", "")]
    [InlineData("llama3", "{\"name\": \"get_time\", \"parameters\": {\"city\": \"Rome\"}}", "")]
    public void Nothing_of_a_call_is_text_wherever_the_answer_is_cut(string format, string transcript, string text)
    {
        List<GeneratedToken> tokens = ReadAnswer.Characters(transcript);
        for (int end = 0; end <= tokens.Count; end++)
        {
            var reader = new AnswerReader(ReadAnswer.Options(format) with { CallsAreHeld = true }, ReadAnswer.SilentTokens);
            AnswerUpdate[] updates = [.. tokens[..end].SelectMany(reader.Push), .. reader.Finish()];
            Assert.StartsWith(string.Concat(updates.OfType<AnswerText>().Select(update => update.Text)), text, StringComparison.Ordinal);
        }
    }
}
