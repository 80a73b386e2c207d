# bash completion for longhaul(1): the program itself knows what may stand at the cursor.
_longhaul() {
  mapfile -t COMPREPLY < <("${COMP_WORDS[0]}" complete -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _longhaul longhaul
