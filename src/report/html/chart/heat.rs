//! One rule in the heat grid of rules by runs: a cell a run, told apart by colour and by shape.

use super::{Drawn, Point, place, signs, words};
use crate::report::reading::State;

/// The width of a run.
const STEP: f64 = 11.0;

/// Draws the row of a rule, the oldest run first; none is a run without the rule.
pub(in crate::report::html) fn of(points: &[Option<Point>]) -> Drawn {
    let mut paths = String::new();
    for state in State::ALL.into_iter().map(Some).chain([None]) {
        let cells: String = points
            .iter()
            .enumerate()
            .filter(|(_, point)| point.map(|point| point.state) == state)
            .map(|(at, _)| cell(at, state))
            .collect();
        if !cells.is_empty() {
            paths += &format!("<path class=\"{}\" d=\"{cells}\"/>", state.map_or("miss", State::name));
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "at most some tens of runs")]
    let width = place(points.len() as f64 * STEP);
    let svg = format!(
        "<svg class=\"chart\" width=\"{width}\" height=\"18\" stroke-width=\"9\" aria-hidden=\"true\"><title>{}</title>{paths}</svg>",
        signs(points)
    );
    Drawn { svg, words: words(points) }
}

/// A failure fills its cell, a warning two thirds of it, an error all but a slit; what holds is a line, what was skipped a dot.
fn cell(at: usize, state: Option<State>) -> String {
    #[expect(clippy::cast_precision_loss, reason = "at most some tens of runs")]
    let x = place(at as f64 * STEP + 5.0);
    let shape = match state {
        Some(State::Failed) => "0v18",
        Some(State::Error) => "0v7m0 4v7",
        Some(State::Warned) => "3v12",
        Some(State::Passed) => "7v4",
        Some(State::Skipped) => "8v2",
        None => "8.5v1",
    };
    format!("M{x} {shape}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_a_shape_of_its_own() {
        let mut shapes: Vec<String> =
            State::ALL.into_iter().map(Some).chain([None]).map(|state| cell(0, state)).collect();
        shapes.sort();
        shapes.dedup();
        assert_eq!(shapes.len(), 6);
    }
}
