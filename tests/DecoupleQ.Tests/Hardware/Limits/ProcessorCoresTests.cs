using DecoupleQ.Hardware.Limits;

namespace DecoupleQ.Tests.Hardware.Limits;

public sealed class ProcessorCoresTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Hardware_threads_of_a_core_count_once_and_only_those_allowed()
    {
        for (int i = 0; i < 8; i++)
        {
            Write($"cpu/cpu{i}/topology/thread_siblings_list", $"{i % 4},{(i % 4) + 4}\n");
        }
        Assert.Equal(4, Physical("Name:\tdotnet\nCpus_allowed_list:\t0-7\n"));
        Assert.Equal(2, Physical("Cpus_allowed_list:\t1,3,5,7\n"));
        Assert.Equal(1, Physical("Cpus_allowed_list:\t2\n"));
        Assert.Equal(3, Physical("Cpus_allowed_list:\t0-1,4-6\n"));
    }

    [Fact]
    public void What_the_system_does_not_tell_is_not_made_up()
    {
        Assert.Null(ProcessorCores.Physical(_folder.File("missing"), _folder.File("cpu")));
        Assert.Null(Physical("Name:\tdotnet\n"));
        Assert.Null(Physical("Cpus_allowed_list:\tnonsense\n"));
        Assert.Null(Physical("Cpus_allowed_list:\t0-3\n"));
    }

    [Theory]
    [InlineData(8, 16, 8)]
    [InlineData(8, 3, 3)]
    [InlineData(2, 2, 2)]
    [InlineData(1, 2, 2)]
    [InlineData(1, 1, 1)]
    [InlineData(1, 8, 2)]
    public void There_is_a_thread_a_core_within_the_quota_but_one_core_is_given_two(int cores, int logical, int threads) =>
        Assert.Equal(threads, ProcessorCores.ThreadsFor(cores, logical));

    [Fact]
    public void The_second_level_cache_is_the_one_of_level_2()
    {
        Write("cache/index0/level", "1\n");
        Write("cache/index0/size", "32K\n");
        Write("cache/index2/level", "2\n");
        Write("cache/index2/size", "2048K\n");
        Assert.Equal(2 << 20, SecondLevelCache.FromLinux(_folder.File("cache")));
        Assert.Null(SecondLevelCache.FromLinux(_folder.File("missing")));
        Assert.InRange(SecondLevelCache.Bytes, 256 << 10, 64 << 20);
    }

    private int? Physical(string status)
    {
        Write("status", status);
        return ProcessorCores.Physical(_folder.File("status"), _folder.File("cpu"));
    }

    private void Write(string name, string content)
    {
        string path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
