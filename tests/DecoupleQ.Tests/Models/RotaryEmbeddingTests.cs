using DecoupleQ.Models.Plans;

namespace DecoupleQ.Tests.Models;

public sealed class RotaryEmbeddingTests
{
    private const double Theta = 500000;
    private const int HeadSize = 64;

    [Fact]
    public void Frequencies_are_powers_of_theta()
    {
        double[] frequencies = RotaryEmbedding.Frequencies(HeadSize, Theta);
        Assert.Equal(HeadSize / 2, frequencies.Length);
        for (int i = 0; i < frequencies.Length; i++)
        {
            Assert.Equal(1 / Math.Pow(Theta, 2.0 * i / HeadSize), frequencies[i], 1e-14);
        }
    }

    [Fact]
    public void Linear_scaling_is_the_same_as_positions_that_lie_closer()
    {
        double[] plain = RotaryEmbedding.Frequencies(HeadSize, Theta);
        var scaled = new RotaryEmbedding(RotaryEmbedding.ScaleLinearly(plain, 4));
        Assert.Equal(new RotaryEmbedding(plain).Angles(25, 1).Cosines.ToArray(), scaled.Angles(100, 1).Cosines.ToArray());
    }

    [Fact]
    public void The_scaling_of_Llama_3_follows_its_three_cases()
    {
        const double Factor = 8, Low = 1, High = 4;
        const int Original = 8192;
        double[] plain = RotaryEmbedding.Frequencies(HeadSize, Theta);
        double[] scaled = RotaryEmbedding.ScaleLlama3(plain, Factor, Low, High, Original);
        var cases = new int[3];
        for (int i = 0; i < plain.Length; i++)
        {
            // As published with Llama 3.1: by wavelength.
            double wavelength = 2 * Math.PI / plain[i];
            double smooth = ((Original / wavelength) - Low) / (High - Low);
            (int which, double expected) = wavelength switch
            {
                < Original / High => (0, plain[i]),
                > Original / Low => (1, plain[i] / Factor),
                _ => (2, ((1 - smooth) * plain[i] / Factor) + (smooth * plain[i])),
            };
            cases[which]++;
            Assert.Equal(expected, scaled[i], 1e-12 * expected);
        }
        Assert.All(cases, count => Assert.True(count > 0));
    }

    [Fact]
    public void Angles_do_not_depend_on_the_order_in_which_positions_are_asked_for()
    {
        double[] frequencies = RotaryEmbedding.Frequencies(HeadSize, 10000);
        var forward = new RotaryEmbedding(frequencies);
        foreach (int position in (int[])[0, 3, 255, 256, 1000, 7, 5000])
        {
            (ReadOnlyMemory<float> cosines, ReadOnlyMemory<float> sines) = forward.Angles(position, 2);
            for (int i = 0; i < HeadSize; i++)
            {
                double angle = (position + (i / (HeadSize / 2))) * frequencies[i % (HeadSize / 2)];
                Assert.Equal((float)Math.Cos(angle), cosines.Span[i]);
                Assert.Equal((float)Math.Sin(angle), sines.Span[i]);
            }
        }
    }

    [Fact]
    public void Tables_may_grow_while_others_read_them()
    {
        var rotary = new RotaryEmbedding(RotaryEmbedding.Frequencies(HeadSize, 10000));
        float[] expected = new RotaryEmbedding(RotaryEmbedding.Frequencies(HeadSize, 10000)).Angles(100, 4).Cosines.ToArray();
        Parallel.For(0, 64, i =>
        {
            rotary.Angles(i * 97, 5);
            Assert.Equal(expected, rotary.Angles(100, 4).Cosines.ToArray());
        });
    }
}
