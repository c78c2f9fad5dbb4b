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
        Assert.Equal(["Llama 3.2 1B", "Llama 3.1 8B"], models.Select(model => model.GetProperty("name").GetString()));
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
    public void What_is_no_model_is_refused() => Assert.Contains("no such file or folder", Tool.Run("doctor", "missing").Expect(1).OneLine());
}
