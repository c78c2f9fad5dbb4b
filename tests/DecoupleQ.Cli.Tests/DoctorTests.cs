using System.Text.Json;
using DecoupleQ.Testing;

namespace DecoupleQ.Cli.Tests;

public sealed class DoctorTests
{
    [Fact]
    public void The_machine_its_speed_and_usual_models_are_told()
    {
        JsonElement document = Tool.Run("doctor", "--json").Expect(0).Json();
        JsonElement machine = document.GetProperty("machine");
        Assert.StartsWith(".NET 10.", machine.GetProperty("runtime").GetString());
        Assert.Equal(Environment.ProcessorCount, machine.GetProperty("cores").GetInt32());
        Assert.InRange(machine.GetProperty("threads").GetInt32(), 1, Environment.ProcessorCount);
        Assert.NotEqual("", machine.GetProperty("operatingSystem").GetString());
        Assert.Equal(System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString(), machine.GetProperty("architecture").GetString());
        JsonElement memory = machine.GetProperty("memory");
        Assert.InRange(memory.GetProperty("availableBytes").GetInt64(), 100_000_000, memory.GetProperty("totalBytes").GetInt64());
        Assert.Contains(machine.GetProperty("instructionSets").EnumerateArray(), set => set.GetProperty("name").GetString() is "AVX2" or "AdvSimd");
        Assert.All(
            machine.GetProperty("instructionSets").EnumerateArray(),
            set => Assert.True(set.GetProperty("supported").GetBoolean() || !set.GetProperty("used").GetBoolean()));
        Assert.NotEqual("", machine.GetProperty("kernels").GetString());

        JsonElement speed = document.GetProperty("speed");
        Assert.Equal(machine.GetProperty("threads").GetInt32(), speed.GetProperty("threads").GetInt32());
        Assert.InRange(speed.GetProperty("productOperationsPerSecond").GetDouble(), 1e8, 1e14);
        Assert.InRange(speed.GetProperty("readBytesPerSecond").GetDouble(), 1e8, 1e13);

        JsonElement[] models = [.. document.GetProperty("models").EnumerateArray()];
        Assert.Equal(["1b (Llama 3.2 1B)", "8b (Llama 3.1 8B)", "70b (Llama 3.1 70B)"], models.Select(model => model.GetProperty("name").GetString()));
        foreach (JsonElement model in models)
        {
            double dense = model.GetProperty("dense").GetProperty("decodeTokensPerSecond").GetDouble();
            Assert.True(model.GetProperty("packed").GetProperty("decodeTokensPerSecond").GetDouble() > dense);
            Assert.True(model.GetProperty("dense").GetProperty("memoryBytes").GetInt64() > model.GetProperty("packed").GetProperty("memoryBytes").GetInt64());
            Assert.True(model.GetProperty("prefillTokensPerSecond").GetDouble() > 0);
            Assert.True(model.GetProperty("quantization").GetProperty("seconds").GetDouble() > 0);
            Assert.True(model.GetProperty("quantization").GetProperty("peakMemoryBytes").GetInt64() > 100_000_000);
        }
        Assert.Equal(JsonValueKind.Array, document.GetProperty("warnings").ValueKind);
    }

    [Fact]
    public void Of_a_model_that_is_named_its_own_figures_are_told()
    {
        JsonElement document = Tool.Run("doctor", Paths.Model, "--threads", "1", "--json").Expect(0).Json();
        JsonElement model = Assert.Single(document.GetProperty("models").EnumerateArray());
        Assert.Equal(8_392_960, model.GetProperty("parameters").GetInt64());
        Assert.Equal(16_785_920, model.GetProperty("dense").GetProperty("bytes").GetInt64());
        Assert.Equal(1, document.GetProperty("speed").GetProperty("threads").GetInt32());
    }

    [Fact]
    public void A_shape_is_reckoned_for_other_cores_from_this_machines_speed()
    {
        JsonElement two = Tool.Run("doctor", "--shape", "8B", "--cores", "2", "--json").Expect(0).Json();
        Assert.Equal(2, two.GetProperty("estimatedCores").GetInt32());
        JsonElement model = Assert.Single(two.GetProperty("models").EnumerateArray());
        double perCore = two.GetProperty("speed").GetProperty("productOperationsPerSecond").GetDouble()
            / two.GetProperty("speed").GetProperty("threads").GetInt32();
        // Work that products measure, and half a second here and there until code is compiled.
        double seconds = model.GetProperty("quantization").GetProperty("seconds").GetDouble();
        double fast = model.GetProperty("fast").GetProperty("seconds").GetDouble();
        Assert.InRange(seconds * perCore * 2, 5e16, 1e18);
        Assert.InRange(fast, 0.02 * seconds, 0.7 * seconds);
        Assert.True(model.GetProperty("fast").GetProperty("peakMemoryBytes").GetInt64()
            <= model.GetProperty("quantization").GetProperty("peakMemoryBytes").GetInt64());
        Assert.Equal(model.GetProperty("packed").GetProperty("bytes").GetInt64(), model.GetProperty("quantization").GetProperty("diskBytes").GetInt64());

        string text = Tool.Run("doctor", "--shape", "1b", "70b", "--cores", "64").Expect(0).Output;
        Assert.Contains("1b (Llama 3.2 1B)", text);
        Assert.Contains("70b (Llama 3.1 70B)", text);
        Assert.Contains("estimates for 64 cores", text);
        Assert.Contains("expected: 1b, 3b, 8b, 14b or 70b", Tool.Run("doctor", "--shape", "9b").Expect(2).OneLine());
        Assert.Contains("--cores", Tool.Run("doctor", "--cores", "0").Expect(2).OneLine());
    }

    [Fact]
    public void For_people_there_are_tables()
    {
        string text = Tool.Run("doctor", Paths.Model).Expect(0).Output;
        Assert.Matches(@"(?m)^  kernels +\S", text);
        Assert.Matches(@"(?m)^  matrix product, \d+ threads +[\d.]+ GFLOP/s", text);
        Assert.Matches(@"(?m)^  read bandwidth, \d+ threads +[\d.]+ GB/s", text);
        Assert.Matches(@"(?m)^  decode +[\d.]+ tokens/s +[\d.]+ tokens/s", text);
        Assert.Matches(@"(?m)^  time to quantize +\S", text);
    }

    [Fact]
    public void Instructions_that_the_processor_has_and_the_process_does_not_use_are_warned_of()
    {
        Assert.SkipUnless(System.Runtime.Intrinsics.X86.Avx2.IsSupported, "There is nothing to switch off.");
        string warnings = Tool.RunWith("DOTNET_EnableAVX2", "0", "doctor", "--shape", "1b", "--json").Expect(0).Json().GetProperty("warnings").ToString();
        Assert.Contains("The kernels run with 128-bit vectors, and the processor has AVX", warnings);
        Assert.Contains("a DOTNET_Enable... variable switches them off", warnings);
    }

    [Fact]
    public void What_is_no_model_is_refused() => Assert.Contains("no such file or folder", Tool.Run("doctor", "missing").Expect(1).OneLine());
}
