namespace DecoupleQ.Tests.Chat.Tools;

/// <summary>Answers as Llama 3.1, 3.2 and 3.3 write them.</summary>
public sealed class Llama3AnswerTests
{
    [Theory]
    [InlineData("""{"name": "get_weather", "parameters": {"city": "Paris"}}""", """
        call 0 id0000001 get_weather: {"city": "Paris"}
        end
        """)]
    [InlineData("""«<|python_tag|>»{"name": "get_weather", "parameters": {"city": "Paris", "days": "3"}}""", """
        call 0 id0000001 get_weather: {"city": "Paris", "days": "3"}
        end
        """)]
    [InlineData("""<|python_tag|>{"name": "search", "arguments": {"query": "a; b} {"}}""", """
        call 0 id0000001 search: {"query": "a; b} {"}
        end
        """)]
    [InlineData("""{"type": "function", "name": "search", "parameters": {"query": "Llama"}}""", """
        call 0 id0000001 search: {"query": "Llama"}
        end
        """)]
    [InlineData("""{"name": "search", "parameters": {"q": "a"}}; {"name": "search", "parameters": {"q": {"deep": [{"x": "\"}"}]}}}""", """
        call 0 id0000001 search: {"q": "a"}
        end
        call 1 id0000002 search: {"q": {"deep": [{"x": "\"}"}]}}
        end
        """)]
    [InlineData("«<|python_tag|>»{\"name\": \"run\", \"parameters\": {}};{\"name\": \"run\", \"parameters\": {}}\n"
        + "«<|python_tag|>»{\"name\": \"get_time\", \"parameters\": {}}", """
        call 0 id0000001 run: {}
        end
        call 1 id0000002 run: {}
        end
        call 2 id0000003 get_time: {}
        end
        """)]
    [InlineData("\n\n{\"parameters\": {\"city\": \"東京\"}, \"name\": \"get_weather\"}\n", """
        call 0 id0000001 get_weather: {"city": "東京"}
        end
        """)]
    [InlineData("<think>\nOne call.\n</think>\n{\"name\": \"run\", \"parameters\": {}}", """
        reasoning: One call.
        call 0 id0000001 run: {}
        end
        """)]
    [InlineData("I will look.\n«<|python_tag|>»{\"name\": \"run\", \"parameters\": {}}\nThat was it.", """
        answer: I will look.
        call 0 id0000001 run: {}
        end
        answer: That was it.
        """)]
    [InlineData("""{"name": "run", "parameters": {}}; and so on""", """
        call 0 id0000001 run: {}
        end
        answer: ; and so on
        """)]
    public void Calls_are_told_from_text(string answer, string expected) => Assert.Equal(expected, ReadAnswer.InEveryPiece("llama3", answer));

    [Theory]
    [InlineData("""{"answer": 42, "name": "Bob"}""")]
    [InlineData("""{"name": "Bob", "parameters": {"age": 3}}""")]
    [InlineData("""{"name": "run"}""")]
    [InlineData("""{"name": "run", "parameters": [1]}""")]
    [InlineData("""{"name": "run", "parameters": null}""")]
    [InlineData("{ is a brace, } another.")]
    [InlineData("{}")]
    [InlineData("{{name}} is written so.")]
    [InlineData("Use {\"name\": \"run\", \"parameters\": {}} for it.")]
    [InlineData("""{"parameters": {"a": 1}, "arguments": {}, "name": "run"}""")]
    [InlineData("<|python_tag> <|python_tag|><|python_tag|>print(1)")]
    [InlineData("""{"name": "run", "param""")]
    public void What_is_no_call_is_text_as_it_was_written(string answer) =>
        Assert.Equal("answer: " + answer, ReadAnswer.InEveryPiece("llama3", answer));

    [Fact]
    public void Code_behind_the_tag_is_text() =>
        Assert.Equal("answer: import math↵print(1)", ReadAnswer.InEveryPiece("llama3", "«<|python_tag|>»import math\nprint(1)"));

    [Theory]
    [InlineData("""{"name": "run", "parameters": {"a": [1, 2""", """
        call 0 id0000001 run: {"a": [1, 2
        """)]
    [InlineData("""{"name": "run", "parameters": {"a": [1, 2}}""", """
        call 0 id0000001 run: {"a": [1, 2
        answer: }}
        """)]
    [InlineData("""{"name": "run", "parameters": {"a": 1}""", """
        call 0 id0000001 run: {"a": 1}
        end
        """)]
    [InlineData("""{"name": "run", "parameters": {}}; {"name": "no_such_tool", "parameters": {}}""", """
        call 0 id0000001 run: {}
        end
        answer: ; {"name": "no_such_tool", "parameters": {}}
        """)]
    public void A_call_that_breaks_off_keeps_what_was_certain(string answer, string expected) =>
        Assert.Equal(expected, ReadAnswer.InEveryPiece("llama3", answer));
}
