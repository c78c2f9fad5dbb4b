using DecoupleQ.Checkpoints;
using DecoupleQ.Evaluation;
using DecoupleQ.Models;
using DecoupleQ.Storage;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Evaluation;

public sealed class LogitsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly LanguageModel _model = LanguageModel.Load(Paths.Model, new() { Threads = 2 });

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _model.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Logits_of_every_and_of_the_last_position_are_those_of_the_model()
    {
        int[] first = [1, 5, 9, 300], second = [1, 2];
        Write("ids.safetensors", ("a.ids", first), ("b.ids", second));
        LogitsReport report = LogitsFile.Write(_model, _folder.File("ids.safetensors"), _folder.File("all.safetensors"), cancellationToken: Token);
        Assert.Equal(new LogitsReport(2, 6, _model.VocabularySize), report);
        using SafetensorsFile all = SafetensorsFile.Open(_folder.File("all.safetensors"), TensorAccess.Read);
        Assert.Equal([4, _model.VocabularySize], all.Tensors["a.logits"].Shape);
        Assert.Equal(_model.Logits(first), all.ReadFloats("a.logits"));
        Assert.Equal(_model.Logits(second), all.ReadFloats("b.logits"));

        LogitsFile.Write(
            _model, _folder.File("ids.safetensors"), _folder.File("last.safetensors"), new() { LastOnly = true }, cancellationToken: Token);
        using SafetensorsFile last = SafetensorsFile.Open(_folder.File("last.safetensors"), TensorAccess.Read);
        Assert.Equal([_model.VocabularySize], last.Tensors["a.logits"].Shape);
        float[] expected = _model.Logits(first)[^_model.VocabularySize..];
        Assert.True(expected.Zip(last.ReadFloats("a.logits"), (e, a) => Math.Abs(e - a)).Max() < 1e-3);
    }

    [Fact]
    public void What_is_no_sequence_is_refused_and_nothing_is_left()
    {
        Write("wrong.safetensors", ("ids", [1]));
        Assert.Contains("There are no sequences.", Refusal("wrong.safetensors").Message, StringComparison.Ordinal);
        Write("large.safetensors", ("a.ids", [1, 100000]));
        Assert.Contains("The id at 1 is 100000.", Refusal("large.safetensors").Message, StringComparison.Ordinal);
        Write("long.safetensors", ("a.ids", new int[300]));
        Assert.Contains("300 ids", Refusal("long.safetensors").Message, StringComparison.Ordinal);
        Assert.DoesNotContain(Directory.GetFiles(_folder.Path), file => file.Contains("out", StringComparison.Ordinal));
    }

    [Fact]
    public void A_mask_of_another_length_is_refused()
    {
        Write("short.safetensors", ("a.ids", [1, 2, 3]), ("a.mask", [1]));
        Assert.Contains("The mask has the shape [1].", Refusal("short.safetensors").Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_read_is_never_written_over()
    {
        Write("same.safetensors", ("a.ids", [1, 2, 3]));
        byte[] before = File.ReadAllBytes(_folder.File("same.safetensors"));
        Directory.CreateSymbolicLink(_folder.File("link"), _folder.Path);
        string linked = Path.Combine(_folder.File("link"), "same.safetensors");
        foreach (string output in (string[])[_folder.File("same.safetensors"), linked, Path.Combine(Paths.Model, "logits.safetensors")])
        {
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => LogitsFile.Write(_model, _folder.File("same.safetensors"), output));
            Assert.Contains("take the place of what is read", error.Message, StringComparison.Ordinal);
        }
        Assert.Equal(before, File.ReadAllBytes(_folder.File("same.safetensors")));
        Assert.False(File.Exists(Path.Combine(Paths.Model, "logits.safetensors")));
    }

    [Fact]
    public void A_pipe_stays_one_and_what_lies_beside_the_output_too()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no pipes among files.");
        Write("ids.safetensors", ("a.ids", [1, 2, 3]));
        string pipe = _folder.File("pipe"), precious = _folder.File("new.partial");
        using (var made = System.Diagnostics.Process.Start("mkfifo", pipe))
        {
            made.WaitForExit();
        }
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => LogitsFile.Write(_model, _folder.File("ids.safetensors"), pipe));
        Assert.Contains("This is a device or a pipe.", error.Message, StringComparison.Ordinal);

        File.WriteAllText(precious, "precious");
        File.WriteAllText(_folder.File("new"), "");
        LogitsFile.Write(_model, _folder.File("ids.safetensors"), _folder.File("new"));
        Assert.Equal("precious", File.ReadAllText(precious));
        Assert.True(new FileInfo(_folder.File("new")).Length > 0);
    }

    [Theory]
    [InlineData("a.attention_mask")]
    [InlineData("a.mask")]
    public void A_mask_that_leaves_ids_out_is_refused(string mask)
    {
        Write("masked.safetensors", ("a.ids", [1, 2, 3]), (mask, [0, 1, 1]));
        DecoupleQException error = Refusal("masked.safetensors");
        Assert.Equal((_folder.File("masked.safetensors"), mask), (error.File, error.Field));
        Write("whole.safetensors", ("a.ids", [1, 2, 3]), (mask, [1, 1, 1]), ("a.logits", [0]), ("b.mask", [0]));
        LogitsReport report = LogitsFile.Write(_model, _folder.File("whole.safetensors"), _folder.File("out.safetensors"), cancellationToken: Token);
        Assert.Equal(1, report.Sequences);
    }

    private DecoupleQException Refusal(string name) =>
        Assert.Throws<DecoupleQException>(
            () => LogitsFile.Write(_model, _folder.File(name), _folder.File("out.safetensors"), cancellationToken: Token));

    private void Write(string file, params (string Name, int[] Ids)[] tensors) => SafetensorsWriter.Write(
        _folder.File(file),
        [
            .. tensors.Select(t => new TensorPayload(
                t.Name, TensorType.I32, [t.Ids.Length], (stream, _) => stream.Write(System.Runtime.InteropServices.MemoryMarshal.AsBytes<int>(t.Ids)))),
        ]);
}
