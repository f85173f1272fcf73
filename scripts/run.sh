#!/usr/bin/env bash
# make run: from a clone to a page that answers.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/lib.sh
guichet=$1
need_rust
build_pages || true
build_binary
pull_models "$guichet"
exec "$guichet" serve --ingest samples/documents
