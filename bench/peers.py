#!/usr/bin/env python3
"""Runs the peers on the same texts and files as Guichet, in one run on one machine, and prints the ratios.

    pip install -r bench/requirements.txt
    python bench/peers.py --guichet target/release/guichet [--files FOLDER] [--json]

Ours and the peers take turns, so that a machine that warms up or slows down touches all alike; each figure is the
median of the turns. What cannot run here is listed with its reason, never left out.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ["HF_HUB_OFFLINE"] = "1"
MODEL = "all-minilm-l6-v2"


def models_folder() -> pathlib.Path:
    """Where Guichet keeps its models."""
    if named := os.environ.get("GUICHET_MODELS"):
        return pathlib.Path(named)
    cache = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    return pathlib.Path(cache) / "guichet" / "models"


def guichet(program: str, *arguments: str) -> dict:
    """One of our benches, as JSON; nothing where it only wrote texts."""
    done = subprocess.run([program, "bench", *arguments, "--json"], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout or b"{}")


def timed(work) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def sentence_transformers_embedder(folder: pathlib.Path):
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules as parts

    words = parts.Transformer(str(folder), max_seq_length=256)
    pooling = parts.Pooling(words.get_embedding_dimension())
    model = SentenceTransformer(modules=[words, pooling, parts.Normalize()], device="cpu")
    return lambda texts: model.encode(texts, batch_size=32, show_progress_bar=False)


def fastembed_embedder(folder: pathlib.Path, batch: int):
    from fastembed import TextEmbedding
    from fastembed.common.model_description import ModelSource, PoolingType

    onnx = sorted(folder.rglob("*.onnx"), key=lambda path: ("int8" in path.name, path.name))
    if not onnx:
        raise FileNotFoundError(f"no ONNX file in {folder}: run `guichet models pull`")
    # fastembed wants one folder with the graph and four files of the tokenizer.
    home = pathlib.Path(tempfile.mkdtemp(prefix="fastembed-"))
    for path in [*folder.glob("*.json"), onnx[0]]:
        (home / path.name).symlink_to(path)
    beside = {
        "config.json": json.dumps({"pad_token_id": 0}),
        "tokenizer_config.json": json.dumps({"max_length": 256, "model_max_length": 256, "pad_token": "[PAD]"}),
        "special_tokens_map.json": json.dumps(
            {"cls_token": "[CLS]", "mask_token": "[MASK]", "pad_token": "[PAD]", "sep_token": "[SEP]", "unk_token": "[UNK]"}
        ),
    }
    for name, text in beside.items():
        if not (home / name).exists():
            (home / name).write_text(text)
    TextEmbedding.add_custom_model(
        model=f"guichet/{MODEL}-{batch}",
        pooling=PoolingType.MEAN,
        normalization=True,
        sources=ModelSource(hf=f"guichet/{MODEL}"),
        dim=384,
        model_file=onnx[0].name,
    )
    model = TextEmbedding(model_name=f"guichet/{MODEL}-{batch}", specific_model_path=str(home))
    return lambda texts: list(model.embed(texts, batch_size=batch))


def embedding(options, missing: list[str]) -> list[dict]:
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "texts.json"
        guichet(options.guichet, "embed", "--dump-texts", str(file), "--texts", str(options.texts), "--only-dump")
        texts = json.loads(file.read_text())
    makers = {
        "sentence-transformers": lambda: sentence_transformers_embedder(options.models / MODEL),
        "fastembed, batches of 32": lambda: fastembed_embedder(options.models / MODEL, 32),
        "fastembed, batches of 2": lambda: fastembed_embedder(options.models / MODEL, 2),
    }
    peers = {}
    for name, make in makers.items():
        try:
            embed = make()
            embed(texts[:8])
            peers[name] = embed
        except Exception as error:  # noqa: BLE001 - whatever it is, it is reported
            missing.append(f"{name}: {error.__class__.__name__}: {error}")
    speeds: dict[str, list[float]] = {}
    for _ in range(options.turns):
        report = guichet(options.guichet, "embed", "--texts", str(options.texts))["embed"]
        for adapter in report["adapters"]:
            speeds.setdefault(f"guichet, {adapter['name']}", []).append(adapter["texts_per_second"])
        for name, embed in peers.items():
            speeds.setdefault(name, []).append(len(texts) / timed(lambda: embed(texts)))
    return rows("texts/s", speeds)


def parsing(options, missing: list[str]) -> list[dict]:
    if not options.files:
        missing.append("pypdfium2: no folder was given with --files")
        return []
    try:
        import pypdfium2
    except ImportError as error:
        missing.append(f"pypdfium2: {error}")
        return []
    pdfs = sorted(path for path in options.files.rglob("*") if path.suffix.lower() == ".pdf" and path.is_file())

    def read_all() -> None:
        for path in pdfs:
            try:
                with pypdfium2.PdfDocument(path) as document:
                    for page in document:
                        page.get_textpage().get_text_range()
            except pypdfium2.PdfiumError:
                pass  # encrypted or broken: a stated outcome for us, an exception for the peer

    speeds: dict[str, list[float]] = {}
    for _ in range(options.turns):
        report = guichet(options.guichet, "parse", str(options.files), "--only", "pdf", "--workers", "1")["parse"]
        speeds.setdefault("guichet, one worker", []).append(report["files"] / report["seconds"])
        speeds.setdefault("pypdfium2", []).append(len(pdfs) / timed(read_all))
    return rows("PDF files/s", speeds)


def words(options, missing: list[str]) -> list[dict]:
    try:
        import bm25s
        import Stemmer
    except ImportError as error:
        missing.append(f"bm25s: {error}")
        return []
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "search.json"
        chunks = str(options.chunks)
        report = guichet(options.guichet, "search", "--chunks", chunks, "--mode", "lexical", "--dump-texts", str(file))
        data = json.loads(file.read_text())
    stemmer = Stemmer.Stemmer("french")
    index = bm25s.BM25()
    index.index(bm25s.tokenize(data["chunks"], stemmer=stemmer, stopwords="fr", show_progress=False), show_progress=False)
    times = []
    for query in data["queries"]:
        tokens = bm25s.tokenize([query], stemmer=stemmer, stopwords="fr", show_progress=False)
        times.append(timed(lambda: index.retrieve(tokens, k=10, show_progress=False)))
    ours = report["search"][0]["p50_ms"]
    return rows("lexical searches/s", {"guichet, over HTTP": [1000 / ours], "bm25s, in process, no filters": [1 / statistics.median(times)]})


def rows(unit: str, speeds: dict[str, list[float]]) -> list[dict]:
    medians = {name: statistics.median(values) for name, values in speeds.items()}
    best_peer = max((value for name, value in medians.items() if not name.startswith("guichet")), default=None)
    return [
        {"who": name, "unit": unit, "value": value, "ratio_to_best_peer": value / best_peer if best_peer else None}
        for name, value in medians.items()
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--guichet", default="guichet", help="the program to measure")
    parser.add_argument("--models", type=pathlib.Path, default=models_folder())
    parser.add_argument("--files", type=pathlib.Path, help="folder with PDF files")
    parser.add_argument("--texts", type=int, default=200, help="texts of about 200 tokens")
    parser.add_argument("--chunks", type=int, default=10_000)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--only", choices=["embed", "parse", "search"], action="append")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    missing: list[str] = []
    parts = {"embed": embedding, "parse": parsing, "search": words}
    table = [row for name, part in parts.items() if name in (options.only or parts) for row in part(options, missing)]
    if options.json:
        print(json.dumps({"rows": table, "unavailable": missing}, indent=2))
        return 0
    for row in table:
        ratio = f"{row['ratio_to_best_peer']:.2f}" if row["ratio_to_best_peer"] else "-"
        print(f"{row['who']:28} {row['value']:10.1f} {row['unit']:20} {ratio} x the best peer")
    for line in missing:
        print(f"unavailable: {line}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
