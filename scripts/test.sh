#!/usr/bin/env bash
# make test: sets up what it can, runs everything, lists what it had to skip, closes with the runner's count.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
guichet=$1
need_rust
GUICHET_TEST_SKIPS=$(mktemp)
export GUICHET_TEST_SKIPS GUICHET_BIN=$guichet
log=$(mktemp)
trap 'rm -f "$log" "$GUICHET_TEST_SKIPS"' EXIT
skip() { echo "$*" >>"$GUICHET_TEST_SKIPS"; }
failed=()
step() { # name, command…
  say "== $1"
  "${@:2}" || failed+=("$1")
}

# A browser, where system packages may be installed.
if ! [ -x "${GUICHET_CHROMIUM:-/usr/bin/chromium}" ] && [ "$(id -u)" = 0 ] && have apt-get; then
  say "Installing chromium…"
  { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; } >/dev/null 2>&1 || true
fi

web=no
if build_pages; then
  web=yes
  step "web: formatting, lints, types" npm --prefix web run --silent check
  step "web: unit tests" npm --prefix web run --silent test
else
  skip "web tests: Node or the npm registry is missing"
fi

step "rust: formatting" cargo fmt --all --check
build_binary
pull_models "$guichet"

if [ "$web" = yes ] && [ -x "${GUICHET_CHROMIUM:-/usr/bin/chromium}" ]; then
  step "web: in the browser" npm --prefix web run --silent e2e
else
  skip "browser tests: they need Node and Chromium (GUICHET_CHROMIUM names another binary)"
fi
step "golden questions" scripts/eval.sh "$guichet"

say "== rust: tests"
if cargo nextest --version >/dev/null 2>&1; then
  cargo nextest run --workspace --no-fail-fast 2>&1 | tee "$log" || failed+=("rust: tests")
else
  cargo test --workspace --no-fail-fast 2>&1 | tee "$log" || failed+=("rust: tests")
fi

if [ -s "$GUICHET_TEST_SKIPS" ]; then
  say "Skipped:"
  sort -u "$GUICHET_TEST_SKIPS" | sed 's/^/  /'
fi
if [ ${#failed[@]} -gt 0 ]; then
  say "Failed:"
  printf '  %s\n' "${failed[@]}"
fi
grep -E 'Summary \[|^test result:' "$log" || true
[ ${#failed[@]} -eq 0 ]
