#!/usr/bin/env bash
# make eval: the golden questions of samples/, on a fresh index of samples/documents.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
guichet=$1
[ -x "$guichet" ] || build_binary
"$guichet" eval golden samples/golden.jsonl
