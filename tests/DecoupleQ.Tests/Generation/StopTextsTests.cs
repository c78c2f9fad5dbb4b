using CsCheck;
using DecoupleQ.Generation;

namespace DecoupleQ.Tests.Generation;

public sealed class StopTextsTests
{
    private static readonly Gen<string> Word = Gen.Char['a', 'c'].Array[1, 4].Select(letters => new string(letters));

    [Fact]
    public void The_text_ends_before_the_stop_text_that_is_complete_first_however_it_is_cut_into_pieces() =>
        Gen.Select(Gen.Char['a', 'c'].Array[0, 3].Array[0, 12], Word.Array[0, 3]).Sample(
            (letters, stops) =>
            {
                string[] pieces = [.. letters.Select(piece => new string(piece))];
                (string expected, bool stopped) = Cut(string.Concat(pieces), stops);

                var texts = new StopTexts(stops);
                string shown = "";
                foreach (string piece in pieces.TakeWhile(_ => !texts.Stopped))
                {
                    shown += texts.Push(piece);
                    Assert.StartsWith(shown, expected); // nothing is shown that has to be taken back
                }
                shown += texts.Finish();
                Assert.Equal((expected, stopped), (shown, texts.Stopped));
                Assert.Equal(shown, texts.Text);
            },
            iter: 5000,
            threads: 1);

    [Fact]
    public void Text_that_cannot_become_a_stop_text_is_shown_at_once()
    {
        var texts = new StopTexts(["\n\nEnd"]);
        Assert.Equal("one", texts.Push("one"));
        Assert.Equal("", texts.Push("\n"));
        Assert.Equal("\ntwo", texts.Push("two"));
        Assert.Equal("", texts.Push("\n\nEn"));
        Assert.Equal("", texts.Push("d of"));
        Assert.True(texts.Stopped);
        Assert.Equal("one\ntwo", texts.Text);
    }

    // Letter by letter: the first at which some stop text is complete; of several the longest.
    private static (string Text, bool Stopped) Cut(string text, string[] stops)
    {
        for (int length = 1; length <= text.Length; length++)
        {
            if (stops.Where(stop => text.AsSpan(0, length).EndsWith(stop)).MaxBy(stop => stop.Length) is string stop)
            {
                return (text[..(length - stop.Length)], true);
            }
        }
        return (text, false);
    }
}
