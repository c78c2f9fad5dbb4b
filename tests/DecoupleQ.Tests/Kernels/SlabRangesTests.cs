using CsCheck;
using DecoupleQ.Kernels.Threads;

namespace DecoupleQ.Tests.Kernels;

[Trait("Machine", "threads")]
public sealed class SlabRangesTests
{
    private static readonly Gen<(int Slabs, int Threads)> Loops = Gen.Select(Gen.Int[0, 300], Gen.Int[1, 70]);

    [Fact]
    public void Ranges_follow_each_other_and_differ_by_one_slab_at_most()
    {
        Loops.Sample((slabs, threads) =>
        {
            int[] firsts = [.. Enumerable.Range(0, threads + 1).Select(t => SlabRanges.First(slabs, threads, t))];
            Assert.Equal((0, slabs), (firsts[0], firsts[^1]));
            int[] lengths = [.. firsts.Skip(1).Zip(firsts, (end, first) => end - first)];
            Assert.InRange(lengths.Max() - lengths.Min(), 0, 1);
        });
    }

    [Fact]
    public void In_any_order_of_threads_every_slab_is_taken_once_loop_after_loop()
    {
        Gen.Select(Gen.Int[1, 70], Gen.Int[0, 300].Array[1, 5], Gen.UInt).Sample((threads, loops, seed) =>
        {
            var ranges = new SlabRanges(threads);
            var random = new Random((int)seed);
            foreach (int slabs in loops)
            {
                ranges.Begin(slabs);
                var shares = new SlabShare[threads];
                for (int t = 0; t < threads; t++)
                {
                    shares[t] = new SlabShare(ranges, t);
                }
                var taken = new List<int>();
                while (shares[random.Next(threads)].TryTake(out int slab))
                {
                    taken.Add(slab);
                }
                Assert.Equal(Enumerable.Range(0, slabs), taken.Order());
            }
        });
    }

    [Fact]
    public void Threads_that_keep_pace_take_nothing_but_their_own()
    {
        Gen.Select(Gen.Int[0, 20], Gen.Int[1, 70]).Sample((each, threads) =>
        {
            int slabs = each * threads;
            var ranges = new SlabRanges(threads);
            ranges.Begin(slabs);
            var shares = new SlabShare[threads];
            for (int t = 0; t < threads; t++)
            {
                shares[t] = new SlabShare(ranges, t);
            }
            for (int i = 0; i < each; i++)
            {
                for (int t = 0; t < threads; t++)
                {
                    Assert.True(shares[t].TryTake(out int slab));
                    Assert.Equal(SlabRanges.First(slabs, threads, t) + i, slab);
                }
            }
            Assert.False(shares[0].TryTake(out _));
        });
    }

    [Fact]
    public void Of_an_owner_who_came_late_the_end_is_taken_and_of_one_who_did_not_come_the_beginning()
    {
        var ranges = new SlabRanges(2);
        ranges.Begin(20);
        SlabShare first = new(ranges, 0), second = new(ranges, 1);
        Assert.Equal(Enumerable.Range(0, 13), Enumerable.Range(0, 13).Select(_ => Next(ref first)));
        ranges.Begin(20);
        (first, second) = (new(ranges, 0), new(ranges, 1));
        Assert.Equal(10, Next(ref second));
        Assert.Equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 19, 18], Enumerable.Range(0, 12).Select(_ => Next(ref first)));
        Assert.Equal(11, Next(ref second));
    }

    [Fact]
    public void After_a_loop_is_abandoned_the_next_one_is_whole()
    {
        var ranges = new SlabRanges(3);
        ranges.Begin(9);
        var share = new SlabShare(ranges, 1);
        Assert.Equal(3, Next(ref share));
        ranges.Abandon();
        Assert.Equal(-1, Next(ref share));
        ranges.Begin(9);
        share = new SlabShare(ranges, 0);
        Assert.Equal(9, Enumerable.Range(0, 9).Select(_ => Next(ref share)).Distinct().Count());
        Assert.Equal(-1, Next(ref share));
    }

    private static int Next(ref SlabShare share) => share.TryTake(out int slab) ? slab : -1;
}
