using System.Buffers.Binary;
using System.Text.Json;
using DecoupleQ.Testing;

namespace DecoupleQ.Server.Tests;

/// <summary>A folder with a copy of the sample model, which answers otherwise, as one of its layers adds nothing; it is removed again.</summary>
internal sealed class OtherModel : IDisposable
{
    /// <summary>The name that it goes by if nothing is said.</summary>
    public const string Name = "books-otherwise";

    private const string Weights = "model.safetensors", Zeroed = "model.layers.7.mlp.down_proj.weight";

    private readonly string _folder = Directory.CreateTempSubdirectory("decoupleq-").FullName;

    /// <param name="change">Changes its files; null for no further change.</param>
    public OtherModel(Action<string>? change = null)
    {
        Directory.CreateDirectory(Path);
        foreach (string file in Directory.EnumerateFiles(Paths.Model))
        {
            File.Copy(file, System.IO.Path.Combine(Path, System.IO.Path.GetFileName(file)));
        }
        byte[] weights = File.ReadAllBytes(Of(Weights));
        int header = (int)BinaryPrimitives.ReadInt64LittleEndian(weights);
        JsonElement offsets = JsonElement.Parse(weights.AsSpan(sizeof(long), header)).GetProperty(Zeroed).GetProperty("data_offsets");
        int data = sizeof(long) + header;
        weights.AsSpan((data + offsets[0].GetInt32())..(data + offsets[1].GetInt32())).Clear();
        File.WriteAllBytes(Of(Weights), weights);
        change?.Invoke(Path);
    }

    public string Path => System.IO.Path.Combine(_folder, Name);

    /// <summary>Makes every step of a model that has been loaded from it fail.</summary>
    public void Break() => File.SetLastWriteTimeUtc(Of(Weights), DateTime.UtcNow.AddDays(-1));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Of(string name) => System.IO.Path.Combine(Path, name);
}
