"""HTML samples: pages of the school's site, with the navigation, banner and footer that real pages carry."""

from html import escape

from markup import inline

WORDS = {
    "fr": {"skip": "Aller au contenu", "menu": "Menu principal", "here": "Vous êtes ici", "home": "Accueil",
           "nav": ["Formations", "Admissions", "Vie étudiante", "Stages et emploi", "Auto-école", "Espace numérique"],
           "cookie": "Ce site utilise des cookies de mesure d'audience.", "yes": "Accepter", "no": "Refuser",
           "near": "À lire aussi", "updated": "Page mise à jour le", "foot": "Mentions légales · Accessibilité · Plan "
           "du site", "share": "Partager cette page", "search": "Rechercher"},
    "en": {"skip": "Skip to content", "menu": "Main menu", "here": "You are here", "home": "Home",
           "nav": ["Programmes", "Admissions", "Student life", "Internships", "Driving school", "Digital campus"],
           "cookie": "This site uses cookies to measure its audience.", "yes": "Accept", "no": "Decline",
           "near": "See also", "updated": "Page last updated on", "foot": "Legal notice · Accessibility · Site map",
           "share": "Share this page", "search": "Search"},
}
STYLE = "body{font-family:sans-serif;margin:0}nav li{display:inline;margin-right:1em}main{max-width:46rem;margin:auto}"


def write_html(path, meta, blocks):
    words = WORDS[meta["language"]]
    named = ("date", "valid_from", "valid_until", "supersedes", "audience")
    metas = "".join(f'<meta name="{key}" content="{escape(meta[key])}">\n' for key in named if key in meta)
    menu = "".join(f'<li><a href="/{meta["language"]}/{at}">{escape(name)}</a></li>'
                   for at, name in enumerate(words["nav"], 1))
    near = "".join(f'<li><a href="#">{escape(name.strip())}</a></li>' for name in meta.get("near", "").split(";"))
    body = "\n".join(render(block) for block in blocks)
    path.write_text(f"""<!DOCTYPE html>
<html lang="{meta["language"]}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(meta["title"])} | Institut Clairvanne</title>
{metas}<style>{STYLE}</style>
<script>window.dataLayer = window.dataLayer || []; function track(e) {{ window.dataLayer.push(e); }}</script>
</head>
<body>
<a class="skip" href="#content">{words["skip"]}</a>
<div class="cookie-banner" role="dialog"><p>{words["cookie"]}</p><button>{words["yes"]}</button>\
<button>{words["no"]}</button></div>
<header class="site-header"><a href="/"><img src="/logo.svg" alt="Institut Clairvanne"></a>
<form role="search"><input type="search" aria-label="{words["search"]}"><button>{words["search"]}</button></form>
<nav aria-label="{words["menu"]}"><ul>{menu}</ul></nav></header>
<nav class="breadcrumb" aria-label="{words["here"]}"><a href="/">{words["home"]}</a> › \
<a href="#">{escape(meta["section"])}</a> › <span>{escape(meta["title"])}</span></nav>
<main id="content">
<article>
{body}
</article>
<p class="updated">{words["updated"]} {meta["date"]}</p>
</main>
<aside><h2>{words["near"]}</h2><ul>{near}</ul><p>{words["share"]}</p></aside>
<footer><p>Institut Clairvanne, 14 rue des Tisserands, 99420 Valmorin · 04 65 71 12 00</p><p>{words["foot"]}</p></footer>
</body>
</html>
""", encoding="utf-8")


def rich(text):
    return inline(escape(text, quote=False), "<strong>{}</strong>", "<em>{}</em>", '<a href="{url}">{text}</a>')


def render(block):
    if block.kind == "heading":
        return f"<h{block.level}>{rich(block.text)}</h{block.level}>"
    if block.kind in ("bullets", "numbers"):
        tag = "ul" if block.kind == "bullets" else "ol"
        return f"<{tag}>\n" + "\n".join(f"<li>{rich(item)}</li>" for item in block.rows) + f"\n</{tag}>"
    if block.kind == "table":
        head = "".join(f"<th>{rich(cell)}</th>" for cell in block.rows[0])
        rows = ["<tr>" + "".join(f"<td>{rich(cell)}</td>" for cell in row) + "</tr>" for row in block.rows[1:]]
        return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table>"
    return f'<p class="note">{rich(block.text)}</p>' if block.kind == "note" else f"<p>{rich(block.text)}</p>"
