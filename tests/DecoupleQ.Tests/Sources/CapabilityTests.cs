using System.Text.RegularExpressions;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Sources;

/// <summary>What the product could do to its machine, it does not have the means for.</summary>
public sealed partial class CapabilityTests
{
    [Fact]
    public void The_sources_open_no_connection_start_no_program_and_load_no_native_code()
    {
        string root = Path.Combine(Paths.Repository, "src");
        Assert.True(SourceTree.Files(root).Count > 300);
        Assert.Equal([], SourceTree.Where(root, Means().IsMatch).Where(file => !Listens(file)));
        // Who listens names addresses, and has as little to connect with as the others.
        Assert.Equal([], SourceTree.Where(root, MeansBesideListening().IsMatch).Where(Listens));
    }

    [Theory]
    [InlineData("using System.Net;", false)]
    [InlineData("using System.Net.Http.Headers;", false)]
    [InlineData("System.Net.Sockets.AddressFamily.InterNetwork", false)]
    [InlineData("using System.Net.Http;", true)]
    [InlineData("new System.Net.Sockets.Socket();", true)]
    [InlineData("new HttpClient();", true)]
    [InlineData("Process.Start(\"sh\");", true)]
    public void Who_listens_may_name_addresses(string code, bool isOne) => Assert.Equal(isOne, MeansBesideListening().IsMatch(code));

    [Theory]
    [InlineData("using System.Net.Http;", true)]
    [InlineData("new System.Net.Sockets.TcpClient();", true)]
    [InlineData("[DllImport(\"libc\")] static extern int open();", true)]
    [InlineData("[LibraryImport(\"libc\")]", true)]
    [InlineData("NativeLibrary.Load(path);", true)]
    [InlineData("Process.Start(\"sh\");", true)]
    [InlineData("Assembly.LoadFrom(path);", true)]
    [InlineData("Process.GetCurrentProcess();", false)]
    [InlineData("using WebUtility = System.Net.WebUtility;", false)]
    [InlineData("using System.Numerics;", false)]
    public void The_search_tells_the_means(string code, bool isOne) => Assert.Equal(isOne, Means().IsMatch(code));

    private static bool Listens(string file) =>
        file.StartsWith("DecoupleQ.Server/", StringComparison.Ordinal) || file == "DecoupleQ.Cli/Commands/ServeCommand.cs";

    [GeneratedRegex(
        @"\bSystem\s*\.\s*Net\s*\.\s*Http\b(?!\s*\.\s*Headers\b)|\b(DllImport|LibraryImport|NativeLibrary|HttpClient|TcpClient|Socket)\b"
        + @"|\bProcess\s*\.\s*Start\b|\bProcessStartInfo\b|\bAssembly\s*\.\s*Load|\bdelegate\s*\*\s*unmanaged\b")]
    private static partial Regex MeansBesideListening();

    [GeneratedRegex(
        @"\bSystem\s*\.\s*Net\b(?!\s*\.\s*WebUtility\b)|\b(DllImport|LibraryImport|NativeLibrary|HttpClient|TcpClient|Socket)\b"
        + @"|\bProcess\s*\.\s*Start\b|\bProcessStartInfo\b|\bAssembly\s*\.\s*Load|\bdelegate\s*\*\s*unmanaged\b")]
    private static partial Regex Means();
}
