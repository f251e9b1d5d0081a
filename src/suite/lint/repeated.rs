//! A rule that says the same as another: only the id, or the words, differ.

use crate::suite::lint::{Finding, Look};

/// Looks for rules of one dataset with the same rows, the same measure and the same limits.
pub(super) fn look(look: &Look<'_>) -> Vec<Finding> {
    let mut found: Vec<(usize, Finding)> = Vec::new();
    for ((earlier, one), (later, other)) in look.pairs() {
        let swapped = look.is_shared(other.rule) && !look.is_shared(one.rule);
        // Of an item that stands for several rules the others are still needed.
        let (first, again, index) =
            if swapped { (other.rule, one.rule, earlier) } else { (one.rule, other.rule, later) };
        let same = first.metric == again.metric
            && first.limits == again.limits
            && first.group_by == again.group_by
            && first.on_empty == again.on_empty
            && first.mute == again.mute;
        if !same || found.iter().any(|(known, _)| *known == index) {
            continue;
        }
        let message = format!("`{}` says the same as `{}`", again.id, first.id);
        let finding = Finding::at(&again.place, message, "remove one of them")
            .label("adds nothing")
            .beside(first, "the same as here")
            .idle([index]);
        found.push((index, finding));
    }
    found.into_iter().map(|(_, finding)| finding).collect()
}
