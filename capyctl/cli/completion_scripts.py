"""The script that each shell loads; it asks ``capyctl __complete`` and adds file names where asked to."""

from __future__ import annotations

_BASH = """\
# capyctl completion for bash. Load it with: source <(capyctl completion bash)
_capyctl() {
    local line
    COMPREPLY=()
    while IFS= read -r line; do
        if [ "$line" = ":files" ]; then
            compopt -o default 2>/dev/null
        else
            COMPREPLY+=("$line")
        fi
    done < <(capyctl __complete bash "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _capyctl capyctl
"""

_ZSH = """\
#compdef capyctl
# capyctl completion for zsh. Load it with: source <(capyctl completion zsh)
_capyctl() {
    local line value text
    local -a found
    while IFS= read -r line; do
        if [[ "$line" == ":files" ]]; then
            _files
        else
            value="${line%%$'\\t'*}"
            text="${line#*$'\\t'}"
            found+=("${value//:/\\\\:}:$text")
        fi
    done < <(capyctl __complete zsh "${(@)words[2,$CURRENT]}" 2>/dev/null)
    (( ${#found} )) && _describe -V capyctl found
}
compdef _capyctl capyctl
"""

_FISH = """\
# capyctl completion for fish. Load it with: capyctl completion fish | source
function __capyctl_complete
    set -l words (commandline -opc)
    set -l current (commandline -ct)
    for line in (capyctl __complete fish $words[2..-1] "$current" 2>/dev/null)
        if test "$line" = ":files"
            __fish_complete_path "$current"
        else
            echo $line
        end
    end
end
complete -c capyctl -f -a '(__capyctl_complete)'
"""

_POWERSHELL = """\
# capyctl completion for PowerShell. Load it with:
#   capyctl completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName capyctl -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)
    $words = @($commandAst.CommandElements | Select-Object -Skip 1 | ForEach-Object { $_.ToString() })
    if ($wordToComplete -eq '') { $words += '""' }
    capyctl __complete powershell @words 2>$null | ForEach-Object {
        if ($_ -ne ':files') {
            $value, $text = $_ -split "`t", 2
            if (-not $text) { $text = $value }
            [System.Management.Automation.CompletionResult]::new($value, $value, 'ParameterValue', $text)
        }
    }
}
"""

SCRIPTS: dict[str, str] = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH, "powershell": _POWERSHELL}
"""By the name of the shell."""
