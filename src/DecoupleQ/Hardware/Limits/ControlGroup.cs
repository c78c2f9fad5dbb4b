using System.Globalization;

namespace DecoupleQ.Hardware.Limits;

/// <summary>The memory limit that Linux sets to a container: that of the process's control group, or of one around it.</summary>
internal static class ControlGroup
{
    /// <summary>The tightest limit and what is in use under it; <see cref="long.MaxValue"/> if there is none.</summary>
    /// <param name="groups">The file that names the process's groups.</param>
    /// <param name="root">Where groups are mounted.</param>
    public static (long Limit, long Used) Memory(string groups = "/proc/self/cgroup", string root = "/sys/fs/cgroup")
    {
        (long Limit, long Used) tightest = (long.MaxValue, 0);
        foreach (string line in Lines(groups))
        {
            // Version 2: "0::/path". Version 1, a line a controller: "4:memory:/path".
            string[] parts = line.Split(':', 3);
            (string Mount, string Limit, string Used)? files = parts switch
            {
                ["0", "", _] => (root, "memory.max", "memory.current"),
                [_, string controllers, _] when controllers.Split(',').Contains("memory") =>
                    (root + "/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
                _ => null,
            };
            if (files is not { } names)
            {
                continue;
            }
            // Inside a container the group's path is seen from outside: what is not there belongs to a group around it.
            for (string? path = parts[2]; path is not null; path = Path.GetDirectoryName(path))
            {
                string folder = names.Mount + path.TrimEnd('/');
                if (Number(Path.Combine(folder, names.Limit)) is long limit && limit < tightest.Limit)
                {
                    tightest = (limit, Number(Path.Combine(folder, names.Used)) ?? 0);
                }
            }
        }
        return tightest;
    }

    /// <summary>The lines of a file of the system; none if it cannot be read.</summary>
    public static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    // "max" stands for no limit.
    private static long? Number(string path) =>
        Lines(path) is [string text, ..] && long.TryParse(text, CultureInfo.InvariantCulture, out long number) ? number : null;
}
