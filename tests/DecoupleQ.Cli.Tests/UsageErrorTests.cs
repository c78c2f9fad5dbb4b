using System.Text.Json;

namespace DecoupleQ.Cli.Tests;

public sealed class UsageErrorTests
{
    public static TheoryData<string, string> Wrong { get; } = new()
    {
        // command line, what the one line must say
        {
            "",
            "decoupleq: No command was given. (expected: quantize, tune, pilot, guideline, eval, generate, chat, serve, monitor, baseline, render, inspect, " +
                "compare, convert, tokenize, logits, doctor or completion; 'decoupleq " +
                "--help' explains them)"
        },
        { "quant", "decoupleq: quant: Unknown command, did you mean quantize?" },
        {
            "frobnicate",
            "decoupleq: frobnicate: Unknown command. (expected: quantize, tune, pilot, guideline, eval, generate, chat, serve, monitor, baseline, render, " +
                "inspect, " +
                "compare, convert, tokenize, logits, doctor or completion)"
        },
        { "monitor", "decoupleq: No command was given. (expected: report; 'decoupleq monitor --help' explains it)" },
        { "monitor repot", "decoupleq: repot: Unknown command, did you mean report?" },
        {
            "monitor report", "decoupleq: FILE: It is missing. (expected: a file or folder that serve --monitor has written; put it before the options)"
        },
        { "monitor report m --colour", "decoupleq: --colour: Unknown option. (expected: an option that 'decoupleq monitor report --help' lists)" },
        {
            "monitor report m --from yesterday",
            "decoupleq: --from: 'yesterday' is no time. (expected: a day such as 2026-11-28, or a time such as 2026-11-28T14:30, 2026-11-28T14:30+09:00)"
        },
        { "monitor report m --from 2026-11-02 --to 2026-11-02", "decoupleq: --to: Nothing lies between the two. (expected: a time after --from)" },
        { "monitor report m --language fr", "decoupleq: --language: 'fr' cannot be used. (expected: en or ja)" },
        { "--frobnicate", "decoupleq: --frobnicate: Unknown option. (expected: an option that 'decoupleq --help' lists)" },
        {
            "quantize",
            "decoupleq: MODEL: It is missing. (expected: a folder with config.json, *.safetensors and a tokenizer, or a .gguf file; put it before the options)"
        },
        { "quantize m", "decoupleq: --output: It is required. (expected: a folder that does not exist yet)" },
        {
            "quantize m -o o --calibration",
            "decoupleq: --calibration: A value is missing. (expected: text files, builtin, self, or one .safetensors with a tensor 'ids')"
        },
        { "quantize m -o o --calibration a --bits 5", "decoupleq: --bits: '5' cannot be used. (expected: 2, 3, 4 or 8)" },
        { "quantize m -o o --calibration a --bits two", "decoupleq: --bits: 'two' cannot be used. (expected: 2, 3, 4 or 8)" },
        { "quantize m -o o --calibration a --bits", "decoupleq: --bits: A value is missing. (expected: 2, 3, 4 or 8)" },
        { "quantize m -o o --calibration a --bits 2 --bits 3", "decoupleq: --bits: It was given more than once. (expected: 2, 3, 4 or 8)" },
        { "quantize m -o o --calibration a --group-size 48", "decoupleq: --group-size: '48' cannot be used. (expected: -1, 32, 64 or 128)" },
        { "quantize m -o o --calibration a --samples 0", "decoupleq: --samples: '0' cannot be used. (expected: a whole number, at least 1, or auto)" },
        { "quantize m -o o --calibration a --context 1", "decoupleq: --context: '1' cannot be used. (expected: a whole number, at least 2, or auto)" },
        { "quantize m -o o --calibration a --seed -1", "decoupleq: --seed: '-1' cannot be used. (expected: a whole number from 0 to 18446744073709551615)" },
        { "quantize m -o o --calibration a --threads 1025", "decoupleq: --threads: '1025' cannot be used. (expected: a whole number from 0 to 1024, or all)" },
        { "generate m --prompt a --prompt-file b", "decoupleq: --prompt-file: It was given beside --prompt. (expected: one of the two)" },
        {
            "quantize m -o o --calibration a --blocks 99999999999",
            "decoupleq: --blocks: '99999999999' cannot be used. (expected: a whole number, at least 1, or all)"
        },
        { "quantize m -o o --calibration a --embedding-bits 2", "decoupleq: --embedding-bits: '2' cannot be used. (expected: 16, 8 or 4)" },
        { "quantize m -o o --calibration a --head-bits 3", "decoupleq: --head-bits: '3' cannot be used. (expected: 16, 8 or 4)" },
        { "inspect m -- --json", "decoupleq: '--json' is one argument too many. (expected: as 'decoupleq inspect --help' shows)" },
        { "inspect m --jsn -- --json", "decoupleq: --jsn: Unknown option, did you mean --json?" },
        { "quantize m -o o --calibration a --sample 3", "decoupleq: --sample: Unknown option, did you mean --samples?" },
        { "quantize m -o o --calibration a --preset great", "decoupleq: --preset: 'great' cannot be used. (expected: paper, fast or best)" },
        {
            "quantize m -o o --calibration a --rounding gtpq",
            "decoupleq: --rounding: 'gtpq' cannot be used. (expected: gptq, projected-gradient or coordinate-descent)"
        },
        { "quantize m -o o --calibration a --start x", "decoupleq: --start: 'x' cannot be used. (expected: min-max-shrink, diagonal-search or neuqi)" },
        { "quantize m -o o --calibration a --damping -1", "decoupleq: --damping: '-1' cannot be used. (expected: a number, at least 0)" },
        { "quantize m -o o --calibration a --shrink-steps 200", "decoupleq: --shrink-steps: '200' cannot be used. (expected: a whole number from 1 to 199)" },
        {
            "quantize m -o o --calibration a --coordinate-sweeps 2",
            "decoupleq: --coordinate-sweeps: It has no effect with the other settings. (expected: --rounding coordinate-descent beside it)"
        },
        {
            "quantize m -o o --calibration a --preset fast --block-lr 1e-4",
            "decoupleq: --block-lr: It has no effect with the other settings. (expected: --block-epochs above 0 beside it)"
        },
        {
            "quantize m -o o --calibration a --preset best --shrink-steps 9",
            "decoupleq: --shrink-steps: It has no effect with the other settings. (expected: --start min-max-shrink beside it)"
        },
        { "quantize m -o o --calibration a --recipe --bits 2", "decoupleq: --recipe: A value is missing. (expected: a YAML file of settings)" },
        { "quantize m n -o o --calibration a", "decoupleq: 'n' is one argument too many. (expected: as 'decoupleq quantize --help' shows)" },
        { "eval --txt f", "decoupleq: --txt: Unknown option, did you mean --text?" },
        { "eval d --text f --max-kl 1", "decoupleq: --max-kl: It compares with a dense model, and none is given. (expected: --against DENSE beside it)" },
        {
            "eval d --text f --min-agreement 1",
            "decoupleq: --min-agreement: It compares with a dense model, and none is given. (expected: --against DENSE beside it)"
        },
        {
            "eval d --text f --min-agreement 1.5",
            "decoupleq: --min-agreement: '1.5' cannot be used. (expected: a percentage from 0% to 100%, or a fraction from 0 to 1, such as 85% or 0.85)"
        },
        { "eval d --text f --max-perplexity NaN", "decoupleq: --max-perplexity: 'NaN' cannot be used. (expected: a number above 0)" },
        { "eval d --text f --max-windows 0", "decoupleq: --max-windows: '0' cannot be used. (expected: a whole number, at least 1)" },
        { "generate d", "decoupleq: --prompt: It is required. (expected: a text, here or in a file that --prompt-file names)" },
        { "generate d --prompt p --temperature -1", "decoupleq: --temperature: '-1' cannot be used. (expected: a number, at least 0)" },
        { "generate d --prompt p --temperature 1 --top-p 0", "decoupleq: --top-p: '0' cannot be used. (expected: a number above 0, at most 1)" },
        {
            "generate d --prompt p --temperature 0 --top-k 3",
            "decoupleq: --top-k: It limits draws, and without a temperature nothing is drawn. (expected: --temperature above 0 beside it)"
        },
        {
            "chat d --temperature 0 --min-p 0.1",
            "decoupleq: --min-p: It limits draws, and without a temperature nothing is drawn. (expected: --temperature above 0 beside it)"
        },
        { "generate d --prompt p --typical-p 2", "decoupleq: --typical-p: '2' cannot be used. (expected: a number above 0, at most 1)" },
        { "generate d --prompt p --repetition-penalty 0", "decoupleq: --repetition-penalty: '0' cannot be used. (expected: a number from 0.001 to 1000)" },
        { "generate d --prompt p --presence-penalty -3", "decoupleq: --presence-penalty: '-3' cannot be used. (expected: a number from -2 to 2)" },
        { "generate d --prompt p --logit-bias 5", "decoupleq: --logit-bias: '5' cannot be used. (expected: ID=X, each id once, X a number from -100 to 100)" },
        {
            "generate d --prompt p --end-id -5",
            "decoupleq: --end-id: '-5' cannot be used. (expected: an id of the model's, as 'decoupleq tokenize' prints them)"
        },
        { "generate d --prompt p --logprobs 21", "decoupleq: --logprobs: '21' cannot be used. (expected: a whole number from 0 to 20)" },
        { "generate d --prompt p --logprobs 2", "decoupleq: --logprobs: They are part of the JSON object. (expected: --json beside it)" },
        { "generate d --prompt p --max-token=5", "decoupleq: --max-token: Unknown option, did you mean --max-tokens?" },
        { "inspect", "decoupleq: MODEL: It is missing. (expected: the folder or .gguf file of a model; put it before the options)" },
        {
            "compare d --text f",
            "decoupleq: PACKED: It is missing. (expected: the folder or .gguf file of a model with the same vocabulary; put it before the options)"
        },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_wrong_command_line_gets_one_line_that_names_the_option_and_what_is_expected(string commandLine, string message)
    {
        ToolResult result = Tool.Run(commandLine.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Expect(2);
        Assert.Equal(message, result.OneLine());
    }

    [Theory]
    [InlineData("--json")]
    [InlineData("-j")]
    public void With_json_a_wrong_command_line_gets_a_json_object_on_standard_output_and_nothing_elsewhere(string json)
    {
        ToolResult result = Tool.Run("quantize", "m", "-o", "o", "--calibration", "a", "--bits", "5", json).Expect(2);
        JsonElement error = result.Json().GetProperty("error");
        Assert.Equal("--bits: '5' cannot be used. (expected: 2, 3, 4 or 8)", error.GetProperty("message").GetString());
        Assert.Equal("--bits", error.GetProperty("field").GetString());
        Assert.Equal("2, 3, 4 or 8", error.GetProperty("expected").GetString());
        Assert.False(error.TryGetProperty("file", out _));
        Assert.Equal("", result.Error);
    }

    [Fact]
    public void An_empty_path_is_refused()
    {
        Assert.Equal(
            "decoupleq: --output: The path is empty. (expected: a folder that does not exist yet)",
            Tool.Run("quantize", "m", "-o", "", "--calibration", "a").Expect(2).OneLine());
    }

    [Fact]
    public void A_prompt_that_begins_with_an_at_sign_is_a_prompt_and_not_the_name_of_a_file()
    {
        Assert.Contains("no-such-model", Tool.Run("generate", "no-such-model", "--prompt", "@home").Expect(1).OneLine());
    }
}
