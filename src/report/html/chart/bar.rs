//! A share as a bar, in the colour of the state it stands in.

use super::place;

/// Draws a bar. It is never empty for a share above none, and never full for one below all.
pub(in crate::report::html) fn of(share: f64) -> String {
    format!(
        "<svg class=\"bar\" aria-hidden=\"true\"><rect class=\"track\" width=\"100%\" height=\"100%\"/><rect class=\"fill\" width=\"{}%\" height=\"100%\"/></svg>",
        percent(share)
    )
}

fn percent(share: f64) -> String {
    place(if share >= 1.0 {
        100.0
    } else if share > 0.0 {
        (share * 100.0).clamp(1.0, 99.0)
    } else {
        0.0
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_never_hides_a_violation() {
        let shares = [0.0, 1e-9, 0.5, 0.999_999, 1.0, f64::NAN];
        assert_eq!(shares.map(percent), ["0", "1", "50", "99", "100", "0"]);
    }
}
