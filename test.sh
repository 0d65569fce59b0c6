#!/usr/bin/env bash
# Installs Chromium where it is missing, builds everything and runs every test. The last line is "N passed, N failed, N skipped".
#   ./test.sh [FAILED CHECK...]        what failed before, to be counted too
set -euo pipefail
cd "$(dirname "$0")"

configuration=Release
results=artifacts/tests

install_chromium() { # for the tests of the page, which are skipped without it
  ! command -v chromium >/dev/null && ! command -v google-chrome >/dev/null || return 0
  local sudo=()
  [ "$(id -u)" -eq 0 ] || sudo=(sudo --non-interactive)
  echo "Installing Chromium"
  { "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq &&
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 ||
    echo "Chromium cannot be installed here; the tests of the page are skipped." >&2
}

count() { # count ATTRIBUTE: the sum of a counter over all result files
  grep -ho "<Counters [^>]*" "$results"/*.trx 2>/dev/null | grep -o " $1=\"[0-9]*\"" | tr -dc '0-9\n' |
    awk '{ n += $1 } END { print n + 0 }'
}

name_failures() { # each failed test with its message, at the end, where it is seen first
  awk '
    /<UnitTestResult / { inside = telling = 0 }
    / outcome="Failed"/ {
      if (match($0, /testName="[^"]*"/)) print "FAILED " substr($0, RSTART + 10, RLENGTH - 11)
      said = 0
      inside = 1
    }
    inside && /<Message>/ { telling = 1 }
    telling && said++ < 25 { text = $0; gsub(/<[^>]*>/, "", text); if (text ~ /[^ ]/) print "  " text }
    /<\/StackTrace>/ { telling = 0; inside = 0 }
  ' "$results"/*.trx 2>/dev/null || true
}

run() { # run PROJECT...: one after the other; the output of each comes when it has ended
  local name log
  for name in "$@"; do
    log=$results/$name.log
    echo "== $name begins"
    dotnet test "tests/$name/$name.csproj" -c "$configuration" --no-build --logger "trx;LogFileName=$name.trx" \
      --results-directory "$results" --logger "console;verbosity=normal" >"$log" 2>&1 || touch "$results/$name.failed"
    # A test host that crashed leaves no counters; that counts as a failure.
    [ -f "$results/$name.trx" ] || { echo "$name left no result file" >>"$log"; touch "$results/$name.crashed"; }
    cat "$log"
    echo "== $name ended"
  done
}

install_chromium
export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
rm -rf "$results"
dotnet build Dml.slnx -c "$configuration" -v minimal

mkdir -p "$results"
others=()
for project in tests/*.Tests/*.csproj; do
  name=$(basename "$project" .csproj)
  case $name in Dml.Api.Tests | Dml.E2E.Tests) ;; *) others+=("$name") ;; esac
done
# Those of the service take as long as all others together.
run Dml.Api.Tests &
run "${others[@]}" Dml.E2E.Tests
wait

passed=$(count passed)
failed=$(($(count failed) + $(find "$results" -name '*.crashed' | wc -l)))
skipped=$(($(count total) - $(count executed)))
# A run that failed without naming a test, such as a crashed host, must not look green.
failures=$(find "$results" -name '*.failed' | wc -l)
[ "$failures" -eq 0 ] || [ "$failed" -gt 0 ] || failed=$failures
failed=$((failed + $#))
[ "$failed" -eq 0 ] || name_failures
for check in "$@"; do echo "FAILED $check"; done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
