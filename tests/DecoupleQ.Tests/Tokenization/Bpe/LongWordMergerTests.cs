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

    /// <summary>Merges of every two pieces that are a third one together: of short texts in any order of ranks, in which parts may come after wholes.</summary>
    private static readonly Gen<Merge[]> PieceMerges = Gen.Select(Gen.Int[0, Letters - 1].Array[2, 5], Gen.Int[0, 9]).Array[1, 14].Select(MergesOf);

    private static readonly Gen<byte[]> Word = Gen.Select(
        Gen.Byte[0, Letters - 1].Array[1, 12], Gen.Byte[0, Letters - 1].Array[0, 300], Gen.Int[1, 400],
        (period, tail, count) => (byte[])[.. Enumerable.Range(0, count).Select(i => period[i % period.Length]), .. tail]);

    [Fact]
    public void Windows_give_what_the_whole_word_gives()
    {
        Gen.Select(Merges, Word, Gen.Int[2, 40]).Sample((merges, word, window) =>
        {
            var merger = new WordMerger(Table(merges));
            return InWindows(merger, word, window).SequenceEqual(Whole(merger, word));
        }, iter: 500);
    }

    [Fact]
    public void Parts_give_what_the_whole_word_gives_and_let_go_of_what_is_settled()
    {
        int words = 0, letGo = 0;
        Gen.Select(Gen.OneOf(Merges, PieceMerges, PieceMerges), Word, Gen.Int[1, 12], Gen.Int[1, 50].Array[1, 4]).Sample((merges, word, window, lengths) =>
        {
            var merger = new WordMerger(Table(merges));
            (int[] ids, int early) = InParts(merger, word, window, lengths);
            words++;
            letGo += early > 0 ? 1 : 0;
            return ids.SequenceEqual(Whole(merger, word));
        }, iter: 3000, threads: 1);
        Assert.InRange(letGo, words / 4, words);
    }

    [Fact]
    public void What_runs_back_through_a_word_is_waited_for()
    {
        // Letters in order, each of which may merge with the next one, in any order of ranks: over long stretches where each is of a later rank than the next.
        Gen<Merge[]> chains = Gen.Int[0, 30].Array[14].Select(ranks =>
            (Merge[])[.. ranks.Select((rank, i) => new Merge(i, i + 1, i % 5 == 0 ? rank : 40 - (2 * i), 100 + i))]);
        Gen<byte[]> runs = Gen.Select(Gen.Byte[0, 13], Gen.Byte[2, 14]).Array[1, 25].Select(
            runs => (byte[])[.. runs.SelectMany(run => Enumerable.Range(run.Item1, run.Item2).Select(letter => (byte)Math.Min(letter, 14)))]);
        int early = 0;
        Gen.Select(chains, runs, Gen.Int[1, 6], Gen.Int[1, 20].Array[1, 4]).Sample((merges, word, window, lengths) =>
        {
            var merger = new WordMerger(Table(merges));
            (int[] ids, int settled) = InParts(merger, word, window, lengths);
            early += settled;
            return ids.SequenceEqual(Whole(merger, word));
        }, iter: 3000, threads: 1);
        Assert.InRange(early, 1000, int.MaxValue);
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
            var merger = new WordMerger(Table(merges));
            Assert.Equal(Whole(merger, word[..length]), InWindows(merger, word[..length], window: 16));
            (int[] ids, int early) = InParts(merger, word[..length], window: 2, [7]);
            Assert.Equal(Whole(merger, word[..length]), ids);
            Assert.Equal(0, early);
        }
    }

    [Fact]
    public void A_word_without_end_takes_no_more_memory_than_what_may_change()
    {
        // Runs of a letter: which of two borders they have depends on how long they are, and what ends them on how the text goes on.
        Merge[] merges = [new(0, 0, 0, 3), new(3, 3, 1, 4), new(4, 1, 2, 5), new(3, 1, 3, 6), new(1, 2, 4, 7)];
        var source = new ByteSymbols([.. Enumerable.Range(0, 256)]);
        var merger = new LongWordMerger(source, new WordMerger(Table(merges)));
        var output = new IdBuffer();
        var work = new EncodingWork();
        byte[] part = [.. Enumerable.Range(0, 1 << 16).Select(i => (byte)(i * i % 7 % 3))];
        for (int i = 0; i < 40; i++)
        {
            merger.Append(part, work);
            merger.Merge(last: false, new SymbolWriter(source, output), work);
            output.Clear();
            Assert.InRange(merger.Held, 0, 3 * part.Length);
        }
        Assert.InRange(work.Held, 1, 3 * part.Length);
    }

    private static int[] Whole(WordMerger merger, byte[] word)
    {
        int[] whole = [.. word.Select(letter => (int)letter)];
        return whole[..merger.MergeByHeap(whole)];
    }

    private static int[] InWindows(WordMerger merger, byte[] word, int window) => InParts(merger, word, window, [word.Length]).Ids;

    /// <summary>The ids of a word that comes in parts of the given lengths, again and again, and how many of them came before its end.</summary>
    private static (int[] Ids, int Early) InParts(WordMerger merger, byte[] word, int window, int[] lengths)
    {
        var source = new ByteSymbols([.. Enumerable.Range(0, 256)]);
        var output = new IdBuffer();
        var writer = new SymbolWriter(source, output);
        var work = new EncodingWork();
        var parts = new LongWordMerger(source, merger, window);
        for (int at = 0, i = 0; at < word.Length; i++)
        {
            int length = Math.Min(lengths[i % lengths.Length], word.Length - at);
            parts.Append(word.AsSpan(at, length), work);
            at += length;
            parts.Merge(last: false, writer, work);
        }
        int early = (int)output.Count;
        parts.Merge(last: true, writer, work);
        return (output.Take(), early);
    }

    private static MergeTable Table(Merge[] merges)
    {
        var lengths = new Dictionary<int, int>();
        foreach (Merge merge in merges)
        {
            // Symbols are made of earlier ones.
            int length = lengths.GetValueOrDefault(merge.Left, 1) + lengths.GetValueOrDefault(merge.Right, 1);
            lengths[merge.Result] = Math.Max(lengths.GetValueOrDefault(merge.Result), length);
        }
        return new MergeTable(merges, lengths.Values.DefaultIfEmpty(1).Max());
    }

    private static Merge[] MergesOf((int[] Letters, int Rank)[] pieces)
    {
        Dictionary<string, (int Id, int Rank)> ids = [];
        foreach ((int[] letters, int rank) in pieces.OrderBy(piece => piece.Letters.Length))
        {
            ids.TryAdd(string.Concat(letters), (Letters + ids.Count, rank));
        }
        var merges = new List<Merge>();
        foreach ((string piece, (int id, int rank)) in ids)
        {
            for (int at = 1; at < piece.Length; at++)
            {
                if (Find(piece[..at]) is int left && Find(piece[at..]) is int right)
                {
                    merges.Add(new Merge(left, right, rank, id));
                }
            }
        }
        return [.. merges];

        int? Find(string part) => part.Length == 1 ? part[0] - '0' : ids.TryGetValue(part, out (int Id, int Rank) found) ? found.Id : null;
    }
}
