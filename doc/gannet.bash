# Completion for bash: source this file, or put it where bash-completion looks. Words of the filter language, options,
# interfaces behind -i, link types behind -y, services and protocols come from gannet itself; files from the shell.
_gannet() {
    mapfile -t COMPREPLY < <("$1" filter complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _gannet gannet
