using CsCheck;
using DecoupleQ.Pilot.Halves;

namespace DecoupleQ.Pilot.Tests;

public sealed class TestHalvesTests
{
    private static readonly Gen<string[]> Items = Gen.Select(Gen.Int[0, 400].Array[0, 60], One.Of(2, 5, 401))
        .Select((numbers, kinds) => numbers.Select(number => $"question {number % kinds}").ToArray());

    [Fact]
    public void An_item_is_in_the_same_half_wherever_it_stands() =>
        Gen.Select(Items, Gen.ULong, Gen.ULong).Sample((items, seed, order) =>
        {
            IReadOnlyList<TestHalf> halves = TestHalves.Of(items, seed);
            Dictionary<string, TestHalf> known = [];
            foreach ((string item, TestHalf half) in items.Zip(halves))
            {
                // Equal items too.
                Assert.True(known.TryAdd(item, half) || known[item] == half);
            }
            string[] shuffled = [.. items];
            new SplitMix64(order).Shuffle(shuffled.AsSpan());
            Assert.Equal(shuffled.Select(item => known[item]), TestHalves.Of(shuffled, seed));
        }, iter: 300);

    [Fact]
    public void The_halves_are_as_large_as_equal_items_let_them_be() =>
        Gen.Select(Items, Gen.ULong).Sample((items, seed) =>
        {
            IReadOnlyList<TestHalf> halves = TestHalves.Of(items, seed);
            int chosen = halves.Count(half => half == TestHalf.Choose), most = items.Length == 0 ? 0 : items.GroupBy(item => item).Max(group => group.Count());
            Assert.InRange(chosen, (items.Length / 2) - most, (items.Length / 2) + most);
            Assert.True(items.Distinct().Count() < items.Length || chosen == items.Length / 2);
            Assert.True(items.Length == 0 || chosen < items.Length);
            Assert.True(items.Distinct().Count() < 2 || chosen > 0);
        }, iter: 300);

    [Fact]
    public void Another_seed_splits_otherwise()
    {
        string[] items = [.. Enumerable.Range(0, 100).Select(i => $"item {i}")];
        int same = TestHalves.Of(items, 1).Zip(TestHalves.Of(items, 2)).Count(pair => pair.First == pair.Second);
        Assert.InRange(same, 30, 70);
    }

    // As it was when this was written: a pilot that is resumed with a later version goes on.
    [Fact]
    public void The_split_never_changes()
    {
        string[] items = [.. Enumerable.Range(0, 12).Select(i => $"item {i}"), "名前"];
        Assert.Equal("jjccccjjjccjj", string.Concat(TestHalves.Of(items, 7).Select(half => half == TestHalf.Choose ? 'c' : 'j')));
        Assert.Equal("jjjccc", string.Concat(TestHalves.Of([[1, 2], [3], [], [-1, 70_000], [5], [6]], 7).Select(half => half == TestHalf.Choose ? 'c' : 'j')));
    }

    [Fact]
    public void Items_that_are_all_equal_judge() => Assert.Equal([TestHalf.Judge, TestHalf.Judge, TestHalf.Judge], TestHalves.Of(["a", "a", "a"]));
}
