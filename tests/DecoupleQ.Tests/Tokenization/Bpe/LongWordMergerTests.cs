using CsCheck;
using DecoupleQ.Tokenization.Bpe;
using DecoupleQ.Tokenization.Streaming;

namespace DecoupleQ.Tests.Tokenization.Bpe;

public sealed class LongWordMergerTests
{
    private const int Letters = 3;

    /// <summary>Merges of letters and of symbols made before, which may follow one another over long stretches; ranks come twice here and there.</summary>
    private static readonly Gen<Merge[]> Merges = Gen.Select(Gen.Int[0, 1000], Gen.Int[0, 1000], Gen.Int[0, 60]).Array[0, 40].Select(choices =>
        choices.Select((choice, i) => new Merge(choice.Item1 % (Letters + i), choice.Item2 % (Letters + i), choice.Item3, Letters + i)).ToArray());

    private static readonly Gen<byte[]> Word = Gen.Select(
        Gen.Byte[0, Letters - 1].Array[1, 12], Gen.Byte[0, Letters - 1].Array[0, 300], Gen.Int[1, 400],
        (period, tail, count) => (byte[])[.. Enumerable.Range(0, count).Select(i => period[i % period.Length]), .. tail]);

    [Fact]
    public void Windows_give_what_the_whole_word_gives()
    {
        Gen.Select(Merges, Word, Gen.Int[2, 40]).Sample((merges, word, window) =>
        {
            var merger = new WordMerger(new MergeTable(merges));
            int[] whole = [.. word.Select(letter => (int)letter)];
            whole = whole[..merger.MergeByHeap(whole)];
            return InWindows(merger, word, window).SequenceEqual(whole);
        }, iter: 500);
    }

    [Fact]
    public void A_word_whose_end_decides_how_all_of_it_merges_is_merged_as_one()
    {
        // Each letter merges with the next unless that merges with the one behind it first: what happens at the end runs back through the whole word.
        const int Length = 120;
        Merge[] merges = [.. Enumerable.Range(0, Length - 1).Select(i => new Merge(i, i + 1, Length - i, Length + i))];
        byte[] word = [.. Enumerable.Range(0, Length).Select(i => (byte)i)];
        foreach (int length in (int[])[Length, Length - 1])
        {
            var merger = new WordMerger(new MergeTable(merges));
            int[] whole = [.. word[..length].Select(letter => (int)letter)];
            whole = whole[..merger.MergeByHeap(whole)];
            Assert.Equal(whole, InWindows(merger, word[..length], window: 16));
        }
    }

    private static int[] InWindows(WordMerger merger, byte[] word, int window)
    {
        var source = new ByteSymbols([.. Enumerable.Range(0, 256)]);
        var output = new IdBuffer();
        new LongWordMerger(source, merger, window).Merge(word, new SymbolWriter(source, output), new EncodingWork());
        return output.Take();
    }
}
