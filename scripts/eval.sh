#!/usr/bin/env bash
# make eval: the golden questions of samples/, on a fresh data folder.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
guichet=$1
[ -x "$guichet" ] || build_binary
data=$(mktemp -d)
trap 'rm -rf "$data"' EXIT
"$guichet" --data "$data" ingest samples/documents
"$guichet" --data "$data" eval golden samples/golden.jsonl
