namespace DecoupleQ.Tests.Chat.Tools;

/// <summary>Answers as Mistral's models write them, before and since version 11 of their tokenizer.</summary>
public sealed class MistralAnswerTests
{
    [Theory]
    // 7B v0.3 and Nemo.
    [InlineData("""«[TOOL_CALLS]» [{"name": "get_weather", "arguments": {"city": "Paris", "format": "celsius"}}]""", """
        call 0 id0000001 get_weather: {"city": "Paris", "format": "celsius"}
        end
        """)]
    [InlineData("""[TOOL_CALLS][{"name": "get_weather", "arguments": {"city": "Paris"}}, {"name": "get_time", "arguments": {}}]""", """
        call 0 id0000001 get_weather: {"city": "Paris"}
        end
        call 1 id0000002 get_time: {}
        end
        """)]
    [InlineData("""«[TOOL_CALLS]»[{"name": "search", "arguments": {"q": "[1, {\"a\": \"]\"}]"}, "id": "D681PevKs"}]""", """
        call 0 id0000001 search: {"q": "[1, {\"a\": \"]\"}]"}
        end
        """)]
    [InlineData("I'll call both.\n«[TOOL_CALLS]» [{\"arguments\": {\"a\": {\"b\": [[]]}}, \"name\": \"run\"},\n {\"name\": \"run\"}]\n", """
        answer: I'll call both.
        call 0 id0000001 run: {"a": {"b": [[]]}}
        end
        call 1 id0000002 run: {}
        end
        """)]
    [InlineData("""[TOOL_CALLS] {"name": "run", "arguments": {"s": "é 😀 \u00e9"}}""", """
        call 0 id0000001 run: {"s": "é 😀 \u00e9"}
        end
        """)]
    [InlineData("""[TOOL_CALLS][{"name": "run", "arguments": {}}] That is all.""", """
        call 0 id0000001 run: {}
        end
        answer: That is all.
        """)]
    // Devstral, Magistral, Ministral 3.
    [InlineData("""«[TOOL_CALLS]»get_weather«[ARGS]»{"city": "Paris"}""", """
        call 0 id0000001 get_weather: {"city": "Paris"}
        end
        """)]
    [InlineData("""«[TOOL_CALLS]»get_weather«[ARGS]»{"city": "Paris"}«[TOOL_CALLS]»get_time«[ARGS]»{}""", """
        call 0 id0000001 get_weather: {"city": "Paris"}
        end
        call 1 id0000002 get_time: {}
        end
        """)]
    // Small 3.2: with an id of the model's own, which is kept.
    [InlineData("""Let me see. «[TOOL_CALLS]»search«[CALL_ID]»aB3dE6gH9«[ARGS]»{"q": "x"}""", """
        answer: Let me see.
        call 0 aB3dE6gH9 search: {"q": "x"}
        end
        """)]
    [InlineData("""[TOOL_CALLS]search[CALL_ID]aB3dE6gH9[ARGS]{"q": "}"}[TOOL_CALLS]search[CALL_ID]aB3dE6gH9[ARGS] {}"""
        + """[TOOL_CALLS]run[CALL_ID]short[ARGS]{}""", """
        call 0 aB3dE6gH9 search: {"q": "}"}
        end
        call 1 id0000001 search: {}
        end
        call 2 id0000002 run: {}
        end
        """)]
    // Version 11 itself has nothing between name and arguments.
    [InlineData("[TOOL_CALLS]run{\"a\": 3.5, \"b\": 4}\n«[TOOL_CALLS]»web.search-v2{\"q\": [{}]}", """
        call 0 id0000001 run: {"a": 3.5, "b": 4}
        end
        call 1 id0000002 web.search-v2: {"q": [{}]}
        end
        """)]
    [InlineData("<think>\nWell.\n</think>\n«[TOOL_CALLS]»run«[ARGS]»{}", """
        reasoning: Well.
        call 0 id0000001 run: {}
        end
        """)]
    public void Calls_are_told_from_text(string answer, string expected)
    {
        Assert.Equal(expected, ReadAnswer.InEveryPiece("mistral", answer));
        Assert.Equal(expected, ReadAnswer.InEveryPiece("mistral-args", answer));
    }

    [Theory]
    [InlineData("The marker [TOOL_CALLS] begins calls.")]
    [InlineData("[TOOL_CALLS]")]
    [InlineData("[TOOL_CALL [TOOL_CALLS")]
    [InlineData("[TOOL_CALLS] []")]
    [InlineData("[TOOL_CALLS] [[{\"name\": \"run\", \"arguments\": {}}]]")]
    [InlineData("[TOOL_CALLS][{\"name\": \"no_such_tool\", \"arguments\": {}}]")]
    [InlineData("[TOOL_CALLS]no_such_tool[ARGS]{}")]
    [InlineData("[TOOL_CALLS]run[ARGS][]")]
    [InlineData("[TOOL_CALLS]run[AGS]{}")]
    [InlineData("[TOOL_CALLS]run {}")]
    [InlineData("[TOOL_CALLS][ARGS]{}")]
    [InlineData("[TOOL_CALLS]run[CALL_ID]a[CALL_ID]b[ARGS]{}")]
    [InlineData("a, b] c")]
    public void What_is_no_call_is_text_as_it_was_written(string answer) =>
        Assert.Equal("answer: " + answer, ReadAnswer.InEveryPiece("mistral", answer));

    [Theory]
    [InlineData("""«[TOOL_CALLS]»[{"name": "run", "arguments": {"a": 1}}, {"name": "no_such_tool", "arguments": {}}]""", """
        call 0 id0000001 run: {"a": 1}
        end
        answer: , {"name": "no_such_tool", "arguments": {}}]
        """)]
    [InlineData("""«[TOOL_CALLS]»[{"name": "run", "arguments": {"a": 1}}, {"name": "run", "argum""", """
        call 0 id0000001 run: {"a": 1}
        end
        answer: , {"name": "run", "argum
        """)]
    [InlineData("""«[TOOL_CALLS]»run«[ARGS]»{"a": "«[TOOL_CALLS]»run«[ARGS]»{}""", """
        call 0 id0000001 run: {"a": "
        call 1 id0000002 run: {}
        end
        """)]
    [InlineData("""«[TOOL_CALLS]»run«[ARGS]»{"a": -""", """
        call 0 id0000001 run: {"a": -
        """)]
    [InlineData("""Hm «[ARGS]»x«[TOOL_CALLS]»ru""", "answer: Hm xru")]
    public void A_call_that_breaks_off_keeps_what_was_certain(string answer, string expected) =>
        Assert.Equal(expected, ReadAnswer.InEveryPiece("mistral", answer));
}
