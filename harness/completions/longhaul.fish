# fish completion for longhaul(1): the program itself knows what may stand at the cursor.
function __longhaul_candidates
    set -l words (commandline --cut-at-cursor --tokenize --current-process) (commandline --cut-at-cursor --current-token)
    set -l fitting ($words[1] complete -- $words[2..] 2>/dev/null)
    if test (count $fitting) -gt 0
        printf '%s\n' $fitting
    else
        __fish_complete_path (commandline --current-token)
    end
end
complete --command longhaul --no-files --arguments '(__longhaul_candidates)'
