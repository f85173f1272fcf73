"""Writes minilm.json (200 texts) and minilm.i16 (their vectors by sentence-transformers, components times 32767).

    pip install sentence-transformers
    python make.py FOLDER-OF-ALL-MINILM-L6-V2

The folder must hold the weights with the checksum that the catalogue pins.
"""

import hashlib
import json
import random
import sys
from pathlib import Path

import numpy
from sentence_transformers import SentenceTransformer

WEIGHTS = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

FRENCH = [
    "Le rapport de stage est à rendre au plus tard le vendredi qui suit la soutenance.",
    "Toute absence doit être justifiée dans les quarante-huit heures auprès du secrétariat.",
    "L'élève absent à une épreuve pour raison médicale passe l'épreuve de remplacement.",
    "La bibliothèque ferme à vingt heures, sauf pendant la période des examens.",
    "Les frais d'inscription sont remboursés si la demande arrive avant le début des cours.",
    "Le port du badge est obligatoire dans tous les bâtiments de l'établissement.",
    "Chaque candidat choisit un tuteur parmi les enseignants de sa filière.",
    "La moyenne générale tient compte des coefficients indiqués dans la maquette.",
    "Une convention signée par les trois parties est exigée avant le premier jour.",
    "Le règlement intérieur s'applique aussi pendant les sorties et les voyages.",
    "Les salles informatiques sont réservées en ligne, pour deux heures au plus.",
    "Le jury peut accorder une session de rattrapage, dont il fixe la date.",
    "L'heure de conduite annulée moins d'un jour ouvré à l'avance reste due.",
    "Où trouver le formulaire de demande de bourse ?",
    "Quand les notes du premier semestre sont-elles publiées ?",
    "Combien d'heures de code faut-il avant l'examen blanc ?",
]
ENGLISH = [
    "The internship report is due on the Friday after the defence at the latest.",
    "Every absence must be justified to the office within forty-eight hours.",
    "A student who misses an exam for medical reasons sits the replacement exam.",
    "The library closes at eight in the evening, except during exam weeks.",
    "Enrolment fees are refunded when the request arrives before classes begin.",
    "Badges are worn visibly in every building of the school.",
    "Each candidate chooses a supervisor among the teachers of the programme.",
    "The overall average uses the coefficients listed in the curriculum.",
    "An agreement signed by all three parties is required before the first day.",
    "The house rules also apply during trips and visits.",
    "Computer rooms are booked online, for two hours at most.",
    "The board may grant a second sitting and sets its date.",
    "A driving lesson cancelled less than one working day ahead is still charged.",
    "Where is the application form for a scholarship?",
    "When are the grades of the first term published?",
    "How many hours of theory come before the mock exam?",
]
ODD = [
    "",
    " ",
    "?",
    "a",
    "Été",
    "ÉCOLE NATIONALE SUPÉRIEURE",
    "école",
    "e\u0301cole",
    "naïve façade — “guillemets” « français »",
    "L’apostrophe typographique et l'apostrophe droite",
    "🎓 Diplôme obtenu 🎉🎉",
    "👩‍🏫",
    "学生は金曜日までに報告書を提出します。",
    "يجب تبرير الغياب خلال يومين",
    "Студент сдаёт отчёт в пятницу",
    "Φοιτητής",
    "ติดต่อสำนักงาน",
    "H₂O, E = mc², ∑ x² ≤ 10⁻³, 25 °C, 12,50 €",
    "Tel. +33 1 23 45 67 89, accueil@ecole.example, https://ecole.example/a?b=c#d",
    "| Matière | Coefficient |\n| Droit | 3 |\n| Économie | 2 |",
    "Ligne un\r\nligne deux\ttabulée\u00a0insécable\u200binvisible",
    "supercalifragilisticexpialidocious" * 4,
    "x" * 150,
    "0123456789 " * 30,
    "\ufeffmarque en tête",
    "a\u0000b",
    "ﬁn de l’oﬃce — ½ journée — №5 — Ⅳ",
    "<script>alert('x')</script> & &amp; \\n",
    "fn main() { println!(\"{}\", 1 << 3); }",
    "IIIIIIIIIIIIIIII llllllllllllllll OOOO0000",
]


def texts():
    """Single sentences, then passages of growing length up to beyond the model's limit."""
    rng = random.Random(2026)
    made = FRENCH + ENGLISH + ODD
    while len(made) < 200:
        language = FRENCH if len(made) % 2 else ENGLISH
        count = 2 + (len(made) * 7) % 24
        made.append(" ".join(rng.choice(language) for _ in range(count)))
    return made


def main():
    folder = Path(sys.argv[1])
    weights = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    if weights != WEIGHTS:
        sys.exit(f"these are other weights: {weights}")
    model = SentenceTransformer(str(folder), device="cpu")
    made = texts()
    vectors = numpy.concatenate([model.encode([text], normalize_embeddings=True) for text in made])
    here = Path(__file__).parent
    (here / "minilm.json").write_text(json.dumps(made, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    (here / "minilm.i16").write_bytes(numpy.rint(vectors * 32767).astype("<i2").tobytes())
    lengths = [len(model.tokenizer(text)["input_ids"]) for text in made]
    print(f"{len(made)} texts of {min(lengths)} to {max(lengths)} tokens, limit {model.max_seq_length}")


if __name__ == "__main__":
    main()
