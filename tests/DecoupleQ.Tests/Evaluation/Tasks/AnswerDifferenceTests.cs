using DecoupleQ.Evaluation.Differences;

namespace DecoupleQ.Tests.Evaluation.Tasks;

public sealed class AnswerDifferenceTests
{
    [Theory]
    [InlineData("It costs 1,000 dollars.", "It costs 1000 dollars.", "", "")]
    [InlineData("It costs 1,000 dollars.", "It costs 100 dollars.", "1000", "100")]
    [InlineData("5 or 6, say 5", "6 or 5", "", "")]
    [InlineData("5% of it", "5 of it", "5%", "5")]
    [InlineData("3月5日に12,000円", "3月8日に１２０００円", "5", "8")]
    [InlineData("-4 degrees", "4 degrees", "-4", "4")]
    public void Numbers(string before, string after, string gone, string come) => Check(AnswerDifference.Between(before, after).Numbers, gone, come);

    [Theory]
    [InlineData("It is safe.", "It is not safe.", "", "not")]
    [InlineData("It isn't safe.", "It is not safe.", "", "")]
    [InlineData("It isn’t safe.", "It is safe.", "not", "")]
    [InlineData("You can take both.", "You cannot take both.", "", "not")]
    [InlineData("I know nothing of no one.", "I know a notable nobleman.", "nothing no", "")]
    [InlineData("Without it", "With it", "without", "")]
    [InlineData("この薬は飲めます。", "この薬は飲めません。", "", "ない")]
    [InlineData("食べてよい", "食べてはいけない", "", "ない")]
    [InlineData("問題はありません。", "問題はない。", "", "")]
    [InlineData("可能です", "不可能です", "", "不")]
    [InlineData("有効な鍵", "無効な鍵", "", "無")]
    [InlineData("未完了", "完了", "未", "")]
    [InlineData("食べずに寝た", "食べて寝た", "ない", "")]
    // What only looks like one.
    [InlineData("危ない道", "広い道", "", "")]
    [InlineData("必ず、来ます", "来ます", "", "")]
    [InlineData("未来の不動産", "昔の家", "", "")]
    public void Negations(string before, string after, string gone, string come) => Check(AnswerDifference.Between(before, after).Negations, gone, come);

    [Theory]
    [InlineData("The capital is Paris.", "The capital is Lyon.", "Paris", "Lyon")]
    [InlineData("Paris is the capital.", "The capital is Paris.", "", "")]
    [InlineData("He met Ann. She left.", "He met Ann. They left.", "", "")]
    [InlineData("Ask the FBI, as I do.", "Ask the CIA, as I do.", "FBI", "CIA")]
    [InlineData("\"Who?\" \"Tom.\" \"Why?\"", "\"Who?\" \"Ann.\" \"Why?\"", "", "")]
    [InlineData("首都はパリです。", "首都はロンドンです。", "パリ", "ロンドン")]
    [InlineData("コーヒーとパン", "パンとコーヒー", "", "")]
    [InlineData("in Zürich", "in Genève", "Zürich", "Genève")]
    public void Names(string before, string after, string gone, string come) => Check(AnswerDifference.Between(before, after).Names, gone, come);

    [Fact]
    public void Kinds_are_counted()
    {
        Assert.Equal(0, AnswerDifference.Between("the same thing", "said in other words").Kinds);
        Assert.Equal(3, AnswerDifference.Between("Take 5 of it from Ann.", "Do not take 6 of it from Bob.").Kinds);
        Assert.Equal(0, AnswerDifference.Between("", "").Kinds);
    }

    [Fact]
    public void The_other_way_round_gone_is_come()
    {
        const string First = "Take 5 mg, not 6, says Dr Smith.", Second = "Take 50 mg, never 60, says Jones.";
        AnswerDifference there = AnswerDifference.Between(First, Second), back = AnswerDifference.Between(Second, First);
        foreach ((TextChange one, TextChange other) in ((TextChange, TextChange)[])
            [(there.Numbers, back.Numbers), (there.Negations, back.Negations), (there.Names, back.Names)])
        {
            Assert.True(one.Any);
            Assert.Equal(one.Gone, other.Come);
            Assert.Equal(one.Come, other.Gone);
        }
    }

    private static void Check(TextChange change, string gone, string come)
    {
        Assert.Equal((gone, come), (string.Join(' ', change.Gone), string.Join(' ', change.Come)));
        Assert.Equal(gone.Length + come.Length > 0, change.Any);
    }
}
