using DecoupleQ.Server.Monitoring;

namespace DecoupleQ.Server.Tests;

public sealed class PromptTextsTests
{
    [Fact]
    public void A_prompt_is_decoded_once_for_all_answers_to_it()
    {
        var texts = new PromptTexts();
        var decoded = new List<string>();
        foreach (int[] ids in (int[][])[[1, 2], [1, 2], [2, 1], [], [1, 2, 3], [2, 1], []])
        {
            Assert.Equal(string.Join(' ', ids), texts.Of(ids, Decode));
        }
        Assert.Equal(["1 2", "2 1", "", "1 2 3"], decoded);

        string Decode(IReadOnlyList<int> ids)
        {
            decoded.Add(string.Join(' ', ids));
            return decoded[^1];
        }
    }
}
