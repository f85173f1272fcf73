//! Texts without case and accents, for searching and sorting.

use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Lower case, compatibility forms and ligatures taken apart, without accents: `Œuvre d’Été` is `oeuvre d'ete`.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.nfkd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase) {
        match c {
            'œ' => folded.push_str("oe"),
            'æ' => folded.push_str("ae"),
            'ß' => folded.push_str("ss"),
            'ø' => folded.push('o'),
            'ł' => folded.push('l'),
            '’' | 'ʼ' => folded.push('\''),
            c if c.is_control() => folded.push(' '),
            c => folded.push(c),
        }
    }
    folded
}

#[cfg(test)]
mod tests {
    use super::fold;

    #[test]
    fn case_and_accents_do_not_matter() {
        for (text, folded) in [
            ("Œuvre d’Été", "oeuvre d'ete"),
            ("ÇA", "ca"),
            ("E\u{301}cole", "ecole"),
            ("Straße", "strasse"),
            ("ﬁn", "fin"),
            ("", ""),
        ] {
            assert_eq!(fold(text), folded);
        }
    }
}
