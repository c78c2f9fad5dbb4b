using System.Diagnostics;
using System.Net.Sockets;

namespace DecoupleQ.Tests.Storage;

/// <summary>Something in a folder that is no file.</summary>
internal sealed class OddFile : IDisposable
{
    private readonly Socket? _socket;
    private readonly System.IO.Pipes.AnonymousPipeServerStream? _open;

    public OddFile(TemporaryFolder folder, string kind)
    {
        Path = folder.File("odd");
        switch (kind)
        {
            case "pipe":
                MakePipe(Path);
                break;
            case "link to a pipe":
                MakePipe(folder.File("pipe"));
                File.CreateSymbolicLink(Path, "pipe");
                break;
            case "device":
                File.CreateSymbolicLink(Path, "/dev/zero");
                break;
            case "socket":
                _socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                _socket.Bind(new UnixDomainSocketEndPoint(Path));
                break;
            default:
                // As <(...) of a shell gives it: nobody has written yet.
                _open = new(System.IO.Pipes.PipeDirection.Out);
                Path = $"/dev/fd/{_open.GetClientHandleAsString()}";
                break;
        }
    }

    public string Path { get; }

    public static void MakePipe(string path)
    {
        using var made = Process.Start("mkfifo", path);
        made.WaitForExit();
        Assert.Equal(0, made.ExitCode);
    }

    public void Dispose()
    {
        _socket?.Dispose();
        _open?.Dispose();
    }
}
