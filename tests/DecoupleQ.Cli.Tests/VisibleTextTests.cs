using System.Buffers.Binary;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using CsCheck;
using DecoupleQ.Cli.Progress;
using DecoupleQ.Cli.Rendering;
using DecoupleQ.Storage;
using DecoupleQ.Testing;
using Spectre.Console;

namespace DecoupleQ.Cli.Tests;

/// <summary>Control characters in texts, names and messages, which a terminal is not to obey.</summary>
public sealed class VisibleTextTests : IDisposable
{
    // Sets a window's title, erases the screen in two ways, and turns the order of letters about; marks of Arabic and Hebrew are plain.
    private const string Hostile = "a\u001b]0;evil\u0007b\u009b2Jc\r\u202ed\u2066e\u200f\u200e\u061cf\u007fg";
    private const string Shown = @"a\u001B]0;evil\u0007b\u009B2Jc\u000D\u202Ed\u2066e" + "\u200f\u200e\u061cf" + @"\u007Fg";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_character_that_commands_is_shown_and_no_other_is_changed()
    {
        for (int code = 0; code < 0x10000; code++)
        {
            char character = (char)code;
            bool commands = character is not ('\n' or '\t')
                && (char.IsControl(character) || code is (>= 0x202A and <= 0x202E) or (>= 0x2066 and <= 0x2069));
            Assert.Equal(commands ? $"\\u{code:X4}" : character.ToString(), VisibleText.Of(character.ToString()));
        }
        Assert.Equal("a\r\nb\\u000D", VisibleText.Of("a\r\nb\r"));
        Assert.Equal(Shown, VisibleText.Of(Hostile));
    }

    [Fact]
    public void However_a_terminal_is_written_to_it_gets_the_same() => Gen.String[Gen.OneOf(Gen.Char, Gen.Char["\u001b\r\n\u202ex"]), 0, 20]
        .Array[0, 6].Sample(pieces =>
    {
        using StringWriter screen = new(CultureInfo.InvariantCulture), file = new(CultureInfo.InvariantCulture);
        using VisibleWriter terminal = new(screen, isTerminal: true), redirected = new(file, isTerminal: false);
        StringBuilder written = new();
        foreach ((int i, string piece) in pieces.Index())
        {
            bool ends = i % 4 == 3;
            foreach (VisibleWriter writer in (VisibleWriter[])[terminal, redirected])
            {
                switch (i % 6)
                {
                    case 0: writer.Write(piece); break;
                    case 1: writer.Write(piece.AsSpan()); break;
                    case 2: writer.Write(piece.ToCharArray()); break;
                    case 3: writer.Write((object)piece); break;
                    case 4: writer.Write("{0}", piece); break;
                    default: writer.WriteAsync(piece).Wait(); break;
                }
                if (ends)
                {
                    writer.WriteLine();
                }
            }
            written.Append(piece).Append(ends ? Environment.NewLine : "");
        }
        terminal.Complete();
        redirected.Complete();
        // Where one piece ends and the next begins does not matter, be it between the two characters of a line end.
        Assert.Equal(VisibleText.Of(written.ToString()), screen.ToString());
        Assert.Equal(written.ToString(), file.ToString());
    });

    [Fact]
    public void Generated_text_and_prompts_are_shown_on_a_terminal_and_passed_on_elsewhere_or_raw()
    {
        string messages = _folder.Write("messages.json", JsonSerializer.Serialize(new[] { new { role = "user", content = Hostile } }));
        string template = _folder.Write("template.jinja", "{{ messages[0].content }}");
        string[] render = ["render", Paths.Model, "--messages", messages, "--chat-template", template];
        Assert.Contains(Shown, OnTerminal(render));
        Assert.Contains(Hostile, OnTerminal([.. render, "--raw"]));
        Assert.Equal(Hostile, Tool.Run(render).Expect(0).Output);
        // JSON has the same escapes, so that the object is the same one on a terminal.
        Assert.Contains(@"\u001B]0;evil\u0007b\u009B2Jc\r\u202Ed\u2066e", OnTerminal([.. render, "--json"]));
        Assert.Equal(Hostile, Tool.Run([.. render, "--json"]).Expect(0).Json().GetProperty("text").GetString());
    }

    [Fact]
    public void Names_in_tables_errors_and_warnings_are_shown_on_a_terminal()
    {
        const string Name = "x\u001b[31m\u202ey", ShownName = @"x\u001B[31m\u202Ey";
        string model = _folder[Name];
        Directory.CreateDirectory(model);
        foreach (string file in Directory.GetFiles(Paths.Model))
        {
            File.Copy(file, Path.Combine(model, Path.GetFileName(file)));
        }
        string weights = Path.Combine(model, "model.safetensors");
        byte[] bytes = File.ReadAllBytes(weights);
        int length = (int)BinaryPrimitives.ReadInt64LittleEndian(bytes);
        string header = Encoding.UTF8.GetString(bytes, 8, length).Replace("model.norm.weight", @"a\u202ew", StringComparison.Ordinal);
        byte[] renamed = Encoding.UTF8.GetBytes(header);
        BinaryPrimitives.WriteInt64LittleEndian(bytes, renamed.Length);
        File.WriteAllBytes(weights, [.. bytes[..8], .. renamed, .. bytes[(8 + length)..]]);
        string config = Path.Combine(model, "config.json");
        File.WriteAllText(config, File.ReadAllText(config).Replace("\"llama\"", @"""\u001b[31mllama\u202e""", StringComparison.Ordinal));

        string table = OnTerminal(["inspect", model]);
        Assert.Contains(@"a\u202Ew", table);
        Assert.Contains(@"\u001B[31mllama\u202E", table);
        Assert.Contains(ShownName, table);
        Assert.DoesNotContain("\u202e", table);
        Assert.DoesNotContain("\u001b[31m", table);

        string error = OnTerminal(["inspect", _folder[Name + "z"]]);
        Assert.Contains(ShownName + "z", error);
        Assert.DoesNotContain("\u202e", error);
        string usage = OnTerminal(["inspect", "m", Name]);
        Assert.Contains(ShownName, usage);
        Assert.DoesNotContain("\u202e", usage);
    }

    [Fact]
    public void A_line_end_in_two_writes_is_one_and_a_return_alone_is_shown()
    {
        using StringWriter screen = new(CultureInfo.InvariantCulture);
        using VisibleWriter terminal = new(screen, isTerminal: true);
        foreach (string piece in (string[])["a\r", "", "\nb\r", "c\r"])
        {
            terminal.Write(piece);
            terminal.Flush();
        }
        Assert.Equal("a\r\nb\\u000Dc", screen.ToString());
        terminal.Complete();
        Assert.Equal("a\r\nb\\u000Dc\\u000D", screen.ToString());
    }

    [Fact]
    public void Names_in_a_table_that_is_too_long_to_be_laid_out_are_shown_on_a_terminal()
    {
        const int Tensors = 2100;
        string header = "{" + string.Join(',', Enumerable.Range(0, Tensors).Select(
            i => $$"""
            "t{{i}}\u202e\u2066":{"dtype":"U8","shape":[1],"data_offsets":[{{i}},{{i + 1}}]}
            """)) + "}";
        byte[] bytes = [.. new byte[8], .. Encoding.UTF8.GetBytes(header), .. new byte[Tensors]];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, bytes.Length - 8 - Tensors);
        string model = _folder["long"];
        Directory.CreateDirectory(model);
        File.WriteAllBytes(Path.Combine(model, "model.safetensors"), bytes);
        File.Copy(Path.Combine(Paths.Model, "config.json"), Path.Combine(model, "config.json"));

        string table = OnTerminal(["inspect", model]);
        Assert.Contains($@"t{Tensors - 1}\u202E\u2066", table);
        Assert.DoesNotContain("\u202e", table);
        Assert.DoesNotContain("\u2066", table);
    }

    [Fact]
    public void Bars_and_lines_beside_them_show_what_names_hold_and_keep_their_own_sequences()
    {
        using StringWriter screen = new(CultureInfo.InvariantCulture);
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.Yes,
            Interactive = InteractionSupport.Yes,
            ColorSystem = ColorSystemSupport.TrueColor,
            Out = new AnsiConsoleOutput(screen),
        });
        console.Profile.Width = 200;
        console.Pipeline.Attach(new VisibleSegments());
        LiveProgress.Run(console, "job", show =>
        {
            show(new ProgressState(0.5, ["\u001b]0;noted\u202e"], 0, "") { Parts = [new("\u001b]0;part\u202e", 0.5, [])] });
            console.Write(new Text("\u001b]0;line\u202e\n"));
            return 0;
        });
        string shown = screen.ToString();
        foreach (string name in (string[])["noted", "part", "line"])
        {
            Assert.Contains($@"\u001B]0;{name}\u202E", shown);
        }
        Assert.DoesNotContain("\u001b]", shown);
        Assert.DoesNotContain("\u202e", shown);
        // Colours, and the cursor that bars move.
        Assert.Contains("\u001b[", shown);
    }

    private static string OnTerminal(string[] arguments)
    {
        Assert.SkipUnless(PseudoTerminal.Exists, "There is no 'script' here that makes a terminal.");
        using Process process = PseudoTerminal.Start(250, "", arguments);
        string screen = process.StandardOutput.ReadToEnd();
        Tool.WaitForExit(process);
        return screen;
    }
}
