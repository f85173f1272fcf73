# Shared by the scripts beside it. Source it; do not run it.
# shellcheck shell=bash

say() { printf '\033[1m%s\033[0m\n' "$*" >&2; }

have() { command -v "$1" >/dev/null 2>&1; }

need_rust() {
  have cargo && return
  echo "Rust is missing: install it with rustup (https://rustup.rs), then run this again." >&2
  exit 1
}

# Builds the pages when their sources changed. Without Node the server runs without pages, and says so.
build_pages() {
  if ! have npm; then
    say "Node is missing: the pages are not built (install Node 20 or newer to have them)."
    return 1
  fi
  local stamp=web/app/dist/.built sum
  sum=$(git ls-files -z --cached --others --exclude-standard web | sort -z | xargs -0 sha256sum 2>/dev/null | sha256sum)
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$sum" ] && return
  say "Building the pages…"
  if (cd web && { [ -d node_modules ] && [ node_modules -nt package-lock.json ] || npm ci --silent; } && npm run --silent build) >&2; then
    echo "$sum" >"$stamp"
  else
    say "The pages could not be built (no network for npm?): the server runs without them."
    return 1
  fi
}

build_binary() {
  say "Building guichet (the first time takes about a quarter of an hour)…"
  cargo build --workspace
}

# Fetches what is missing; answers on words alone where it cannot.
pull_models() {
  "$1" models pull || say "Going on without the models: answers are made on words alone (try 'guichet models pull' later)."
}
