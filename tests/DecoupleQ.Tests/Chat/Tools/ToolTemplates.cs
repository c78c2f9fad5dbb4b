using DecoupleQ.Chat;
using DecoupleQ.Testing;

namespace DecoupleQ.Tests.Chat.Tools;

/// <summary>Templates that write tools, calls and results as published ones do, and refuse what those refuse.</summary>
internal static class ToolTemplates
{
    /// <summary>As Llama 3.1's: tools before the first question, one call, objects as arguments, no question of whether a list of calls is empty.</summary>
    public const string Llama3 = """
        {{- bos_token }}{%- if messages[0].role == 'system' %}{%- set system = messages[0].content %}{%- set messages = messages[1:] %}{%- endif %}
        {{- '<|start_header_id|>system<|end_header_id|>\n\n' ~ (system or '') ~ '<|eot_id|>' }}
        {%- for message in messages %}
            {%- if 'tool_calls' in message %}
                {%- if message.tool_calls | length != 1 %}{{- raise_exception('One call at a time, please.') }}{%- endif %}
                {%- set call = message.tool_calls[0].function %}
                {{- '<|start_header_id|>assistant<|end_header_id|>\n\n{"name": "' + call.name + '", "parameters": ' }}
                {{- call.arguments | tojson }}{{- '}<|eot_id|>' }}
            {%- elif message.role == 'tool' %}
                {{- '<|start_header_id|>ipython<|end_header_id|>\n\n' ~ ({'output': message.content} | tojson) ~ '<|eot_id|>' }}
            {%- else %}
                {{- '<|start_header_id|>' + message.role + '<|end_header_id|>\n\n' }}
                {%- if loop.first and tools is not none %}
                    {{- 'Answer with JSON for a function call if one helps.\n\n' }}
                    {%- for tool in tools %}{{- tool | tojson(indent=4) ~ '\n\n' }}{%- endfor %}
                {%- endif %}
                {{- message.content | trim + '<|eot_id|>' }}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{%- endif %}
        """;

    /// <summary>As Nemo's and Small 3's: tools before the last question, a list of calls with ids of nine characters, any field named so a list.</summary>
    public const string Mistral = """
        {{- bos_token }}{%- set users = messages | selectattr('role', 'equalto', 'user') | list %}
        {%- for message in messages %}
            {%- if message.role == 'user' %}
                {%- if tools is not none and message == users[-1] %}{{- '[AVAILABLE_TOOLS] ' ~ (tools | tojson) ~ '[/AVAILABLE_TOOLS]' }}{%- endif %}
                {{- '[INST] ' + message.content + '[/INST]' }}
            {%- elif message.tool_calls is defined %}
                {{- '[TOOL_CALLS] [' }}
                {%- for call in message.tool_calls %}
                    {%- if call.id | length != 9 %}{{- raise_exception('Ids have 9 characters.') }}{%- endif %}
                    {{- (call.function | tojson)[:-1] + ', "id": "' + call.id + '"}' + (']' if loop.last else ', ') }}
                {%- endfor %}{{- eos_token }}
            {%- elif message.role == 'tool' %}
                {%- if message.tool_call_id | length != 9 %}{{- raise_exception('Ids have 9 characters.') }}{%- endif %}
                {{- '[TOOL_RESULTS] {"content": ' ~ message.content ~ ', "call_id": "' + message.tool_call_id + '"}[/TOOL_RESULTS]' }}
            {%- elif message.role == 'assistant' %}{{- ' ' + message.content + eos_token }}
            {%- else %}{{- raise_exception('No role ' + message.role) }}
            {%- endif %}
        {%- endfor %}
        """;

    /// <summary>As those of version 11: a name, an id and arguments for each call, a role of its own for developers.</summary>
    public const string MistralArguments = """
        {{- bos_token }}
        {%- for message in messages %}
            {%- if message.role in ['system', 'developer'] %}{{- '[SYSTEM_PROMPT]' + message.role + ': ' + message.content + '[/SYSTEM_PROMPT]' }}
            {%- elif message.role == 'user' %}
                {%- if tools %}{{- '[AVAILABLE_TOOLS]' + (tools | tojson) + '[/AVAILABLE_TOOLS]' }}{%- endif %}{{- '[INST]' + message.content + '[/INST]' }}
            {%- elif message.role == 'assistant' %}
                {{- message.content }}
                {%- for call in message.tool_calls or [] %}
                    {{- '[TOOL_CALLS]' + call.function.name + '[CALL_ID]' + call.id + '[ARGS]' + (call.function.arguments | tojson) }}
                {%- endfor %}{{- eos_token }}
            {%- else %}{{- '[TOOL_RESULTS]' + message.tool_call_id + '[TOOL_CONTENT]' + message.content + '[/TOOL_RESULTS]' }}
            {%- endif %}
        {%- endfor %}
        """;

    /// <summary>As Hermes 2 Pro's: arguments before the name, results with the name of what was called.</summary>
    public const string Hermes = """
        {%- if tools %}{{- '<|im_start|>system\nTools: <tools>' }}
        {%- for tool in tools %}{{- tool | tojson + '\n' }}{%- endfor %}
        {{- '</tools>\n<tool_call>\n{"name": <name>, "arguments": <dict>}\n</tool_call><|im_end|>\n' }}
        {%- endif %}
        {%- for message in messages %}
            {%- if message.role == 'assistant' and message.tool_calls is defined %}
                {{- '<|im_start|>assistant' }}
                {%- for call in message.tool_calls %}
                    {{- '\n<tool_call>\n{ "arguments": ' ~ (call.function.arguments | tojson) ~ ', "name": "' + call.function.name + '"}\n</tool_call> ' }}
                {%- endfor %}{{- '<|im_end|>\n' }}
            {%- elif message.role == 'tool' %}
                {{- '<|im_start|>tool\n<tool_response>\n{"name": "' + message.name + '", "content": ' + (message.content | tojson) }}
                {{- '}\n</tool_response><|im_end|>\n' }}
            {%- else %}{{- '<|im_start|>' + message.role + '\n' + message.content + '<|im_end|>\n' }}
            {%- endif %}
        {%- endfor %}
        {%- if add_generation_prompt %}{{- '<|im_start|>assistant\n' }}{%- endif %}
        """;

    /// <summary>As DeepSeek V3's, with tools: calls only where the content is none, and arguments that are text; calls of a format of its own.</summary>
    public const string DeepSeek = """
        {%- if tools %}{{- tools | tojson }}{%- endif %}
        {%- for message in messages %}
            {%- if message.role == 'assistant' and message.content is none %}
                {%- for call in message.tool_calls %}
                    {{- '<call>' + call.function.name + '\n```json\n' + call.function.arguments + '\n```</call>' }}
                {%- endfor %}
            {%- else %}{{- '<' + message.role + '>' + message.content }}
            {%- endif %}
        {%- endfor %}
        """;

    /// <summary>As Qwen 3 Coder's: another language between the same tags.</summary>
    public const string Coder = """
        {%- for tool in tools or [] %}{{- tool | tojson + '\n' }}{%- endfor %}
        {%- for message in messages %}
            {{- '<|im_start|>' + message.role + '\n' + message.content }}
            {%- for call in message.tool_calls or [] %}
                {{- '<tool_call>\n<function=' + call.function.name + '>\n' }}
                {%- for name, value in call.function.arguments | items %}{{- '<parameter=' + name + '>\n' ~ value ~ '\n</parameter>\n' }}{%- endfor %}
                {{- '</function>\n</tool_call>' }}
            {%- endfor %}{{- '<|im_end|>\n' }}
        {%- endfor %}
        """;

    /// <summary>One that shows tools, and tells the model how to call them, but writes no calls itself.</summary>
    public const string HermesWithoutCalls = """
        {%- if tools %}{{- (tools | tojson) + ' Write <tool_call>\n{"name": .., "arguments": ..}\n</tool_call>\n' }}{%- endif %}
        {%- for message in messages %}{{- '<' + message.role + '>' + message.content }}{%- endfor %}
        """;

    /// <summary>As that of Mistral 7B v0.3.</summary>
    public const string MistralWithoutCalls = """
        {%- for message in messages %}
            {%- if message.role == 'user' %}{{- '[AVAILABLE_TOOLS]' + tools | string + '[/AVAILABLE_TOOLS][INST]' + message.content + '[/INST]' }}
            {%- elif message.role == 'tool_calls' %}{{- '[TOOL_CALLS]' + message.content | string }}
            {%- else %}{{- message.content }}
            {%- endif %}
        {%- endfor %}
        """;

    /// <summary>One that knows the word and does nothing with it.</summary>
    public const string Drops = "{% set tools = none %}{% for message in messages %}{{ message.content }}{% endfor %}";

    public static ChatTemplate Parse(string template) => ChatTemplate.Parse(
        template, "template.jinja", new Dictionary<string, string> { ["bos_token"] = "<s>", ["eos_token"] = "</s>" });

    public static ChatTemplate Published(string name) => ChatTemplate.Load(Paths.Golden("tokenizers", name));
}
