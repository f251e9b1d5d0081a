use bigdecimal::num_bigint::Sign as NumberSign;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::Number;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, NullRule, Place, Said, Source};
use crate::ir::{Arithmetic, Op, Predicate, Scalar, Value};

/// Two columns of the same row stand in an order.
///
/// Numbers of different types compare by value and exactly. With `tolerance` two numbers no further apart than it are
/// equal, and an order may be missed by as much. A row where both are null is left out; a null in one of them is a
/// violation. `nulls: ignore` leaves that row out too, and `nulls: value` lets `=` and `<>` take null for a value.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Compare {
    /// The column on the left.
    left: String,
    /// The order: `=`, `<>`, `<`, `<=`, `>` or `>=`.
    op: Sign,
    /// The column on the right.
    right: String,
    /// How far apart two numbers may be and still count as equal.
    tolerance: Option<Number>,
}

/// How two columns are compared.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
enum Sign {
    #[serde(rename = "=")]
    Equal,
    #[serde(rename = "<>")]
    Different,
    #[serde(rename = "<")]
    Less,
    #[serde(rename = "<=")]
    AtMost,
    #[serde(rename = ">")]
    Greater,
    #[serde(rename = ">=")]
    AtLeast,
}

impl Sign {
    const fn op(self) -> Op {
        match self {
            Self::Equal => Op::Eq,
            Self::Different => Op::Ne,
            Self::Less => Op::Lt,
            Self::AtMost => Op::Le,
            Self::Greater => Op::Gt,
            Self::AtLeast => Op::Ge,
        }
    }

    const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Equal => ("equals", "es igual a"),
            Self::Different => ("differs from", "es distinto de"),
            Self::Less => ("is less than", "es menor que"),
            Self::AtMost => ("is at most", "es menor o igual que"),
            Self::Greater => ("is greater than", "es mayor que"),
            Self::AtLeast => ("is at least", "es mayor o igual que"),
        }
    }
}

impl Compare {
    /// True where the two values stand as they should; unknown if either is null.
    fn holds(&self) -> Predicate {
        let (left, right) = (Scalar::column(&self.left), Scalar::column(&self.right));
        let op = self.op.op();
        let Some(Number(width)) = &self.tolerance else { return Predicate::Compare(left, op, right) };
        let width = Scalar::value(Value::Decimal(width.clone()));
        let low = Scalar::Arithmetic(Box::new(right.clone()), Arithmetic::Subtract, Box::new(width.clone()));
        let high = Scalar::Arithmetic(Box::new(right), Arithmetic::Add, Box::new(width));
        match op {
            Op::Eq => Predicate::all([
                Predicate::Compare(left.clone(), Op::Ge, low),
                Predicate::Compare(left, Op::Le, high),
            ]),
            Op::Ne => Predicate::any([
                Predicate::Compare(left.clone(), Op::Lt, low),
                Predicate::Compare(left, Op::Gt, high),
            ]),
            Op::Lt | Op::Le => Predicate::Compare(left, op, high),
            Op::Gt | Op::Ge => Predicate::Compare(left, op, low),
        }
    }

    /// True of a row that breaks the rule where null is a value: equal to null and to nothing else.
    fn broken_with_nulls(&self) -> Option<Predicate> {
        let (left, right) = (Predicate::is_null(&self.left), Predicate::is_null(&self.right));
        let both = Predicate::all([left.clone(), right.clone()]);
        match self.op.op() {
            Op::Eq => Some(Predicate::all([both.negate(), self.holds().not_true()])),
            Op::Ne => Some(Predicate::any([both, Predicate::all([left.negate(), right.negate(), self.holds().negate()])])),
            _ => None,
        }
    }
}

impl Expectation for Compare {
    const NAME: &'static str = "compare";
    const EXAMPLE: &'static str = "{left: shipped_on, op: \">=\", right: ordered_on}";
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Consistency;
    const NULLS: NullRule = NullRule::IgnoreAll;

    fn columns(&self) -> Vec<String> {
        vec![self.left.clone(), self.right.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let (en, es) = self.op.words();
        let width = self.tolerance.as_ref().map_or_else(String::new, |Number(width)| format!(" ± {}", width.to_plain_string()));
        let nulls = match said.nulls {
            NullRule::IgnoreAll => {
                said.lang.pick(", and a null in only one of them breaks it", ", y un nulo en uno solo de los dos lo incumple")
            }
            NullRule::Fail => said.lang.pick(", and a null breaks it", ", y un nulo lo incumple"),
            _ => "",
        };
        format!("`{}` {} `{}`{width}{nulls}", self.left, said.lang.pick(en, es), self.right)
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        if let Some(Number(width)) = &self.tolerance
            && width.sign() == NumberSign::Minus
        {
            return Err(Mistake::at("tolerance", "cannot be negative"));
        }
        Ok(Lowered::NoRow {
            tested: Expectation::columns(self),
            bad: self.holds().not_true(),
            null_as_value: self.broken_with_nulls(),
        })
    }
}
