"""Fits the confidence models of `rag::Profile` on what two commands write:

    guichet eval abstention SETS… --dump abstention.jsonl
    guichet eval golden samples/golden.jsonl --dump golden.jsonl
    python bench/fit_confidence.py abstention.jsonl golden.jsonl

Needs numpy and scipy. Prints one logistic model per kind of language, and what each threshold would do to the golden
questions: with the models as printed, and with models that have not seen those questions.
"""

import json
import sys

import numpy as np
from scipy.optimize import minimize

# In the order of `rag::answer::Features`.
NAMES = ["dense", "lexical", "dense_margin", "lexical_margin", "coverage", "similarity", "combined", "overlap"]
# Every group counts the same, but for the product's own questions, and for sets whose entries answer each other's questions.
WEIGHTS = {"golden": 3.0, "covidfaq-en": 0.3, "covidfaq-fr": 0.3}
RIDGE = 1e-3


def rows(abstention, golden):
    """(trained, set, situation, features, target); a wrong answer to an answerable question is none to be confident of."""
    for case in abstention:
        yield case["trained"], case["set"], case["situation"], case["features"], float(case["answerable"])
    for case in golden:
        if case["features"] is not None:
            target = case["answerable"] and case["verdict"] == "right"
            yield case["language"] == "en", "golden", "", case["features"], float(target)


def fit(data):
    """Bias and weights. No weight is negative: more evidence must never mean less confidence."""
    features = np.array([row[3] for row in data])
    target = np.array([row[4] for row in data])
    groups = [row[1:3] for row in data]
    weight = np.array([WEIGHTS.get(group[0], 1.0) / groups.count(group) for group in groups])
    weight /= weight.sum()

    def loss(model):
        score = features @ model[1:] + model[0]
        return np.sum(weight * (np.logaddexp(0, score) - target * score)) + RIDGE * np.sum(model[1:] ** 2)

    bounds = [(None, None)] + [(0, None)] * len(NAMES)
    return minimize(loss, np.zeros(len(NAMES) + 1), bounds=bounds, method="L-BFGS-B").x


def outcome(golden, models, threshold):
    counts = dict(right=0, wrong=0, abstained=0, answered_falsely=0)
    for case in golden:
        confidence = 0.0
        if case["features"] is not None:
            model = models[case["language"] == "en"]
            confidence = 1 / (1 + np.exp(-(model[0] + np.dot(model[1:], case["features"]))))
        if confidence < threshold:
            counts["abstained"] += case["answerable"]
        elif not case["answerable"]:
            counts["answered_falsely"] += 1
        else:
            counts["right" if case["verdict"] == "right" else "wrong"] += 1
    return counts


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    abstention, golden = ([json.loads(line) for line in open(path)] for path in sys.argv[1:])
    data = list(rows(abstention, golden))
    seen, unseen = {}, {}
    for trained in (True, False):
        mine = [row for row in data if row[0] == trained]
        seen[trained] = fit(mine)
        unseen[trained] = fit([row for row in mine if row[1] != "golden"])
        weights = ", ".join(f"{name} {weight:.2f}" for name, weight in zip(NAMES, seen[trained][1:]))
        print(f"{'trained' if trained else 'untrained'}: bias {seen[trained][0]:.2f}, {weights}")
    for label, models in (("fitted on all", seen), ("fitted without the golden questions", unseen)):
        print(label)
        for threshold in (0.3, 0.35, 0.4, 0.45, 0.5):
            print(f"  {threshold:.2f} {outcome(golden, models, threshold)}")


if __name__ == "__main__":
    main()
