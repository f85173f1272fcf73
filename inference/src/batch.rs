//! Which texts run together: as alike in length as possible, because every text is padded to the longest of its batch.

/// Groups texts by length so that no batch exceeds `budget` tokens with its padding, or holds one text alone.
///
/// `lengths` are in tokens. Returns indices into it, the longest batch first, each index once.
#[must_use]
pub fn plan(lengths: &[usize], budget: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(lengths[index]));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut longest = 0;
    for index in order {
        match batches.last_mut() {
            Some(batch) if (batch.len() + 1) * longest <= budget => batch.push(index),
            _ => {
                longest = lengths[index];
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
        let batches = plan(&lengths, 512);
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
        assert_eq!(plan(&[10, 900, 10], 512), vec![vec![1], vec![0, 2]]);
        assert!(plan(&[], 512).is_empty());
    }
}
