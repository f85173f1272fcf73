"""Writes expected.json: rankings, judgements and what trec_eval itself says of them.

    pip install pytrec-eval-terrier && python make.py
"""

import json
import pathlib
import random

import pytrec_eval

rng = random.Random(20260901)
cases = {}
for number in range(40):
    documents = [f"d{index:02}" for index in range(30)]
    judged = {name: rng.choice([0, 0, 1, 1, 2, 3]) for name in rng.sample(documents, rng.randint(1, 16))}
    if not any(judged.values()):
        judged[next(iter(judged))] = 1
    cases[f"q{number:02}"] = (rng.sample(documents, rng.randint(1, 20)), judged)

judgements = {query: judged for query, (_, judged) in cases.items()}
runs = {query: {name: 1.0 / (rank + 1) for rank, name in enumerate(ranking)} for query, (ranking, _) in cases.items()}
# trec_eval's reciprocal rank has no cut, so it sees the first ten alone.
firsts = {query: {name: 1.0 / (rank + 1) for rank, name in enumerate(ranking[:10])} for query, (ranking, _) in cases.items()}
cut = pytrec_eval.RelevanceEvaluator(judgements, {"ndcg_cut.10", "recall.5,10"}).evaluate(runs)
reciprocal = pytrec_eval.RelevanceEvaluator(judgements, {"recip_rank"}).evaluate(firsts)

lines = []
for query, (ranking, judged) in cases.items():
    expected = {
        "ndcg_at_10": cut[query]["ndcg_cut_10"],
        "recall_at_5": cut[query]["recall_5"],
        "recall_at_10": cut[query]["recall_10"],
        "mrr_at_10": reciprocal[query]["recip_rank"],
    }
    lines.append(json.dumps({"ranking": ranking, "judged": judged, "expected": expected}))
target = pathlib.Path(__file__).with_name("expected.json")
target.write_text("[\n" + ",\n".join(lines) + "\n]\n")
