//! Where a number is expected among others that scatter around a mean.
//!
//! Standard deviations are those of a sample (n - 1). The number that is judged is never part of the mean.

use crate::judge::trend::{Around, float};

/// Around the mean of all numbers; none of fewer than two.
pub(super) fn around(numbers: &[f64]) -> Option<Around> {
    if numbers.len() < 2 {
        return None;
    }
    let count = float(numbers.len());
    let centre = numbers.iter().sum::<f64>() / count;
    let squares: f64 = numbers.iter().map(|number| (number - centre).powi(2)).sum();
    Some(Around { centre, spread: (squares / (count - 1.0)).sqrt() })
}

/// Around the last number of the season before, moved by the mean change from one season to the next.
pub(super) fn around_change(numbers: &[f64], season: usize) -> Option<Around> {
    let changes: Vec<f64> = numbers.iter().zip(numbers.iter().skip(season)).map(|(one, next)| next - one).collect();
    let before = numbers.len().checked_sub(season).and_then(|place| numbers.get(place))?;
    around(&changes).map(|change| Around { centre: before + change.centre, ..change })
}

/// Around the mean of the numbers that were in line with those before them when they came.
///
/// The first half of them, and two at least, are taken as they are, for there is nothing to hold them against.
pub(super) fn online(numbers: &[f64], sensitivity: f64) -> Option<Around> {
    let (first, rest) = numbers.split_at_checked((numbers.len() / 2).max(2))?;
    let mut taken = first.to_vec();
    for number in rest {
        let known = around(&taken)?;
        let slack = known.centre.abs() * 1e-9;
        if (number - known.centre).abs() <= sensitivity * known.spread + slack {
            taken.push(*number);
        }
    }
    around(&taken)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_and_a_deviation_take_two_numbers() {
        assert_eq!(around(&[1.0]), None);
        // 2 4 4 4 5 5 7 9: the sum of squares is 32, over 7.
        let found = around(&[2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]).unwrap();
        assert!((found.centre - 5.0).abs() < 1e-12 && (found.spread - (32.0_f64 / 7.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_number_that_grows_evenly_is_expected_to_go_on() {
        assert_eq!(around_change(&[10.0, 20.0, 30.0], 1), Some(Around { centre: 40.0, spread: 0.0 }));
        // Changes 1 and 3: the next is expected 2 higher, with a deviation of the root of 2.
        let found = around_change(&[0.0, 1.0, 4.0], 1).unwrap();
        assert!((found.centre - 6.0).abs() < 1e-12 && (found.spread - 2.0_f64.sqrt()).abs() < 1e-12);
        // From season to season 10 more, and next comes the first place of one: 1 11 21.
        assert_eq!(around_change(&[1.0, 2.0, 11.0, 12.0, 21.0, 22.0], 2).map(|it| it.centre), Some(31.0));
        assert_eq!(around_change(&[1.0, 2.0], 2), None);
    }

    #[test]
    fn what_was_out_of_line_when_it_came_moves_nothing() {
        let calm = [10.0, 12.0, 8.0, 10.0, 11.0];
        let with_a_fault = [10.0, 12.0, 8.0, 10.0, 500.0, 11.0];
        assert_eq!(online(&with_a_fault, 3.0), around(&calm));
        assert_ne!(around(&with_a_fault), around(&calm));
    }
}
