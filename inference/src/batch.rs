//! Which texts run together: as alike in length as possible, because every text is padded to the longest of its batch.

/// How much may run at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Most tokens in a run, padding included; a longer text runs alone.
    pub tokens: usize,
    /// Most tokens of padding in a run.
    pub padding: usize,
}

impl Limits {
    /// Every text by itself.
    pub const ALONE: Self = Self { tokens: 0, padding: 0 };

    /// As much padding as there is room for.
    #[must_use]
    pub const fn tokens(tokens: usize) -> Self {
        Self { tokens, padding: usize::MAX }
    }
}

/// Groups texts by length within `limits`.
///
/// `lengths` are in tokens. Returns indices into it, the longest batch first, each index once.
#[must_use]
pub fn plan(lengths: &[usize], limits: Limits) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(lengths[index]));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let (mut longest, mut padding) = (0, 0);
    for index in order {
        let more = longest - lengths[index].min(longest);
        match batches.last_mut() {
            Some(batch) if (batch.len() + 1) * longest <= limits.tokens && padding + more <= limits.padding => {
                padding += more;
                batch.push(index);
            }
            _ => {
                (longest, padding) = (lengths[index], 0);
                batches.push(vec![index]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_runs_once_within_the_budget() {
        let lengths: Vec<usize> = (0..500).map(|i| 1 + (i * 7919) % 256).collect();
        let batches = plan(&lengths, Limits::tokens(512));
        let mut seen: Vec<usize> = batches.iter().flatten().copied().collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..500).collect::<Vec<_>>());
        for batch in &batches {
            let longest = batch.iter().map(|&index| lengths[index]).max().unwrap_or_default();
            assert!(batch.len() == 1 || batch.len() * longest <= 512);
        }
        assert!(batches.len() < 500 * 128 / 512 * 2, "padding wastes most of the budget: {} batches", batches.len());
    }

    #[test]
    fn a_text_over_the_budget_runs_alone_and_nothing_gives_nothing() {
        assert_eq!(plan(&[10, 900, 10], Limits::tokens(512)), vec![vec![1], vec![0, 2]]);
        assert!(plan(&[], Limits::tokens(512)).is_empty());
    }

    #[test]
    fn padding_has_a_limit_of_its_own() {
        let check = |lengths: &[usize], padding, expected: &[&[usize]]| {
            assert_eq!(plan(lengths, Limits { tokens: 100, padding }), expected, "{lengths:?} {padding}");
        };
        check(&[5, 6, 5, 6], 0, &[&[1, 3], &[0, 2]]);
        check(&[5, 6, 5, 6], 2, &[&[1, 3, 0, 2]]);
        check(&[5, 6, 5, 6], 1, &[&[1, 3, 0], &[2]]);
        check(&[60, 60, 30], 50, &[&[0], &[1], &[2]]);
        assert_eq!(plan(&[1, 0, 1], Limits::ALONE), [[0], [2], [1]]);
    }
}
