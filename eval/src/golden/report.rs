//! The report of the golden questions.

use std::{collections::BTreeMap, fmt::Write as _};

use serde::Serialize;

use super::{Case, Verdict};

/// All questions of one run.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    pub commit: Option<String>,
    pub embedder: Option<String>,
    pub all: Tally,
    pub answerable: Tally,
    pub unanswerable: Tally,
    /// By language, then by kind.
    pub languages: BTreeMap<String, Tally>,
    pub kinds: BTreeMap<String, Tally>,
    /// Answerable questions with a gold passage among those retrieved, and all of them.
    pub retrieved: (usize, usize),
    /// Answers from documents with pages that cite the gold page, and all of them.
    pub pages: (usize, usize),
    pub seconds: f64,
    /// The questions that did not go well.
    pub failing: Vec<Case>,
}

/// How many questions went how.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Tally {
    pub right: usize,
    pub abstained: usize,
    pub answered: usize,
    pub wrong: usize,
    pub leaked: usize,
}

impl Tally {
    fn of<'a>(cases: impl IntoIterator<Item = &'a Case>) -> Self {
        cases.into_iter().fold(Self::default(), |mut tally, case| {
            *match case.verdict {
                Verdict::Right => &mut tally.right,
                Verdict::Abstained => &mut tally.abstained,
                Verdict::Answered => &mut tally.answered,
                Verdict::Wrong => &mut tally.wrong,
                Verdict::Leaked => &mut tally.leaked,
            } += 1;
            tally
        })
    }

    #[must_use]
    pub const fn total(&self) -> usize {
        self.right + self.abstained + self.answered + self.wrong + self.leaked
    }
}

impl Report {
    #[must_use]
    pub fn new(cases: Vec<(bool, Case)>, embedder: Option<String>, seconds: f64) -> Self {
        let by = |key: fn(&Case) -> &String| {
            let mut groups: BTreeMap<String, Vec<&Case>> = BTreeMap::new();
            for (_, case) in &cases {
                groups.entry(key(case).clone()).or_default().push(case);
            }
            groups.into_iter().map(|(name, cases)| (name, Tally::of(cases))).collect()
        };
        let of = |answerable: bool| Tally::of(cases.iter().filter(|it| it.0 == answerable).map(|(_, case)| case));
        let share = |value: fn(&Case) -> Option<bool>| {
            let values: Vec<bool> = cases.iter().filter_map(|(_, case)| value(case)).collect();
            (values.iter().filter(|value| **value).count(), values.len())
        };
        Self {
            commit: None,
            embedder,
            all: Tally::of(cases.iter().map(|(_, case)| case)),
            answerable: of(true),
            unanswerable: of(false),
            languages: by(|case| &case.language),
            kinds: by(|case| &case.kind),
            retrieved: share(|case| case.retrieved),
            pages: share(|case| case.page),
            seconds,
            failing: cases.into_iter().map(|(_, case)| case).filter(|case| case.verdict != Verdict::Right).collect(),
        }
    }

    /// For a person.
    #[must_use]
    pub fn table(&self) -> String {
        let mut text = String::new();
        let _ = writeln!(text, "{:16} right  abstained  answered  wrong  leaked", "");
        let groups = [("all", self.all), ("answerable", self.answerable), ("unanswerable", self.unanswerable)];
        let groups = groups.into_iter().map(|(name, tally)| (name.to_owned(), tally));
        for (name, tally) in groups.chain(self.languages.clone()).chain(self.kinds.clone()) {
            let right = format!("{}/{}", tally.right, tally.total());
            let Tally { abstained, answered, wrong, leaked, .. } = tally;
            let _ = writeln!(text, "{name:16} {right:>6} {abstained:9} {answered:9} {wrong:6} {leaked:7}");
        }
        let _ = writeln!(text, "gold passage retrieved {}/{}", self.retrieved.0, self.retrieved.1);
        let _ = writeln!(text, "gold page cited {}/{}", self.pages.0, self.pages.1);
        for case in &self.failing {
            let verdict = format!("{:?}", case.verdict).to_lowercase();
            let _ = writeln!(
                text,
                "\n{verdict} ({:.2}) {}: {}\n  {}",
                case.confidence, case.id, case.question, case.answer
            );
            for cited in &case.cited {
                let _ = writeln!(text, "  - {cited}");
            }
        }
        let embedder = self.embedder.as_deref().unwrap_or("none: words alone");
        let commit = self.commit.as_deref().unwrap_or("unknown");
        let _ = writeln!(text, "\nembedder {embedder}, commit {commit}, {:.1} s", self.seconds);
        text
    }
}
