using System.Text.Json.Nodes;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Generation;

/// <summary>A copy of the sample model with changed fields in one of its JSON files.</summary>
internal static class SampleCopy
{
    public static void Write(string folder, string file, JsonObject fields)
    {
        foreach (string path in Directory.GetFiles(Paths.Model))
        {
            File.Copy(path, Path.Combine(folder, Path.GetFileName(path)));
        }
        string changed = Path.Combine(folder, file);
        JsonObject json = JsonNode.Parse(File.ReadAllText(changed))!.AsObject();
        foreach ((string name, JsonNode? value) in fields)
        {
            json[name] = value?.DeepClone();
        }
        File.WriteAllText(changed, json.ToJsonString());
    }
}
