//! The last runs of a rule as a row of ticks: the colour is the state, the height how much breaks it.

use super::{Drawn, Point, place, signs, words};
use crate::report::reading::State;

/// The width of a run.
const STEP: f64 = 4.0;
/// The height of the drawing.
const HEIGHT: f64 = 20.0;

/// Draws the last runs, the oldest first; none is a run without the rule.
#[expect(clippy::cast_precision_loss, reason = "at most some tens of runs")]
pub(in crate::report::html) fn of(points: &[Option<Point>]) -> Drawn {
    let most = points.iter().flatten().filter_map(|point| point.value).fold(0.0, f64::max);
    let mut paths = String::new();
    // What most rules are is drawn with the least.
    let all_pass = points.iter().all(|point| point.is_some_and(|point| point.state == State::Passed));
    if all_pass && !points.is_empty() {
        let width = place(points.len() as f64 * STEP - 1.0);
        paths = format!("<path class=\"passed\" d=\"M.5 18h{width}\" stroke-width=\"4\" stroke-dasharray=\"3 1\"/>");
    }
    for state in State::ALL.into_iter().filter(|_| !all_pass) {
        let ticks: String = points
            .iter()
            .enumerate()
            .filter_map(|(at, point)| Some((at, point.filter(|point| point.state == state)?)))
            .map(|(at, point)| tick(at, state, height(point, most)))
            .collect();
        if !ticks.is_empty() {
            paths += &format!("<path class=\"{}\" d=\"{ticks}\"/>", state.name());
        }
    }
    let width = place(points.len() as f64 * STEP);
    let svg = format!(
        "<svg class=\"chart\" width=\"{width}\" height=\"{HEIGHT}\" stroke-width=\"3\" aria-hidden=\"true\"><title>{}</title>{paths}</svg>",
        signs(points)
    );
    Drawn { svg, words: words(points) }
}

/// How high the tick of a run is. Small shares stay visible: the root of the share is drawn.
fn height(point: Point, most: f64) -> f64 {
    match (point.state, point.value) {
        (State::Failed | State::Warned, Some(share)) if most > 0.0 && share > 0.0 => {
            6.0 + (HEIGHT - 6.0) * (share / most).sqrt()
        }
        (State::Failed | State::Error, _) => HEIGHT,
        (State::Warned, _) => HEIGHT * 0.6,
        (State::Passed, _) => 4.0,
        (State::Skipped, _) => 2.0,
    }
}

/// A tick that stands on the ground; that of an error has a gap, so that colour alone does not tell it apart.
fn tick(at: usize, state: State, height: f64) -> String {
    #[expect(clippy::cast_precision_loss, reason = "at most some tens of runs")]
    let x = place(at as f64 * STEP + 2.0);
    if state == State::Error { format!("M{x} 20v-8m0-4v-8") } else { format!("M{x} 20v-{}", place(height)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unnecessary_wraps, reason = "a run without the rule has no point")]
    fn point(state: State, value: Option<f64>) -> Option<Point> {
        Some(Point { state, value })
    }

    #[test]
    fn what_breaks_more_stands_higher() {
        let drawn = of(&[
            point(State::Passed, Some(0.0)),
            point(State::Failed, Some(0.25)),
            None,
            point(State::Failed, Some(1.0)),
        ]);
        assert!(drawn.svg.contains("d=\"M6 20v-13M14 20v-20\""), "{}", drawn.svg);
        assert!(drawn.svg.contains("<title>✗ 2 · ✓ 1</title>"), "{}", drawn.svg);
        assert_eq!(drawn.words.en, "Last runs: 2 failed, 1 passed");
        assert_eq!(drawn.words.es, "Últimas ejecuciones: 2 fallan, 1 cumple");
    }

    #[test]
    fn an_error_has_another_shape_than_a_failure() {
        let d = |state| of(&[point(state, None)]).svg.split(" d=").nth(1).unwrap().to_owned();
        assert_ne!(d(State::Error), d(State::Failed));
    }
}
