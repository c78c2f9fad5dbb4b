using System.Globalization;
using System.Text.RegularExpressions;

namespace DecoupleQ.Checkpoints.Gguf;

/// <summary>The files of a GGUF model: one, or shards named <c>NAME-00001-of-0000N.gguf</c> of which the first holds the metadata.</summary>
internal static partial class GgufShards
{
    private const string CountKey = "split.count", NumberKey = "split.no", TensorsKey = "split.tensors.count";

    /// <summary>Opens the file, or all shards if it is one of several; the first in the list holds the metadata.</summary>
    /// <exception cref="DecoupleQException">A file is missing, damaged, or not the shard that its name says.</exception>
    public static IReadOnlyList<GgufFile> Open(string path, TensorAccess access)
    {
        GgufFile named = GgufFile.Open(path, access);
        var files = new List<GgufFile> { named };
        try
        {
            int count = named.Metadata.Integer(CountKey, 0, 99_999) ?? 1;
            if (count > 1)
            {
                files.Clear();
                Add(files, named, count, access);
            }
            return files;
        }
        catch
        {
            named.Dispose();
            files.ForEach(file => file.Dispose());
            throw;
        }
    }

    private static void Add(List<GgufFile> files, GgufFile named, int count, TensorAccess access)
    {
        Match name = ShardName().Match(Path.GetFileName(named.Path));
        int number = (named.Metadata.Integer(NumberKey, 0, 99_998) ?? 0) + 1;
        string expected = $"a name that ends in -{Digits(number)}-of-{Digits(count)}.gguf, and its siblings beside it";
        if (!name.Success || name.Groups["count"].Value != Digits(count))
        {
            throw new DecoupleQException($"The file is one of {count} shards, but is not named as one.", named.Path, CountKey, expected);
        }
        string folder = Path.GetDirectoryName(named.Path) ?? "";
        for (int i = 0; i < count; i++)
        {
            string path = Path.Combine(folder, $"{name.Groups["stem"].Value}-{Digits(i + 1)}-of-{Digits(count)}.gguf");
            bool isNamed = name.Groups["number"].Value == Digits(i + 1);
            if (!isNamed && !File.Exists(path))
            {
                throw new DecoupleQException("The file is missing.", path, expected: $"all {count} shards of the model: complete the download");
            }
            GgufFile file = isNamed ? named : GgufFile.Open(path, access);
            files.Add(file);
            CheckPlace(file.Metadata, i, count);
        }
        int tensors = files[0].Metadata.Integer(TensorsKey, 0) ?? throw files[0].Metadata.Absent(TensorsKey, "the number of tensors in all shards");
        int found = files.Sum(file => file.Header.Tensors.Count);
        if (found != tensors)
        {
            throw files[0].Metadata.Unexpected(TensorsKey, $"{found}, the tensors that the shards hold");
        }
    }

    private static void CheckPlace(GgufMetadata metadata, int number, int count)
    {
        if (metadata.RequiredInteger(CountKey, 0) != count)
        {
            throw metadata.Unexpected(CountKey, $"{count}, as in the other shards");
        }
        if (metadata.RequiredInteger(NumberKey, 0) != number)
        {
            throw metadata.Unexpected(NumberKey, $"{number}, by the file's name");
        }
    }

    private static string Digits(int number) => number.ToString("D5", CultureInfo.InvariantCulture);

    [GeneratedRegex(@"\A(?<stem>.*)-(?<number>[0-9]{5})-of-(?<count>[0-9]{5})\.gguf\z", RegexOptions.CultureInvariant | RegexOptions.Singleline)]
    private static partial Regex ShardName();
}
