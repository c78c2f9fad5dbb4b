namespace DecoupleQ.Tests;

public sealed class OptionRangeTests
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(1024, true)]
    [InlineData(0, true)]
    [InlineData(1025, false)]
    [InlineData(-1, false)]
    public void Ends_belong_to_a_range_and_what_is_beyond_them_does_not(int threads, bool contained) =>
        Assert.Equal(contained, OptionRange.Threads.Contains(threads));

    [Fact]
    public void The_words_say_the_numbers()
    {
        Assert.Equal("a whole number from 0 to 1024", OptionRange.Threads.Expected);
        Assert.Equal("a whole number, at least 2", OptionRange.Context.Expected);
        Assert.Equal("a whole number from 0 to 18446744073709551615", OptionRange.Seed.Expected);
        Assert.Equal("2, 3, 4 or 8", OptionRange.OneOf(2, 3, 4, 8).Expected);
        Assert.Equal("7", OptionRange.OneOf(7).Expected);
    }

    [Fact]
    public void Real_numbers_are_finite()
    {
        OptionRange<double> any = OptionRange.Real("a number", _ => true);
        Assert.True(any.Contains(double.MaxValue));
        Assert.False(any.Contains(double.NaN));
        Assert.False(any.Contains(double.PositiveInfinity));
    }

    [Fact]
    public void A_value_beyond_it_is_refused_by_the_options_name()
    {
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => OptionRange.OneOf(2, 4).Require(3, "bits"));
        Assert.Equal("bits: The value is 3. (expected: 2 or 4)", error.Message);
        Assert.Equal(4, OptionRange.OneOf(2, 4).Require(4, "bits"));
    }
}
