namespace DecoupleQ.Tests.Chat.Tools;

/// <summary>Answers as Hermes, Qwen 2.5 and Qwen 3 write them.</summary>
public sealed class HermesAnswerTests
{
    [Theory]
    [InlineData("<tool_call>\n{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Paris\"}}\n</tool_call>", """
        call 0 id0000001 get_weather: {"city": "Paris"}
        end
        """)]
    [InlineData("I'll look that up.\n\n<tool_call>\n"
        + "{\"name\": \"search\", \"arguments\": {\"query\": \"2-bit\", \"limits\": {\"n\": [1, 2.5e-3, -0]}}}\n</tool_call>", """
        answer: I'll look that up.
        call 0 id0000001 search: {"query": "2-bit", "limits": {"n": [1, 2.5e-3, -0]}}
        end
        """)]
    // Several, as Qwen 2.5 writes them; each on lines of its own.
    [InlineData("""
        <tool_call>
        {"name": "get_weather", "arguments": {"city": "San Francisco", "unit": "celsius"}}
        </tool_call>
        <tool_call>
        {"name": "get_time", "arguments": {}}
        </tool_call>
        """, """
        call 0 id0000001 get_weather: {"city": "San Francisco", "unit": "celsius"}
        end
        call 1 id0000002 get_time: {}
        end
        """)]
    // Qwen 3, thinking.
    [InlineData("<think>\nThe user asks for <tool_call> things.\n\nSo: get_time.\n</think>\n"
        + "\n<tool_call>\n{\"name\": \"get_time\", \"arguments\": {}}\n</tool_call>", """
        reasoning: The user asks for <tool_call> things.↵↵So: get_time.
        call 0 id0000001 get_time: {}
        end
        """)]
    // Hermes 2 Pro: arguments first, blanks within the braces.
    [InlineData("<tool_call>\n{ \"arguments\": {\"city\": \"Zürich 😀\"}, \"name\": \"get_weather\"}\n</tool_call> ", """
        call 0 id0000001 get_weather: {"city": "Zürich 😀"}
        end
        """)]
    // Everything that could be taken for an end stands in a string.
    [InlineData("<tool_call>{\"name\":\"run\",\"arguments\":{\"code\":\"if (a) { b[\\\"}\\\"] } // </tool_call> \\\\\"}}</tool_call>", """
        call 0 id0000001 run: {"code":"if (a) { b[\"}\"] } // </tool_call> \\"}
        end
        """)]
    [InlineData("<tool_call>\n{\"name\": \"run\", \"arguments\": {\"s\": \"\\u00e9\\ud83d\\ude00\\n\\/\"}}\n</tool_call>", """
        call 0 id0000001 run: {"s": "\u00e9\ud83d\ude00\n\/"}
        end
        """)]
    [InlineData("<tool_call>\n"
        + "{\"id\": \"x\", \"name\": \"\\u0067et_time\", \"more\": [null, true, {\"arguments\": 3}], \"arguments\": {} , \"n\": 1}\n</tool_call>", """
        call 0 id0000001 get_time: {}
        end
        """)]
    // Text behind, and between.
    [InlineData("<tool_call>\n{\"name\": \"get_time\", \"arguments\": {}}\n</tool_call>\n"
        + "Done. \n<tool_call>{\"name\": \"run\", \"arguments\": {}}</tool_call>\n\nBye\n", """
        call 0 id0000001 get_time: {}
        end
        answer: Done.
        call 1 id0000002 run: {}
        end
        answer: Bye↵
        """)]
    // The tags are not always there.
    [InlineData("<tool_call>\n{\"name\": \"get_time\", \"arguments\": {}}\n<tool_call>\n{\"name\": \"run\", \"arguments\": {\"a\": 1}}", """
        call 0 id0000001 get_time: {}
        end
        call 1 id0000002 run: {"a": 1}
        end
        """)]
    [InlineData("«<tool_call>»\n{\"name\": \"get_time\", \"arguments\": {}}\n«</tool_call>»\n"
        + "«<tool_call>»{\"name\": \"run\", \"arguments\": {}}«</tool_call>»", """
        call 0 id0000001 get_time: {}
        end
        call 1 id0000002 run: {}
        end
        """)]
    [InlineData("<tool_call>\n{\"name\": \"get_time\"}\n</tool_call>", """
        call 0 id0000001 get_time: {}
        end
        """)]
    [InlineData("<tool_call>\n{\"name\": \"web.search-v2\", \"parameters\": {\"q\": \"日本語\"}}\n</tool_call>", """
        call 0 id0000001 web.search-v2: {"q": "日本語"}
        end
        """)]
    public void Calls_are_told_from_text(string answer, string expected) => Assert.Equal(expected, ReadAnswer.InEveryPiece("hermes", answer));

    [Theory]
    [InlineData("Write <tool_call> and then JSON.", "answer: Write <tool_call> and then JSON.")]
    [InlineData("a <tool_cal b <tool_<tool_call", "answer: a <tool_cal b <tool_<tool_call")]
    [InlineData("Hm. <tool_call>\nget_time()\n</tool_call>\n", "answer: Hm. <tool_call>↵get_time()↵</tool_call>↵")]
    // Qwen 3 Coder and GLM write something else between the same tags.
    [InlineData("<tool_call>\n<function=run>\n<parameter=a>\n1\n</parameter>\n</function>\n</tool_call>",
        "answer: <tool_call>↵<function=run>↵<parameter=a>↵1↵</parameter>↵</function>↵</tool_call>")]
    [InlineData("<tool_call>{\"name\": \"no_such_tool\", \"arguments\": {}}</tool_call>",
        "answer: <tool_call>{\"name\": \"no_such_tool\", \"arguments\": {}}</tool_call>")]
    [InlineData("<tool_call>{\"arguments\": {\"a\": 1}, \"name\": \"no_such_tool\"}</tool_call>",
        "answer: <tool_call>{\"arguments\": {\"a\": 1}, \"name\": \"no_such_tool\"}</tool_call>")]
    [InlineData("<tool_call>{\"arguments\": {}}</tool_call>", "answer: <tool_call>{\"arguments\": {}}</tool_call>")]
    [InlineData("<tool_call>{\"name\": \"run\", \"arguments\": \"{}\"}</tool_call>",
        "answer: <tool_call>{\"name\": \"run\", \"arguments\": \"{}\"}</tool_call>")]
    [InlineData("<tool_call>{\"name\": [\"run\"], \"arguments\": {}}</tool_call>", "answer: <tool_call>{\"name\": [\"run\"], \"arguments\": {}}</tool_call>")]
    [InlineData("<tool_call>{'name': 'run', 'arguments': {}}</tool_call>", "answer: <tool_call>{'name': 'run', 'arguments': {}}</tool_call>")]
    [InlineData("<tool_call>{\"name\": \"run\"; \"arguments\": {}}</tool_call>", "answer: <tool_call>{\"name\": \"run\"; \"arguments\": {}}</tool_call>")]
    // A second try within what was no call.
    [InlineData("<tool_call>\n<tool_call>\n{\"name\": \"run\", \"arguments\": {}}\n</tool_call>", """
        answer: <tool_call>
        call 0 id0000001 run: {}
        end
        """)]
    public void What_is_no_call_is_text_as_it_was_written(string answer, string expected) => Assert.Equal(expected, ReadAnswer.InEveryPiece("hermes", answer));

    [Theory]
    // Cut by the limit of tokens: what was certain stays.
    [InlineData("Look: <tool_call>\n{\"name\": \"run\", \"arguments\": {\"a\": \"hal", """
        answer: Look:
        call 0 id0000001 run: {"a": "hal
        """)]
    [InlineData("Look: <tool_call>\n{\"name\": \"run\", \"argu", "answer: Look: <tool_call>↵{\"name\": \"run\", \"argu")]
    [InlineData("Look: <tool_call>\n{\"name\": \"run\", \"arguments\": ", "answer: Look: <tool_call>↵{\"name\": \"run\", \"arguments\": ")]
    [InlineData("<tool_call>\n{\"name\": \"run\", \"arguments\": {}", """
        call 0 id0000001 run: {}
        end
        """)]
    [InlineData("<tool_call>\n{\"name\": \"run\", \"arguments\": {}, \"mo", """
        call 0 id0000001 run: {}
        end
        """)]
    [InlineData("<tool_call>\n{\"name\": \"run\", \"arguments\": {}}\n</tool_", """
        call 0 id0000001 run: {}
        end
        """)]
    [InlineData("<think>\nHm, \n", "reasoning: Hm, ↵")]
    // No JSON any more: the call stays without its end, and the text goes on.
    [InlineData("<tool_call>\n{\"name\": \"run\", \"arguments\": {\"a\": tru!}}\n</tool_call>", """
        call 0 id0000001 run: {"a": tru
        answer: !}}↵</tool_call>
        """)]
    [InlineData("<tool_call>\n{\"name\": \"run\", \"arguments\": {\"a\": \"x\ny\"}}\n</tool_call>", """
        call 0 id0000001 run: {"a": "x
        answer: y"}}↵</tool_call>
        """)]
    [InlineData("<tool_call>\n{\"name\": \"run\", \"arguments\": {\"a\": \"\\ud83d\"}}\n</tool_call>", """
        call 0 id0000001 run: {"a": "\ud83d
        answer: "}}↵</tool_call>
        """)]
    // Complete arguments are a call, whatever is wrong behind them.
    [InlineData("<tool_call>\n{\"name\": \"run\", \"arguments\": {\"a\": 1}\n</tool_call>", """
        call 0 id0000001 run: {"a": 1}
        end
        """)]
    [InlineData("<tool_call>\n{\"name\": \"run\", \"arguments\": {\"a\": 1}}}\n</tool_call>", """
        call 0 id0000001 run: {"a": 1}
        end
        answer: }↵</tool_call>
        """)]
    [InlineData("<tool_call>\n{\"name\": \"run\", \"arguments\": {}, \"arguments\": {}}\n</tool_call>", """
        call 0 id0000001 run: {}
        end
        answer: , "arguments": {}}↵</tool_call>
        """)]
    public void A_call_that_breaks_off_keeps_what_was_certain(string answer, string expected) =>
        Assert.Equal(expected, ReadAnswer.InEveryPiece("hermes", answer));
}
