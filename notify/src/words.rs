//! Durations and moments as people say them.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use models::Language;

const MONTHS: [(&str, &str); 12] = [
    ("janvier", "January"),
    ("février", "February"),
    ("mars", "March"),
    ("avril", "April"),
    ("mai", "May"),
    ("juin", "June"),
    ("juillet", "July"),
    ("août", "August"),
    ("septembre", "September"),
    ("octobre", "October"),
    ("novembre", "November"),
    ("décembre", "December"),
];

/// `24 heures`: in the largest unit of which there are at least two, rounded down, so that no promise is too long.
pub(crate) fn duration(language: Language, duration: SignedDuration) -> String {
    let minutes = duration.as_mins().max(1);
    let french = language == Language::Fr;
    let (count, unit) = match minutes {
        2880.. => (minutes / 1440, if french { "jour" } else { "day" }),
        120.. => (minutes / 60, if french { "heure" } else { "hour" }),
        _ => (minutes, "minute"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// `21 novembre 2026 à 06:03 (Europe/Paris)`.
pub(crate) fn moment(language: Language, at: Timestamp, zone: &TimeZone) -> String {
    let local = at.to_zoned(zone.clone());
    let (year, day, time) = (local.year(), local.day(), local.strftime("%H:%M"));
    let (french, english) =
        usize::try_from(local.month() - 1).ok().and_then(|month| MONTHS.get(month)).unwrap_or(&("", ""));
    let zone = zone.iana_name().unwrap_or("UTC");
    match language {
        Language::Fr => {
            let first = if day == 1 { "er" } else { "" };
            format!("{day}{first} {french} {year} à {time} ({zone})")
        }
        Language::En | Language::Other => format!("{day} {english} {year} at {time} ({zone})"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        let check = |minutes, french: &str, english: &str| {
            let given = SignedDuration::from_mins(minutes);
            assert_eq!(duration(Language::Fr, given), french);
            assert_eq!(duration(Language::En, given), english);
        };
        check(0, "1 minute", "1 minute");
        check(60, "60 minutes", "60 minutes");
        check(119, "119 minutes", "119 minutes");
        check(120, "2 heures", "2 hours");
        check(24 * 60, "24 heures", "24 hours");
        check(7 * 24 * 60 + 59, "7 jours", "7 days");
    }

    #[test]
    fn moments() {
        let at: Timestamp = "2026-08-01T22:30:00Z".parse().expect("a moment");
        assert_eq!(moment(Language::Fr, at, &TimeZone::UTC), "1er août 2026 à 22:30 (UTC)");
        let paris = TimeZone::get("Europe/Paris").expect("the time zone of Paris");
        assert_eq!(moment(Language::En, at, &paris), "2 August 2026 at 00:30 (Europe/Paris)");
    }
}
