using DecoupleQ.Bench;
using DecoupleQ.Bench.Accuracy;
using DecoupleQ.Bench.Serving;

// One verb a benchmark: a line here and a file beside this one.
Benchmark[] benchmarks =
[
    new("gemm", "dense matrix products against the peak of fused multiply-add", GemmBenchmark.Run),
    new("bandwidth", "read bandwidth of main memory, and the cost of starting a loop", BandwidthBenchmark.Run),
    new("layer", "decoding rows through one layer by format and instruction set, on one thread", LayerBenchmark.Run),
    new("decode", "one token through the linear layers of a 1.1B Llama, by format", DecodeBenchmark.Run),
    new("families", "the same by family of instruction sets, in turn; [BITS..], 2, 3 and 4 by default", FamiliesBenchmark.Run),
    new("team", "teams of 2, 16 and 64 threads: barriers, bytes of the busiest thread, and the rate where cores are few", TeamBenchmark.Run),
    new("prompt", "prompt rows through quantized weights, beside float32 products; [BITS]", PromptBenchmark.Run),
    new("batch", "decoding rows of several sequences together, beside a prompt; [BITS or bf16], 2 by default", BatchBenchmark.Run),
    new("model", "load, prefill and decode of whole models: a 1.1B Llama with random weights by format, or [FOLDER..]", ModelBenchmark.Run),
    new("shape", "write the 1.1B Llama at 2 bits, group 64, head at 8 bits: FOLDER", EngineBenchmark.WriteShape),
    new("engine", "sequences of one model together, beside each alone and what memory allows: FOLDER, as shape writes it", EngineBenchmark.Run),
    new("context", "decoding at position 4000 of a Llama-3-8B's attention, by format of keys and values", ContextBenchmark.Run),
    new("key-values", "what a format of keys and values costs: [MODEL TEXT WINDOWS], the bundled model by default", KeyValuesBenchmark.Run),
    new("tasks", "choices and answers beside those that other programs computed; [FOLDER], ../shared by default", TasksBenchmark.Run),
    new("loads", "200 loads and disposals, half of them failing: memory and threads", LoadsBenchmark.Run),
    new("start", "process start to the first token of a prompt of 16 ids, and peak memory: MODEL [RUNS]", StartBenchmark.Run),
    new("solver", "the layer solver by step, beside one matrix product", SolverBenchmark.Run),
    new("block", "forward and backward of a block, as a multiple of its matrix products", BlockTrainingBenchmark.Run),
    new("job", "the whole job on the bundled model by phase; [BLOCK-EPOCHS] [GROUP-SIZE], 4 and -1 by default", JobBenchmark.Run),
    new(
        "accuracy",
        "what each technique is worth, into docs/accuracy.md: screening or final [MODEL CALIBRATION TEST CONTEXT] [only=PART] [bits=2] [groups=-1,64] "
            + "[seeds=0]",
        AccuracyBenchmark.Run),
    new("estimate", "estimates of jobs beside the jobs; or [MODEL CALIBRATION [BLOCKS] [BLOCK-EPOCHS] [GROUP-SIZE] [MEMORY-BUDGET]]", EstimateBenchmark.Run),
    new("kill-resume", "kill -9 of quantize and convert, with --force and --resume; [KILLS] [SEED], 1000 and 1 by default", KillResumeBenchmark.Run),
    new("tensors", "inspect of a million tensors: one file, shards, and a GGUF file of 10,000 blocks; [TENSORS]", ManyTensorsBenchmark.Run),
    new("long-text", "a job on a long calibration text under a memory budget, beside a short one; [MEGABYTES], 97 by default", LongTextBenchmark.Run),
    new("serve-soak", "64 streaming clients that come and leave, each answer beside what it was alone: [MODEL] [SECONDS]", SoakBenchmark.Run),
    new("serve-cost", "8 clients of the server beside 8 callers of the library: [MODEL] [ROUNDS] [CLIENTS]", ServingCostBenchmark.Run),
    new("serve-start", "start of the server's process to the first token of a request: [MODEL] [RUNS]", ServingStartBenchmark.Run),
    new("prompt-beside", "what others wait while a long prompt is read: MODEL [IDS] [ROUNDS] [OTHERS]", PromptBesideBenchmark.Run),
    new("serve-idle", "connections that say nothing: [COUNT], 10,000 by default", IdleConnectionsBenchmark.Run),
    new("serve-shadow", "requests at half load with and without replays on another model: PACKED DENSE [RATE] [SECONDS] [PAIRS]", ShadowBenchmark.Run),
    new("drift", "alarms of streams that changed and one that did not: PACKED TEXT OTHER [SEEDS] [REQUESTS], 20 and 2,000 by default", DriftBenchmark.Run),
    new("sampling", "a token of 152,000 at temperature 0.8 and top-p 0.95, by selection and by sorting", SamplingBenchmark.Run),
    new("grammar", "masks of tokens under grammars, what compiling takes, and 8 answers at once beside free ones: TOKENIZER [MODEL]", GrammarBenchmark.Run),
    new("tokenizer", "tokenizers in MB/s", TokenizerBenchmark.Run),
    new("long-texts", "time and memory of encoding texts that are hard on tokenizers: PROSE MEGABYTES TOKENIZER..", LongTextsBenchmark.Run),
    new("templates", "templates that do one thing without end, until they are refused: the slowest [SHOWN], 20 by default", TemplateBenchmark.Run),
    new(
        "fuzz",
        "damaged files: READER (config, gbnf, gguf, gguf-tokenizer, json-schema, regex, safetensors, sentencepiece, template, tokenizer-json, "
            + "tool-calls) [COUNT] [FIRST] [SECONDS], a million from 0 by default; damaged requests: http [COUNT] [FIRST], 100,000 by default",
        FuzzBenchmark.Run),
];

if (args.Length == 0 || benchmarks.FirstOrDefault(b => b.Verb == args[0]) is not { } chosen)
{
    Console.Error.WriteLine("usage: DecoupleQ.Bench VERB [--threads N] [--json FILE]");
    foreach (Benchmark benchmark in benchmarks)
    {
        Console.Error.WriteLine($"  {benchmark.Verb,-12} {benchmark.Summary}");
    }
    return 2;
}
using var report = new Report(chosen.Verb, args.AsSpan(1));
chosen.Run(report);
return 0;
