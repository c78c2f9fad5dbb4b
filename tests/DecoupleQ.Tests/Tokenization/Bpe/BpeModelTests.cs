using CsCheck;
using DecoupleQ.Tokenization.Bpe;
using DecoupleQ.Tokenization.Streaming;

namespace DecoupleQ.Tests.Tokenization.Bpe;

public sealed class BpeModelTests
{
    private const int Letters = 4;

    /// <summary>Merges of symbols made before; ranks come twice here and there, as scores may.</summary>
    private static readonly Gen<Merge[]> Merges = Gen.Select(Gen.Int[0, 1000], Gen.Int[0, 1000], Gen.Int[0, 30]).Array[0, 40].Select(choices =>
        choices.Select((choice, i) => new Merge(choice.Item1 % (Letters + i), choice.Item2 % (Letters + i), choice.Item3, Letters + i)).ToArray());

    [Fact]
    public void Searching_and_the_heap_merge_as_the_definition_says()
    {
        Gen.Select(Merges, Gen.Int[0, Letters - 1].Array[1, 80]).Sample((merges, word) =>
        {
            int[] expected = Definition(merges, word);
            var merger = new WordMerger(new MergeTable(merges, int.MaxValue));
            int[] searched = [.. word];
            int[] heaped = [.. word];
            return searched.AsSpan(0, merger.MergeBySearch(searched)).SequenceEqual(expected)
                && heaped.AsSpan(0, merger.MergeByHeap(heaped)).SequenceEqual(expected);
        });
    }

    [Fact]
    public void Of_two_merges_of_a_pair_the_later_one_counts()
    {
        var table = new MergeTable([new Merge(0, 1, 0, 5), new Merge(0, 1, 3, 6)], 2);
        Assert.Equal(3, table.RankOf(0, 1, out int result));
        Assert.Equal(6, result);
        Assert.Equal(int.MaxValue, table.RankOf(1, 0, out _));
    }

    [Fact]
    public void More_words_than_the_cache_holds_keep_their_ids()
    {
        var model = new BpeModel(new ByteSymbols([.. Enumerable.Range(0, 256)]), new MergeTable([new Merge('a', 'b', 0, 256), new Merge(256, 'c', 1, 257)], 3));
        var scratch = new BpeScratch(model.Merges);
        var ids = new IdBuffer();
        for (int pass = 0; pass < 2; pass++)
        {
            for (int i = 0; i < 40_000; i++)
            {
                model.Encode(System.Text.Encoding.ASCII.GetBytes($"abc{i}"), scratch, ids, new EncodingWork());
                Assert.Equal([257, .. i.ToString().Select(digit => (int)digit)], ids.Take());
            }
        }
    }

    [Fact]
    public void The_byte_alphabet_is_read_back()
    {
        for (int b = 0; b < 256; b++)
        {
            Assert.True(ByteAlphabet.TryGetByte(ByteAlphabet.Character((byte)b), out byte back));
            Assert.Equal(b, back);
        }
        Assert.Equal('Ġ', ByteAlphabet.Character((byte)' '));
        Assert.Equal('Ċ', ByteAlphabet.Character((byte)'\n'));
        Assert.False(ByteAlphabet.TryGetByte(' ', out _));
    }

    /// <summary>The pair of lowest rank, the leftmost of equals, again and again.</summary>
    private static int[] Definition(Merge[] merges, int[] word)
    {
        var last = new Dictionary<(int, int), Merge>();
        foreach (Merge merge in merges)
        {
            last[(merge.Left, merge.Right)] = merge;
        }
        List<int> symbols = [.. word];
        while (true)
        {
            int best = -1;
            for (int i = 0; i + 1 < symbols.Count; i++)
            {
                if (last.TryGetValue((symbols[i], symbols[i + 1]), out Merge merge) && (best < 0 || merge.Rank < last[(symbols[best], symbols[best + 1])].Rank))
                {
                    best = i;
                }
            }
            if (best < 0)
            {
                return [.. symbols];
            }
            symbols[best] = last[(symbols[best], symbols[best + 1])].Result;
            symbols.RemoveAt(best + 1);
        }
    }
}
