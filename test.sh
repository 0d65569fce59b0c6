#!/usr/bin/env bash
# Installs what the tests need and this machine lacks, builds everything, runs every test,
# and ends with one line: "N passed, N failed, N skipped".
set -euo pipefail
cd "$(dirname "$0")"

configuration=Release
results=artifacts/tests

install_missing() {
  local missing=()
  [ -e /usr/include/torch/csrc/api/include/torch/torch.h ] || [ -n "${LIBTORCH:-}" ] || missing+=(libtorch-dev)
  # Without an optimised BLAS a matrix product runs twenty times slower; the OpenMP variant shares its threads with libtorch.
  compgen -G '/usr/lib/*/openblas-*/libblas.so.3' >/dev/null || missing+=(libopenblas0-openmp)
  command -v g++ >/dev/null || missing+=(g++)
  command -v chromium >/dev/null || command -v google-chrome >/dev/null || missing+=(chromium)
  [ ${#missing[@]} -eq 0 ] && return
  if ! command -v apt-get >/dev/null; then
    echo "Not installed: ${missing[*]}. There is no apt-get here; install them by hand. Tests that need them will be skipped." >&2
    return
  fi
  local sudo=()
  [ "$(id -u)" -eq 0 ] || sudo=(sudo)
  echo "Installing ${missing[*]}"
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

count() { # count ATTRIBUTE: the sum of a counter over all result files
  grep -ho "<Counters [^>]*" "$results"/*.trx 2>/dev/null | grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n' | awk '{ n += $1 } END { print n + 0 }'
}

name_failures() { # each failed test with what it said: the end of a long output is all that some see of it
  awk '
    /<UnitTestResult / { inside = telling = 0 }
    / outcome="Failed"/ { if (match($0, /testName="[^"]*"/)) print "FAILED " substr($0, RSTART + 10, RLENGTH - 11); said = 0; inside = 1 }
    inside && /<Message>/ { telling = 1 }
    telling && said++ < 25 { text = $0; gsub(/<[^>]*>/, "", text); if (text ~ /[^ ]/) print "  " text }
    /<\/StackTrace>/ { telling = 0; inside = 0 }
  ' "$results"/*.trx 2>/dev/null || true
}

install_missing
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
rm -rf "$results"
dotnet build Dml.slnx -c "$configuration" -v minimal

failures=0
for project in tests/*.Tests/*.csproj; do
  name=$(basename "$project" .csproj)
  echo "== $name"
  dotnet test "$project" -c "$configuration" --no-build --logger "trx;LogFileName=$name.trx" --results-directory "$results" \
    --logger "console;verbosity=normal" || failures=$((failures + 1))
  # A test host that died leaves no counters: that is a failure too.
  [ -f "$results/$name.trx" ] || { echo "$name left no result file"; crashed=$((${crashed:-0} + 1)); }
done

passed=$(count passed)
failed=$(($(count failed) + ${crashed:-0}))
skipped=$(($(count total) - $(count executed)))
# A run that failed without naming a test (a crashed host, say) must not read as green.
[ "$failures" -eq 0 ] || [ "$failed" -gt 0 ] || failed=$failures
[ "$failed" -eq 0 ] || name_failures
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
