//! Which passwords are taken: by length, and by how easily they are guessed. No rules about digits and capitals
//! (NIST SP 800-63B, §3.1.1.2).

use secrecy::{ExposeSecret as _, SecretString};
use unicode_normalization::UnicodeNormalization as _;
use zxcvbn::Score;

use crate::{Error, Result};

/// In characters.
pub const SHORTEST: usize = 10;
pub const LONGEST: usize = 128;
/// What a password must have beside the names of the person.
const BESIDE: usize = 6;

/// Common passwords, keyboard walks, dates and names, also with the usual substitutions, count as guessed;
/// `about` is what an attacker tries first: the person's own name and address, the organisation's name.
///
/// # Errors
/// [`Error::Invalid`] with what to do about it.
pub fn check(password: &SecretString, about: &[&str]) -> Result<()> {
    let text = password.expose_secret();
    let length = text.nfc().take(LONGEST + 1).count();
    if length < SHORTEST {
        return Err(refused(format!("needs at least {SHORTEST} characters")));
    }
    if length > LONGEST {
        return Err(refused(format!("may have at most {LONGEST} characters")));
    }
    let about = parts(about);
    let inputs: Vec<&str> = about.iter().map(String::as_str).collect();
    if zxcvbn::zxcvbn(text, &inputs).score() < Score::Three || beside(text, &about) < BESIDE {
        return Err(refused("is too easy to guess: take several words that do not belong together".to_owned()));
    }
    Ok(())
}

/// Names and addresses, whole and in pieces, the longest first.
fn parts(about: &[&str]) -> Vec<String> {
    let pieces = about.iter().flat_map(|text| text.split(['@', '.', ' ', '-', '_', '\'']));
    let mut parts: Vec<String> = pieces.chain(about.iter().copied()).map(str::to_lowercase).collect();
    parts.retain(|part| part.chars().count() > 2);
    parts.sort_by_key(|part| std::cmp::Reverse(part.len()));
    parts.dedup();
    parts
}

/// How many characters are left without the person's own names.
fn beside(text: &str, about: &[String]) -> usize {
    about.iter().fold(text.to_lowercase(), |text, part| text.replace(part, "")).chars().count()
}

fn refused(message: String) -> Error {
    Error::invalid("password", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(password: &str) -> Result<(), String> {
        let about = ["camille.durand@lycee-exemple.fr", "Camille Durand"];
        check(&password.to_owned().into(), &about).map_err(|error| error.to_string())
    }

    #[test]
    fn passwords_are_long_enough_and_hard_to_guess() {
        for good in ["quatre chevaux bleus nagent", "Xk7#pQ9!vLm2", "écluse-théière-42-gravier", &"ab9 Zq!x".repeat(16)]
        {
            assert_eq!(verdict(good), Ok(()), "{good}");
        }
        for guessed in [
            "password123",
            "1234567890",
            "qwertyuiop",
            "P@ssw0rd2024",
            "aaaaaaaaaaaa",
            "camille.durand1",
            "Durand-Camille",
            "LYCEE-exemple!1",
            "01/01/2001!",
            "abcdefghijk",
        ] {
            assert!(verdict(guessed).expect_err(guessed).contains("easy to guess"), "{guessed}");
        }
        for short in ["", "Xk7#pQ9!v", "ééééééééé"] {
            assert!(verdict(short).expect_err(short).contains("at least 10"), "{short}");
        }
        assert!(verdict(&"x7".repeat(65)).expect_err("too long").contains("at most 128"));
    }
}
