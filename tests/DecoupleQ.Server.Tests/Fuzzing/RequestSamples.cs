using System.Text.Json.Nodes;

namespace DecoupleQ.Server.Tests.Fuzzing;

/// <summary>Good requests, between them with every field that is honoured, and values that are put in other places.</summary>
internal static class RequestSamples
{
    public const string Chat = "/v1/chat/completions", Completions = "/v1/completions", Responses = "/v1/responses", Embeddings = "/v1/embeddings";

    private const string Weather = """
        {"name": "weather", "description": "d", "parameters": {"type": "object", "properties": {"city": {"enum": ["Paris", "Rome"]},
        "days": {"type": "integer", "minimum": 1}}, "required": ["city"], "additionalProperties": false}, "strict": true}
        """;

    private const string Person = """
        {"type": "object", "properties": {"name": {"type": "string", "maxLength": 9}, "age": {"type": "integer"}, "next": {"$ref": "#/$defs/node"}},
        "required": ["name"], "$defs": {"node": {"type": ["null", "object"], "properties": {"next": {"$ref": "#/$defs/node"}}}}}
        """;

    /// <summary>Where each goes to, and its body.</summary>
    public static IReadOnlyList<(string Path, JsonObject Body)> All { get; } =
    [
        Of(Completions, """{"prompt": "Once upon a time", "max_tokens": 3, "temperature": 0.7, "top_p": 0.9, "top_k": 40, "min_p": 0.01, "seed": 1}"""),
        Of(Completions, """{"model": "m", "prompt": ["It was", "a"], "max_tokens": 2, "n": 2, "best_of": 2, "stop": ["x", "\n"], "stream": true}"""),
        Of(Completions, """{"prompt": [1, 7, 9, 4], "max_tokens": 1, "echo": true, "logprobs": 3, "logit_bias": {"5": -100, "9": 3.5}, "user": "u"}"""),
        Of(Completions, """{"prompt": [[1, 5], [6]], "max_tokens": 2, "stream": true, "stream_options": {"include_usage": true}, "suffix": ""}"""),
        Of(Completions, """{"prompt": "\u00e9\ud83e\udd8a", "max_tokens": 0, "echo": true, "logprobs": 1, "repetition_penalty": 1.2}"""),
        Of(Chat, """
            {"messages": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": [{"type": "text", "text": "Hi"}], "name": "n"}],
             "max_completion_tokens": 3, "n": 2, "frequency_penalty": 0.5, "presence_penalty": -0.5, "logprobs": true, "top_logprobs": 2, "store": false,
             "modalities": ["text"], "metadata": {"a": "b"}, "service_tier": "auto"}
            """),
        Of(Chat, $$$$"""
            {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": null, "tool_calls": [{"id": "a", "type": "function",
             "function": {"name": "weather", "arguments": "{\"city\": \"Rome\"}"}}]}, {"role": "tool", "tool_call_id": "a", "content": "Rain."}],
             "max_tokens": 4, "tools": [{"type": "function", "function": {{{{Weather}}}}}], "tool_choice": "auto", "parallel_tool_calls": false, "stream": true}
            """),
        Of(Chat, $$$$"""
            {"messages": [{"role": "developer", "content": "a"}, {"role": "user", "content": "b"}], "max_tokens": 5, "temperature": 0,
             "tools": [{"type": "function", "function": {{{{Weather}}}}}], "tool_choice": {"type": "function", "function": {"name": "weather"}}}
            """),
        Of(Chat, $$$$"""
            {"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 6,
             "response_format": {"type": "json_schema", "json_schema": {"name": "p", "schema": {{{{Person}}}}, "strict": true}}}
            """),
        Of(Chat, """{"messages": [{"role": "user", "content": "Hi"}], "max_tokens": 3, "response_format": {"type": "regex", "pattern": "(a|b)+\\d{2,4}"}}"""),
        Of(Chat, """
            {"messages": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "a", "reasoning_content": "r", "annotations": []},
             {"role": "user", "content": ""}], "max_tokens": 3, "response_format": {"type": "grammar", "grammar": "root ::= \"a\" | [0-9]+ root?"},
             "stream": true, "stream_options": {"include_usage": true, "include_obfuscation": false}, "chat_template_kwargs": {"add_generation_prompt": true}}
            """),
        Of(Responses, """
            {"input": "Hi", "instructions": "Be brief.", "max_output_tokens": 3, "temperature": 0.5, "store": false, "background": false, "include": [],
             "truncation": "disabled", "metadata": {}, "stream": true}
            """),
        Of(Responses, $$$$"""
            {"input": [{"role": "user", "content": "Hi"}, {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a",
             "annotations": []}], "id": "m", "status": "completed"}, {"type": "function_call", "call_id": "c", "name": "weather", "arguments": "{}"},
             {"type": "function_call_output", "call_id": "c", "output": "Rain."}, {"type": "reasoning", "id": "r", "summary": []}],
             "max_output_tokens": 3, "tools": [{"type": "function", "name": "weather", "parameters": {"type": "object"}}], "tool_choice": "none"}
            """),
        Of(Responses, $$$$"""
            {"input": "Hi", "max_output_tokens": 6, "text": {"format": {"type": "json_schema", "name": "p", "schema": {{{{Person}}}}}}, "top_p": 0.5}
            """),
        Of(Embeddings, """{"input": ["a", "The sea."], "encoding_format": "base64", "dimensions": 256, "user": "u"}"""),
        Of(Embeddings, """{"input": [[1, 2, 3], [4]], "encoding_format": "float"}"""),
    ];

    /// <summary>Values that no field expects, or that lie at the end of what it takes, as JSON.</summary>
    public static IReadOnlyList<string> Extremes { get; } =
    [
        "null", "true", "false", "0", "-0.0", "-1", "1", "2", "0.5", "129", "1e308", "-1e308", "5e-324", "2147483647", "2147483648", "-2147483649",
        "9223372036854775808", "18446744073709551615", "123456789012345678901234567890123", "[]", "{}", "[[]]", "[{}]", "[null]", "\"\"", "\" \"", "\"a\"",
        "\"\\u0000\"", "\"\\ufeff\"", "\"\\uD83E\\uDD8A\"", "\"</s>\"", "\"<s>\"", "\"<tool_call>\"", "\"<think>\"", "\"{{ 1/0 }}\"", "\"{% for x in y %}\"",
        "\"text\"", "\"function\"", "\"assistant\"", "\"tool\"", "\"json_object\"", "\"regex\"", "\"(((((\"", "\"(a*)*b\"", "\"root ::= root\"",
        "\"/etc/passwd\"", "\"file:///etc/passwd\"", "{\"type\": \"json_object\"}",
        "{\"type\": \"image_url\", \"image_url\": {\"url\": \"file:///etc/passwd\"}}",
        "{\"$ref\": \"#\"}", "{\"role\": \"user\", \"content\": \"a\"}", "{\"__proto__\": 1, \"\": 2}", "[0, -1, 4096]", "[1.5, \"a\"]", "1e-7",
    ];

    private static (string Path, JsonObject Body) Of(string path, string body) => (path, (JsonObject)JsonNode.Parse(body)!);
}
