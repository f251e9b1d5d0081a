//! A number over the last runs as a line, with the limit it must keep; as wide as its place.

use super::{Drawn, Point, Scale, place};
use crate::lang::Lang;
use crate::outcome::Text;
use crate::report::html::say;
use crate::report::moment;

/// What is drawn.
pub(in crate::report::html) struct Plot<'a> {
    /// What the number is.
    pub(in crate::report::html) title: Text,
    /// When each run began, in RFC 3339, the oldest first.
    pub(in crate::report::html) moments: Vec<&'a str>,
    /// The number in each run, none where there is none.
    pub(in crate::report::html) points: Vec<Option<Point>>,
    /// The limits.
    pub(in crate::report::html) limits: Vec<f64>,
    /// How numbers are said.
    pub(in crate::report::html) scale: Scale,
}

/// Draws a line; none if no run has a number.
pub(in crate::report::html) fn of(plot: &Plot<'_>) -> Option<Drawn> {
    let known = || plot.points.iter().flatten().filter_map(|point| point.value);
    let (first, last) = (plot.moments.first()?, plot.moments.last()?);
    known().next()?;
    let (low, high) = bounds(plot);
    let y = |value: f64| place((1.0 - (value - low) / (high - low)) * 100.0);
    #[expect(clippy::cast_precision_loss, reason = "at most some tens of runs")]
    let x = |at: usize| {
        let most = plot.points.len().saturating_sub(1);
        place(if most == 0 { 50.0 } else { at as f64 / most as f64 * 100.0 })
    };
    let mut svg = String::from("<svg height=\"150\" aria-hidden=\"true\">");
    svg += &format!("<title>{}</title>", spark_title(plot));
    for at in [0, 50, 100] {
        svg += &format!("<line class=\"grid\" x1=\"0\" x2=\"100%\" y1=\"{at}%\" y2=\"{at}%\"/>");
    }
    for limit in &plot.limits {
        svg += &format!("<line class=\"limit\" x1=\"0\" x2=\"100%\" y1=\"{0}%\" y2=\"{0}%\"/>", y(*limit));
    }
    let places: Vec<_> = plot
        .points
        .iter()
        .enumerate()
        .filter_map(|(at, point)| point.and_then(|point| Some((at, point.state, point.value?))))
        .collect();
    for pair in places.windows(2) {
        let [(from, _, before), (to, _, after)] = pair else { continue };
        svg += &format!(
            "<line class=\"curve\" x1=\"{}%\" y1=\"{}%\" x2=\"{}%\" y2=\"{}%\"/>",
            x(*from),
            y(*before),
            x(*to),
            y(*after)
        );
    }
    for (at, state, value) in &places {
        let radius = if *state == crate::report::reading::State::Passed { "3" } else { "5" };
        svg += &format!(
            "<circle class=\"dot {}\" cx=\"{}%\" cy=\"{}%\" r=\"{radius}\"/>",
            state.name(),
            x(*at),
            y(*value)
        );
    }
    svg += "</svg>";
    let label = |number: f64| say::html(&Text::of(|lang| plot.scale.say(number, lang)));
    let moment = |moment: &str| say::html(&Text::of(|lang| day(moment, lang)));
    let svg = format!(
        "<div class=\"plot\"><div class=\"ys\" aria-hidden=\"true\"><span>{}</span><span>{}</span></div>{svg}<div class=\"xs\" aria-hidden=\"true\"><span>{}</span><span>{}</span></div></div>",
        label(high),
        label(low),
        moment(first),
        moment(last)
    );
    Some(Drawn { svg, words: words(plot) })
}

/// Where the axis begins and ends: at nothing, unless all of it lies far from there.
fn bounds(plot: &Plot<'_>) -> (f64, f64) {
    let all = plot.points.iter().flatten().filter_map(|point| point.value).chain(plot.limits.iter().copied());
    let (low, high) =
        all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)));
    let low = if low >= 0.0 && low < high * 0.7 || low >= high { low.min(0.0) } else { low };
    if high > low { (low, high) } else { (low, low + 1.0) }
}

fn day(moment: &str, lang: Lang) -> String {
    let said = moment::in_words(moment, "UTC", lang);
    said.and_then(|said| said.split_once(',').map(|(day, _)| day.to_owned())).unwrap_or_else(|| moment.to_owned())
}

/// The newest number, which needs no language.
fn spark_title(plot: &Plot<'_>) -> String {
    let newest = plot.points.iter().flatten().filter_map(|point| point.value).next_back();
    newest.map(|newest| plot.scale.say(newest, Lang::En)).unwrap_or_default()
}

fn words(plot: &Plot<'_>) -> Text {
    let known: Vec<f64> = plot.points.iter().flatten().filter_map(|point| point.value).collect();
    let least = known.iter().copied().fold(f64::INFINITY, f64::min);
    let most = known.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Text::of(|lang| {
        let say = |number| plot.scale.say(number, lang);
        let newest = known.last().map(|newest| say(*newest)).unwrap_or_default();
        match lang {
            Lang::En => format!(
                "{}, last {} runs: from {} to {}, the newest {newest}.",
                plot.title.en,
                known.len(),
                say(least),
                say(most)
            ),
            Lang::Es => format!(
                "{}, últimas {} ejecuciones: de {} a {}, la más reciente {newest}.",
                plot.title.es,
                known.len(),
                say(least),
                say(most)
            ),
        }
    })
}

/// The numbers of a limit as suites write it: `0`, `1%`, `mostly 0.8`, `at least 5`, `between 5 and 100`; none of other text.
pub(in crate::report::html) fn limits(text: &str, scale: Scale) -> Vec<f64> {
    let number = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    if scale == Scale::Share {
        let share = text.strip_suffix('%').and_then(number).map(|percent| percent / 100.0);
        let mostly = || text.strip_prefix("mostly ").and_then(number).map(|share| 1.0 - share);
        let none = || (text == "0").then_some(0.0);
        return share.or_else(mostly).or_else(none).into_iter().collect();
    }
    text.split_whitespace().filter_map(number).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::reading::State;

    fn plot(values: &[f64], limits: Vec<f64>) -> Plot<'static> {
        Plot {
            title: Text { en: "Rows".to_owned(), es: "Filas".to_owned() },
            moments: vec!["2026-11-20T00:00:00Z"; values.len()],
            points: values.iter().map(|value| Some(Point { state: State::Passed, value: Some(*value) })).collect(),
            limits,
            scale: Scale::Count,
        }
    }

    #[test]
    fn the_axis_begins_at_nothing_unless_all_lies_far_from_it() {
        assert_eq!(bounds(&plot(&[1.0, 10.0], vec![])), (0.0, 10.0));
        assert_eq!(bounds(&plot(&[5_000.0, 5_010.0], vec![])), (5_000.0, 5_010.0));
        assert_eq!(bounds(&plot(&[0.0, 0.0], vec![])), (0.0, 1.0));
        assert_eq!(bounds(&plot(&[3.0], vec![9.0])), (0.0, 9.0));
    }

    #[test]
    fn the_newest_number_is_at_the_right() {
        let drawn = of(&plot(&[0.0, 10.0], vec![5.0])).unwrap();
        assert!(drawn.svg.contains("cx=\"100%\" cy=\"0%\""), "{}", drawn.svg);
        assert!(drawn.svg.contains("class=\"limit\" x1=\"0\" x2=\"100%\" y1=\"50%\""), "{}", drawn.svg);
        assert_eq!(drawn.words.en, "Rows, last 2 runs: from 0 to 10, the newest 10.");
        assert!(of(&plot(&[], vec![])).is_none());
    }

    #[test]
    fn a_limit_is_read_as_suites_write_it() {
        assert_eq!(limits("2%", Scale::Share), [0.02]);
        assert_eq!(limits("0", Scale::Share), [0.0]);
        assert_eq!(limits("between 5 and 100", Scale::Number), [5.0, 100.0]);
        assert_eq!(limits("at least 2024-01-01", Scale::Number), Vec::<f64>::new());
    }
}
