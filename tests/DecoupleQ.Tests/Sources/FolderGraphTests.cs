namespace DecoupleQ.Tests.Sources;

/// <summary>The rule itself, on made-up sources.</summary>
public sealed class FolderGraphTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Two_folders_that_name_each_others_types_are_a_circle_and_its_words_say_which()
    {
        Write(
            "App/Upper/Caller.cs",
            "using App.Lower;\n\nnamespace App.Upper;\n\npublic sealed class Caller\n{\n    private readonly Callee _callee = new();\n}\n");
        Write("App/Lower/Callee.cs", "using App.Upper;\n\nnamespace App.Lower;\n\npublic sealed class Callee\n{\n    public Caller? Back;\n}\n");
        FolderGraph graph = FolderGraph.Of(_folder.Path);
        IReadOnlyList<string> circle = Assert.Single(graph.Circles());
        Assert.Equal(["App/Lower", "App/Upper"], circle);
        Assert.Equal(
            "Folders name each other's types in a circle: App/Lower, App/Upper\n  App/Lower -> App/Upper: Caller\n  App/Upper -> App/Lower: Callee",
            graph.Describe(circle));
    }

    [Fact]
    public void A_circle_may_go_through_folders_between_and_another_beside_it()
    {
        Names("A", "B");
        Names("B", "C");
        Names("C", "A");
        Names("D", "A");
        Names("E", "F");
        Names("F", "E");
        Assert.Equal([["App/A", "App/B", "App/C"], ["App/E", "App/F"]], FolderGraph.Of(_folder.Path).Circles());
    }

    [Fact]
    public void One_way_is_no_circle_and_a_parent_may_name_its_subfolders()
    {
        Names("A", "B");
        Names("B", "C");
        Declares("C");
        Write("App/Face.cs", "using App.A;\n\nnamespace App;\n\npublic static class Face\n{\n    public static TypeA? A;\n}\n");
        Assert.Empty(FolderGraph.Of(_folder.Path).Circles());
    }

    [Theory]
    [InlineData("// TypeA\n    /* TypeA\n TypeA */ public const string Text = \"TypeA\";", false)]
    [InlineData("public const string Text = @\"TypeA \"\" TypeA\"; public const char C = '\"'; public const string Other = \"\\\" TypeA\";", false)]
    [InlineData("public const string Text = \"\"\"\"\n\"\"\" TypeA\n\"\"\"\";", false)]
    [InlineData("public static string Text => $\"{{TypeA}} {1:TypeA}\";", false)]
    [InlineData("public static string Text => $\"\"\"{1} TypeA\"\"\";", false)]
    [InlineData("public static string Text => $\"TypeX {nameof(TypeA)}\";", true)]
    [InlineData("public static string Text => $\"{(true ? $\"{nameof(TypeA),3:0}\" : \"\")}\";", true)]
    [InlineData("public static string Text => $@\"\"\"{nameof(TypeA)}\";", true)]
    [InlineData("public static string Text => $$\"\"\"{TypeX} {{nameof(TypeA)}}\"\"\";", true)]
    [InlineData("public TypeA? One;", true)]
    public void A_name_counts_in_code_and_not_in_words(string member, bool counts)
    {
        Names("A", "B");
        Declares("B");
        Write("App/B/Member.cs", $"using App.A;\n\nnamespace App.B;\n\ninternal sealed class Member\n{{\n    {member}\n    public TypeB? Own;\n}}\n");
        Assert.Equal(counts, FolderGraph.Of(_folder.Path).Circles().Count == 1);
    }

    [Fact]
    public void A_name_counts_only_where_its_namespace_is_seen()
    {
        Names("A", "B");
        Declares("B");
        Write("App/B/Stranger.cs", "namespace App.B;\n\ninternal sealed class Stranger\n{\n    public int TypeA;\n}\n");
        Assert.Empty(FolderGraph.Of(_folder.Path).Circles());
        Write("App/B/Alias.cs", "using First = App.A.TypeA;\n\nnamespace App.B;\n\ninternal sealed class Alias\n{\n    public First? One;\n}\n");
        Assert.Single(FolderGraph.Of(_folder.Path).Circles());
    }

    [Fact]
    public void What_a_build_made_is_left_out()
    {
        Names("A", "B");
        Declares("B");
        Write("App/B/obj/Generated.cs", "using App.A;\n\nnamespace App.B;\n\ninternal sealed class Generated\n{\n    public TypeA? One;\n}\n");
        Assert.Empty(FolderGraph.Of(_folder.Path).Circles());
        Write("App/B/Generated.cs", "using App.A;\n\nnamespace App.B;\n\ninternal sealed class Generated\n{\n    public TypeA? One;\n}\n");
        Assert.Single(FolderGraph.Of(_folder.Path).Circles());
    }

    private void Declares(string folder) => Write($"App/{folder}/Type{folder}.cs", $"namespace App.{folder};\n\npublic sealed class Type{folder};\n");

    private void Names(string folder, string other) => Write(
        $"App/{folder}/Type{folder}.cs",
        $"using App.{other};\n\nnamespace App.{folder};\n\npublic sealed class Type{folder}\n{{\n    public Type{other}? Other;\n}}\n");

    private void Write(string name, string text)
    {
        string path = _folder.File(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
