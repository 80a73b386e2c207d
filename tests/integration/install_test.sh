#!/usr/bin/env bash
# The installed tree works from wherever it is moved to: program, files, manual page, completion.
# ctest: unit, 120 s
# shellcheck disable=SC2016,SC2317  # text for other shells; functions called through "$@"
set -euo pipefail

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cmake --install "$LONGHAUL_BINARY_DIR" --prefix "$scratch/first" >/dev/null
mkdir "$scratch/some where else"
mv "$scratch/first" "$scratch/some where else/longhaul"
tree="$scratch/some where else/longhaul"
PATH="$tree/bin:$PATH"
failures=0

check() {  # WHAT COMMAND...
  if "${@:2}" >"$scratch/said" 2>&1; then echo "ok: $1"; else echo "FAILED: $1"; cat "$scratch/said"; failures=$((failures + 1)); fi
}
says() { "${@:2}" 2>&1 | grep -q -- "$1"; }  # PATTERN COMMAND...
completes() {  # EXPECTED WORD...: what bash would offer at the last word
  # shellcheck source=/dev/null
  source "$tree/share/bash-completion/completions/longhaul"
  COMP_WORDS=("${@:2}") COMP_CWORD=$(($# - 2)) COMPREPLY=()
  _longhaul
  echo "offered: ${COMPREPLY[*]}"
  [[ " ${COMPREPLY[*]} " == *" $1 "* ]]
}
manual_names_every_verb() {
  local verb
  for verb in $(longhaul complete -- ""); do grep -q "^\.SS $verb" "$tree/share/man/man1/longhaul.1" || return; done
}
installed_everything() {
  local file
  for file in bin/longhaul share/longhaul/catalogue/two-campus-metro.yaml share/longhaul/plans/quickstart.yaml \
    share/longhaul/report/page.html share/longhaul/plotly.min.js share/man/man1/longhaul.1 \
    share/zsh/site-functions/_longhaul share/fish/vendor_completions.d/longhaul.fish share/doc/longhaul/LICENSE; do
    [[ -s $tree/$file ]] || { echo "missing: $file"; return 1; }
  done
}

cd "$scratch"
check "every file is where programs look for it" installed_everything
check "nothing leads back to the build tree" bash -c '! grep -rIl -- "$1" "$2"' bash "$LONGHAUL_BINARY_DIR" "$tree"
check "the program starts" says "^[0-9]*\.[0-9]*\.[0-9]*$" longhaul --version
check "it finds its catalogue" says two-campus-metro longhaul topology list
check "it measures alone on this host" longhaul run --collective all_reduce --size 16B,1KiB --for 10s --quiet -o alone.h5
check "it finds the report's assets and Plotly" longhaul report alone.h5 -o alone.html
check "the page holds all it needs" bash -c 'grep -q "plotly.js v" alone.html'
check "the manual page renders without a warning" bash -c '[[ -z $(groff -man -Tutf8 -ww -z "$1" 2>&1) ]]' bash "$tree/share/man/man1/longhaul.1"
check "the manual page has every verb" manual_names_every_verb
check "bash offers verbs" completes report longhaul re
check "bash offers options" completes --collective longhaul run --coll
check "bash offers topologies" completes transatlantic longhaul run --topology trans
check "bash offers values of a list" completes all_reduce,all_gather longhaul run --collective all_reduce,all_g
check "bash offers closed lists" completes nccl-tests longhaul run --format nccl
exit $((failures > 0))
