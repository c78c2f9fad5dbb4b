using DecoupleQ.Checkpoints;
using DecoupleQ.ModelFiles;
using DecoupleQ.Quantization.Calibration;
using DecoupleQ.Quantization.Jobs;
using DecoupleQ.Testing;
using DecoupleQ.Tokenization;

namespace DecoupleQ.Quantization.Tests.Calibration;

public sealed class CalibrationWindowsTests : IDisposable
{
    private const int Context = 32;

    private static readonly Tokenizer Tokenizer = TokenizerFiles.Load(Paths.Model);

    private readonly TemporaryFolder _folder = new();
    private readonly string[] _files;
    private readonly int[] _joined;

    public CalibrationWindowsTests()
    {
        string text = File.ReadAllText(Path.Combine(Paths.Samples, "text", "calibration.txt"));
        _files = [_folder["a.txt"], _folder["b.txt"]];
        File.WriteAllText(_files[0], text[..3001]);
        File.WriteAllText(_files[1], text[3001..9000]);
        _joined = [.. Tokenizer.Encode(text[..3001]), .. Tokenizer.Encode(text[3001..9000])];
    }

    [Fact]
    public void Windows_lie_at_uniform_offsets_of_the_joined_ids_and_a_seed_gives_the_same_ones()
    {
        CalibrationWindows windows = Windows(samples: 40, seed: 3);
        Assert.Equal((40, 0, Context, 40L * Context), (windows.Ids.Length, windows.HeldOut.Length, windows.Context, windows.Tokens));
        int[] offsets = [.. windows.Ids.Select(OffsetOf)];
        Assert.All(offsets, offset => Assert.True(offset >= 0));
        // Each quarter of the text has its share: 10 expected, 2 or fewer once in 10,000 seeds.
        Assert.All(Enumerable.Range(0, 4), quarter => Assert.True(offsets.Count(o => o * 4 / _joined.Length == quarter) > 2));
        Assert.Equal(windows.Ids, Windows(samples: 40, seed: 3).Ids);
        Assert.NotEqual(windows.Ids, Windows(samples: 40, seed: 4).Ids);
    }

    [Fact]
    public void Windows_cross_from_one_file_to_the_next_in_the_order_given()
    {
        int border = Tokenizer.Encode(File.ReadAllText(_files[0])).Count;
        int[] offsets = [.. Windows(samples: 400, seed: 0).Ids.Select(OffsetOf)];
        Assert.Contains(offsets, offset => offset < border && offset + Context > border);
    }

    [Fact]
    public void Windows_held_out_leave_the_others_as_they_are_and_are_none_of_them()
    {
        CalibrationWindows windows = Windows(samples: 8, seed: 1, heldOut: 5);
        Assert.Equal(Windows(samples: 8, seed: 1).Ids, windows.Ids);
        Assert.Equal(5, windows.HeldOut.Length);
        Assert.Empty(windows.HeldOut.Select(OffsetOf).Intersect(windows.Ids.Select(OffsetOf)));
    }

    [Fact]
    public void Windows_are_the_same_whether_the_ids_of_the_texts_are_held_or_made_again()
    {
        CalibrationWindows held = Windows(samples: 60, seed: 5, heldOut: 4);
        CalibrationWindows again = CalibrationWindows.FromTexts(_files, Tokenizer, 60, 4, Context, 5, mostTextBytes: 1000);
        Assert.Equal(held.Ids, again.Ids);
        Assert.Equal(held.HeldOut, again.HeldOut);
        // As they were when texts were encoded whole: the offsets are drawn window by window.
        var random = new SplitMix64(5);
        Assert.All(held.Ids, window => Assert.Equal(_joined.AsSpan(random.NextInt(_joined.Length - Context + 1), Context).ToArray(), window));
    }

    [Theory]
    [InlineData(1_000_000_000, 16, null, "samples")]
    [InlineData(int.MaxValue, int.MaxValue, null, "samples")]
    [InlineData(128, 2_000_000_000, null, "held-out-samples")]
    [InlineData(20_000, 16, 100L << 20, "samples")]
    public void Windows_that_nothing_could_hold_are_refused_before_they_are_made(int samples, int heldOut, long? budget, string option)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => CalibrationWindows.CheckRoom(samples, heldOut, 2048, budget));
        Assert.Equal(option, error.Field);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1 << 20);
        CalibrationWindows.CheckRoom(10_000, 16, 2048, 100L << 20);
    }

    [Fact]
    public void A_text_of_exactly_one_window_is_enough_and_one_id_fewer_is_not()
    {
        string file = _folder["short.txt"];
        File.WriteAllText(file, "It was a dark and stormy night.");
        int ids = Tokenizer.Encode(File.ReadAllText(file)).Count;
        Assert.All(CalibrationWindows.FromTexts([file], Tokenizer, 3, 0, ids, 0).Ids, window => Assert.Equal(Tokenizer.Encode(File.ReadAllText(file)), window));
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => CalibrationWindows.FromTexts([file], Tokenizer, 3, 0, ids + 1, 0));
        Assert.Equal((file, "calibration"), (error.File, error.Field));
        Assert.Contains($"{ids}", error.Message);
        Assert.Contains($"at least {ids + 1} tokens", error.Expected);
    }

    [Fact]
    public void A_text_shorter_than_its_windows_gives_a_warning_that_says_how_much_is_missing()
    {
        int windows = _joined.Length / Context;
        Assert.Empty(Windows(samples: windows, seed: 0).Warnings);
        Assert.Empty(Windows(samples: windows - 2, seed: 0, heldOut: 2).Warnings);
        string warning = Assert.Single(Windows(samples: windows - 1, seed: 0, heldOut: 2).Warnings);
        Assert.Contains($"{_joined.Length} tokens", warning);
        Assert.Contains($"{windows + 1} windows of {Context} take {(windows + 1) * Context}", warning);
    }

    [Fact]
    public void A_file_that_is_missing_or_not_UTF_8_is_named()
    {
        string missing = _folder["missing.txt"], binary = _folder["binary.txt"];
        File.WriteAllBytes(binary, [0x41, 0xC3, 0x28, 0xFF, 0xFE]);
        foreach (string file in (string[])[missing, binary])
        {
            Assert.Equal(file, Assert.Throws<DecoupleQException>(() => CalibrationWindows.FromTexts([_files[0], file], Tokenizer, 1, 0, Context, 0)).File);
        }
    }

    [Fact]
    public void Given_windows_are_taken_as_they_are_and_those_beyond_the_samples_are_held_out()
    {
        string file = Ids.Write(_folder["ids.safetensors"], windows: 6, context: 5, vocabulary: 50);
        using SafetensorsFile stored = SafetensorsFile.Open(file, TensorAccess.Read);
        int[][] all = [.. stored.ReadIntegers("ids").Select(id => (int)id).Chunk(5)];

        CalibrationWindows windows = CalibrationWindows.FromTensor(file, 50, samples: null, heldOut: 4, seed: 0);
        Assert.Equal(all, windows.Ids);
        Assert.Empty(windows.HeldOut);
        windows = CalibrationWindows.FromTensor(file, 50, samples: 3, heldOut: 2, seed: 0);
        Assert.Equal(all[..3], windows.Ids);
        Assert.Equal(all[3..5], windows.HeldOut);
    }

    [Fact]
    public void A_seed_takes_given_windows_in_another_order_and_leaves_those_held_out()
    {
        string file = Ids.Write(_folder["ids.safetensors"], windows: 12, context: 5, vocabulary: 50);
        CalibrationWindows stored = Windows(0), first = Windows(1), second = Windows(2);
        Assert.Equal(first.Ids, Windows(1).Ids);
        Assert.NotEqual(stored.Ids, first.Ids);
        Assert.NotEqual(first.Ids, second.Ids);
        Assert.Equal(Sorted(stored), Sorted(first));
        Assert.Equal(Sorted(stored), Sorted(second));
        Assert.Equal(stored.HeldOut, first.HeldOut);

        CalibrationWindows Windows(ulong seed) => CalibrationWindows.FromTensor(file, 50, samples: 10, heldOut: 2, seed);

        static IEnumerable<string> Sorted(CalibrationWindows windows) => windows.Ids.Select(ids => string.Join(' ', ids)).Order(StringComparer.Ordinal);
    }

    [Fact]
    public void Given_windows_that_cannot_be_used_are_refused_by_name()
    {
        string large = Ids.Write(_folder["large.safetensors"], [[1, 2], [3, 50]]), negative = Ids.Write(_folder["negative.safetensors"], [[1, -2], [3, 4]]);
        string other = Ids.Write(_folder["other.safetensors"], [[1, 2]], name: "tokens"), few = Ids.Write(_folder["few.safetensors"], [[1, 2], [3, 4]]);
        string narrow = Ids.Write(_folder["narrow.safetensors"], [[1], [2]]), floats = _folder["floats.safetensors"];
        SafetensorsWriter.Write(floats, [TensorPayload.Floats("ids", Tensors.ElementType.F32, [1, 2], (float[])[1, 2])], TestContext.Current.CancellationToken);

        Assert.Contains("Window 1 holds the id 50", Refused(large, "ids").Message);
        Assert.Contains("Window 0 holds the id -2", Refused(negative, "ids").Message);
        Refused(other, "ids");
        Refused(narrow, "ids");
        Refused(floats, "ids");
        Assert.Contains("2 windows", Refused(few, "samples", samples: 3).Message);

        static DecoupleQException Refused(string file, string field, int? samples = null)
        {
            DecoupleQException error = Assert.Throws<DecoupleQException>(() => CalibrationWindows.FromTensor(file, 50, samples, 0, 0));
            Assert.Equal((file, field), (error.File, error.Field));
            return error;
        }
    }

    [Theory]
    [InlineData(TensorType.I64)]
    [InlineData(TensorType.I32)]
    [InlineData(TensorType.U16)]
    [InlineData(TensorType.U8)]
    public void Windows_that_lie_across_the_pieces_that_a_table_is_read_in_are_whole(TensorType type)
    {
        // Pieces have a power of two of ids.
        const int context = 1009, count = 400;
        string file = Table(type, count, context, place => (byte)(place % 251));
        CalibrationWindows windows = CalibrationWindows.FromTensor(file, 251, samples: 300, heldOut: 50, seed: 0);
        Assert.Equal((300, 50), (windows.Ids.Length, windows.HeldOut.Length));
        Assert.All(
            windows.Ids.Concat(windows.HeldOut).Index(),
            window => Assert.Equal(Enumerable.Range(0, context).Select(i => ((window.Index * context) + i) % 251), window.Item));
        Assert.Equal(count, CalibrationWindows.FromTensor(file, 251, samples: null, heldOut: 50, seed: 0).Ids.Length);
    }

    [Fact]
    public void Of_a_table_only_what_is_taken_is_held()
    {
        const int context = 1000, count = 4000;
        string file = Table(TensorType.I64, count, context, _ => 1, "attention_mask");
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(2, CalibrationWindows.FromTensor(file, 50, samples: 2, heldOut: 1, seed: 3).Ids.Length);
        // The table has 32 MB, and so has its mask.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 6 << 20);

        DecoupleQException error =
            Assert.Throws<DecoupleQException>(() => CalibrationWindows.FromTensor(file, 50, samples: null, heldOut: 0, seed: 0, memoryBudget: 1 << 20));
        Assert.Equal("samples", error.Field);
        Assert.Contains("at most 262 windows of 1000 ids", error.Expected);
        Assert.Equal(262, CalibrationWindows.FromTensor(file, 50, samples: 262, heldOut: 0, seed: 0, memoryBudget: 1 << 20).Ids.Length);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 16 << 20);
    }

    [Fact]
    public void An_id_that_is_none_is_refused_wherever_it_is_in_a_table()
    {
        string file = Table(TensorType.I64, 400, 1000, place => (byte)(place == 399_500 ? 50 : 49));
        DecoupleQException error = Assert.Throws<DecoupleQException>(() => CalibrationWindows.FromTensor(file, 50, samples: 2, heldOut: 0, seed: 0));
        Assert.Contains("Window 399 holds the id 50", error.Message);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.Throws<OperationCanceledException>(
            () => CalibrationWindows.FromTensor(file, 50, samples: 2, heldOut: 0, seed: 0, cancellationToken: cancelled.Token));
    }

    public void Dispose() => _folder.Dispose();

    private CalibrationWindows Windows(int samples, ulong seed, int heldOut = 0) =>
        CalibrationWindows.FromTexts(_files, Tokenizer, samples, heldOut, Context, seed);

    // Ids below 256, and a mask of ones.
    private string Table(TensorType type, int count, int context, Func<int, byte> id, string? mask = null)
    {
        int width = type switch { TensorType.I64 => 8, TensorType.I32 => 4, TensorType.U16 => 2, _ => 1 };
        string file = _folder["table.safetensors"];
        TensorPayload ids = Payload("ids", id);
        SafetensorsWriter.Write(file, mask is null ? [ids] : [ids, Payload(mask, _ => 1)], TestContext.Current.CancellationToken);
        return file;

        TensorPayload Payload(string name, Func<int, byte> value) => new(name, type, [count, context], (stream, _) =>
        {
            var row = new byte[context * width];
            for (int i = 0; i < count; i++)
            {
                for (int j = 0; j < context; j++)
                {
                    row[j * width] = value((i * context) + j);
                }
                stream.Write(row);
            }
        });
    }

    private int OffsetOf(int[] window) => _joined.AsSpan().IndexOf(window);
}
