namespace DecoupleQ.Cli.Rendering;

/// <summary>
/// What shells run to complete a command line of the tool. Each asks the tool itself, by its <c>[suggest:POSITION]</c> directive, which takes the line after
/// the tool's name and the position in it; where the tool suggests nothing, files are.
/// </summary>
internal static class CompletionScripts
{
    /// <summary>Shells and their scripts.</summary>
    public static IReadOnlyDictionary<string, string> All { get; } = new Dictionary<string, string>
    {
        ["bash"] = """
            # In ~/.bashrc:  eval "$(decoupleq completion bash)"
            _decoupleq() {
              local line="${COMP_LINE#"${COMP_WORDS[0]}"}" point IFS=$'\n'
              point=$((COMP_POINT - ${#COMP_WORDS[0]}))
              COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:$point]" "$line" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
            }
            complete -o default -F _decoupleq decoupleq

            """,
        ["zsh"] = """
            # In ~/.zshrc, after compinit:  eval "$(decoupleq completion zsh)"
            _decoupleq() {
              local line="${BUFFER#"${words[1]}"}"
              local -a found
              found=("${(@f)$("${words[1]}" "[suggest:$((CURSOR - ${#words[1]}))]" "$line" 2>/dev/null)}")
              found=(${found:#})
              if (( ${#found} )); then compadd -a found; else _files; fi
            }
            compdef _decoupleq decoupleq

            """,
        ["fish"] = """
            # In ~/.config/fish/config.fish:  decoupleq completion fish | source
            function __decoupleq_complete
              set -l tool (commandline -opc)[1]
              set -l line (commandline -cp | string replace -- "$tool" "")
              $tool "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
            end
            complete -c decoupleq -a "(__decoupleq_complete)"

            """,
        ["pwsh"] = """
            # In $PROFILE:  decoupleq completion pwsh | Out-String | Invoke-Expression
            Register-ArgumentCompleter -Native -CommandName decoupleq -ScriptBlock {
              param($word, $ast, $position)
              $tool = $ast.CommandElements[0].Extent.Text
              $line = $ast.ToString().Substring($tool.Length)
              & $tool "[suggest:$($position - $tool.Length)]" "$line" 2>$null |
                Where-Object { $_ -like "$word*" } |
                ForEach-Object { [System.Management.Automation.CompletionResult]::new($_) }
            }

            """,
    };
}
