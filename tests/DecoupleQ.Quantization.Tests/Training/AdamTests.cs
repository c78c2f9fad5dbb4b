using DecoupleQ.Quantization.Gradients;
using DecoupleQ.Quantization.Training;

namespace DecoupleQ.Quantization.Tests.Training;

public sealed class AdamTests
{
    [Fact]
    public void The_first_step_is_the_learning_rate_along_the_sign_of_a_large_gradient()
    {
        var tensor = new TrainedTensor([1, 1, 0.5f]);
        var adam = new Adam([tensor], new AdamOptions());
        ((float[])[300, -40, 0]).CopyTo(tensor.Gradient, 0);
        adam.Step(0.01);
        Assert.Equal(0.99, tensor.Values[0], 6);
        Assert.Equal(1.01, tensor.Values[1], 6);
        // Only the decay moves it: 0.01 * 5e-7 / (5e-7 + 2e-5).
        Assert.Equal(0.5 - 0.00024390, tensor.Values[2], 6);
        Assert.All(tensor.Gradient, g => Assert.Equal(0, g));
    }

    [Fact]
    public void Later_steps_use_both_moments_with_their_bias_corrected()
    {
        var tensor = new TrainedTensor([0]);
        var adam = new Adam([tensor], new AdamOptions { Beta1 = 0.5, Beta2 = 0.75, Epsilon = 1, WeightDecay = 0 });
        tensor.Gradient[0] = 2;
        adam.Step(1);
        // m = 1, v = 1; corrected 2 and 4: 2 / (2 + 1).
        Assert.Equal(-2.0 / 3, tensor.Values[0], 6);
        tensor.Gradient[0] = -4;
        adam.Step(1);
        // m = 0.5 - 2 = -1.5, v = 0.75 + 4 = 4.75; corrected by 0.75 and 0.4375.
        Assert.Equal((-2.0 / 3) + (2 / (Math.Sqrt(4.75 / 0.4375) + 1)), tensor.Values[0], 6);
    }

    [Fact]
    public void A_tensors_rate_is_a_factor_of_the_steps_and_none_leaves_it()
    {
        TrainedTensor[] tensors = [new([1, 2]), new([1, 2]), new([1, 2])];
        var adam = new Adam(tensors, new AdamOptions(), [1, 0.25, 0]);
        for (int step = 0; step < 3; step++)
        {
            foreach (TrainedTensor tensor in tensors)
            {
                ((float[])[300 - (90 * step), -40]).CopyTo(tensor.Gradient, 0);
            }
            adam.Step(0.01);
        }
        for (int i = 0; i < 2; i++)
        {
            float start = 1 + i;
            Assert.Equal(0.25 * (tensors[0].Values[i] - start), tensors[1].Values[i] - start, 1e-6);
            Assert.NotEqual(start, tensors[0].Values[i]);
            Assert.Equal(start, tensors[2].Values[i]);
        }
    }

    [Theory]
    [InlineData(1, 0.99, 1e-5, 0, "Beta1")]
    [InlineData(0.9, -0.1, 1e-5, 0, "Beta2")]
    [InlineData(0.9, 0.99, 0, 0, "Epsilon")]
    [InlineData(0.9, 0.99, 1e-5, double.NaN, "WeightDecay")]
    public void Constants_out_of_range_are_refused(double beta1, double beta2, double epsilon, double decay, string field)
    {
        var options = new BlockMinimisationOptions { Adam = new AdamOptions { Beta1 = beta1, Beta2 = beta2, Epsilon = epsilon, WeightDecay = decay } };
        Assert.Equal(field, Assert.Throws<DecoupleQException>(options.Validate).Field);
    }
}
