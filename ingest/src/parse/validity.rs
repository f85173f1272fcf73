//! The days on which a document holds, where its opening says so in so many words.

use std::sync::LazyLock;

use jiff::civil::Date;
use models::Content;
use regex::Regex;

use super::dates;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Period {
    pub from: Option<Date>,
    pub until: Option<Date>,
}

/// Later in a text such a phrase speaks about something else: a form, a stay, another document.
const OPENING: usize = 3000;

pub(crate) fn find(content: &Content) -> Period {
    let mut opening = String::new();
    for block in &content.blocks {
        opening.push_str(&block.text);
        opening.push('\n');
        if opening.len() > OPENING {
            break;
        }
    }
    in_text(&opening.replace('’', "'").replace('\u{a0}', " "))
}

fn in_text(text: &str) -> Period {
    let mut period = Period::default();
    for rule in RULES.iter() {
        for found in rule.captures_iter(text) {
            let date = |name: &str| found.name(name).and_then(|found| dates::parse(found.as_str()));
            if let Some(year) = found.name("year").and_then(|year| year.as_str().parse::<i16>().ok()) {
                let next = found.name("next").and_then(|next| next.as_str().parse::<i16>().ok());
                if next.is_some_and(|next| next % 100 == (year + 1) % 100) {
                    period.from = period.from.or_else(|| Date::new(year, 9, 1).ok());
                    period.until = period.until.or_else(|| Date::new(year + 1, 8, 31).ok());
                }
            }
            period.from = period.from.or_else(|| date("from"));
            period.until = period.until.or_else(|| date("until"));
        }
    }
    match period {
        Period { from: Some(from), until: Some(until) } if until < from => Period::default(),
        period => period,
    }
}

static RULES: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let from = format!("(?P<from>{})", dates::PATTERN);
    let until = format!("(?P<until>{})", dates::PATTERN);
    let french = r"(?:applicables?|valables?|valides?|en vigueur|s'appliquent?|en application)";
    let english = r"(?:valid|effective|applicable|applies|apply|in force|in effect)";
    [
        format!(
            r"\b{french}(?: à compter)?(?: à partir)?(?: dès)?(?: depuis)? (?:du |le ){from}(?:,? (?:et )?(?:jusqu'au|au) {until})?"
        ),
        format!(r"\bentr(?:e|ent|era|eront|ée) en vigueur (?:le |à compter du |à partir du |dès le )?:? ?{from}"),
        format!(r"\b(?:valables?|valides?|applicables?|en vigueur) jusqu'au {until}"),
        format!(r"\bdate d'(?:effet|application|entrée en vigueur) ?: ?(?:le )?{from}"),
        format!(r"\bdate (?:d'expiration|de fin de validité) ?: ?(?:le )?{until}"),
        format!(
            r"\b{french} (?:pour|durant|pendant|sur|au titre de) l'année (?:scolaire|universitaire) (?P<year>20\d\d) ?[-–/] ?(?P<next>20\d\d|\d\d)\b"
        ),
        format!(
            r"\b{english}(?: as of| as from| from| since| starting| beginning| on)?:? {from}(?:,? (?:until|to|through|till|–|-) {until})?"
        ),
        format!(r"\b(?:comes?|came|coming|enters?|entered) into (?:force|effect) on {from}"),
        format!(r"\btakes? effect on {from}"),
        format!(r"\b(?:effective|start) date ?: ?{from}"),
        format!(r"\b(?:valid|effective|applicable|in force) (?:until|through|to) {until}"),
        format!(r"\b(?:expires(?: on)?|expiry date ?:|expiration date ?:) {until}"),
        format!(
            r"\b{english} (?:for|during|in) the (?P<year>20\d\d) ?[-–/] ?(?P<next>20\d\d|\d\d) (?:school|academic) year\b"
        ),
        format!(
            r"\b{english} (?:for|during|in) the (?:school|academic) year (?P<year>20\d\d) ?[-–/] ?(?P<next>20\d\d|\d\d)\b"
        ),
    ]
    .iter()
    .map(|rule| Regex::new(&format!("(?i){rule}")).expect("the rules are constants that the tests compile"))
    .collect()
});

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn explicit_phrases_give_a_period() {
        let (start, end) = (Some(date(2026, 9, 1)), Some(date(2027, 8, 31)));
        for (text, from, until) in [
            ("Règlement applicable du 1er septembre 2026 au 31 août 2027.", start, end),
            ("En vigueur à compter du 01/09/2026.", start, None),
            ("Le présent texte entre en vigueur le 1er septembre 2026", start, None),
            ("Charte applicable pour l'année scolaire 2026-2027", start, end),
            ("Tarifs valables jusqu'au 31/08/2027", None, end),
            ("Date d'effet : 1er septembre 2026", start, None),
            ("This policy is valid from 1 September 2026 until 31 August 2027.", start, end),
            ("Effective September 1, 2026", start, None),
            ("Effective date: 2026-09-01", start, None),
            ("Applies for the 2026/27 academic year.", start, end),
            ("Valid until August 31, 2027", None, end),
            ("Le voyage a lieu du 1er septembre 2026 au 3 septembre 2026.", None, None),
            ("Année scolaire 2026-2027", None, None),
            ("Applicable du 31 août 2027 au 1er septembre 2026", None, None),
        ] {
            assert_eq!(in_text(text), Period { from, until }, "{text}");
        }
    }
}
