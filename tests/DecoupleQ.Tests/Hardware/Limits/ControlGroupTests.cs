using DecoupleQ.Hardware.Limits;

namespace DecoupleQ.Tests.Hardware.Limits;

public sealed class ControlGroupTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void The_limit_of_version_2_is_read_with_what_is_in_use()
    {
        Write("root/pod/box/memory.max", "2000000000");
        Write("root/pod/box/memory.current", "500000000");
        Assert.Equal((2_000_000_000, 500_000_000), Memory("0::/pod/box\n"));
    }

    [Fact]
    public void So_is_that_of_version_1()
    {
        Write("root/memory/box/memory.limit_in_bytes", "1000");
        Write("root/memory/box/memory.usage_in_bytes", "10");
        Assert.Equal((1000, 10), Memory("5:cpu,cpuacct:/box\n4:memory:/box\n"));
    }

    [Fact]
    public void The_tightest_of_the_groups_around_counts()
    {
        Write("root/pod/box/memory.max", "max");
        Write("root/pod/memory.max", "3000");
        Write("root/pod/memory.current", "30");
        Write("root/memory.max", "9000");
        Assert.Equal((3000, 30), Memory("0::/pod/box\n"));
    }

    [Fact]
    public void A_group_named_from_outside_the_container_is_found_at_the_root()
    {
        Write("root/memory.max", "4000");
        Assert.Equal((4000, 0), Memory("0::/docker/0123\n"));
    }

    [Fact]
    public void Without_groups_there_is_no_limit()
    {
        Assert.Equal(long.MaxValue, Memory("").Limit);
        Assert.Equal(long.MaxValue, ControlGroup.Memory(_folder.File("missing"), _folder.File("root")).Limit);
        Write("root/memory.max", "nonsense");
        Assert.Equal(long.MaxValue, Memory("0::/\n").Limit);
    }

    private (long Limit, long Used) Memory(string groups)
    {
        Write("groups", groups);
        return ControlGroup.Memory(_folder.File("groups"), _folder.File("root"));
    }

    private void Write(string name, string content)
    {
        string path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, content);
    }
}
