use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::duration::Duration;
use crate::ir::size::Size;

/// Each file of the dataset is there, recent, of the right size, or has certain bytes.
///
/// `exists: true` fails where no file is found, and `exists: false` where one is; without `exists` a missing file is the
/// matter of `if_missing`. `max_age` and `modified_today` look at the last modification against the run's "now": a day is
/// that of the suite's timezone. Sizes are whole numbers of `B`, `kB`, `MB`, `GB`, `TB`, or with an `i` of powers of 1,024;
/// the bounds themselves are inside. `sha256` is 64 hexadecimal digits. No row is read.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    /// Whether there is a file.
    exists: Option<bool>,
    /// Whether each was last modified on the day of the run.
    #[serde(default)]
    modified_today: bool,
    /// How long ago each may have been modified last, such as `24h`.
    max_age: Option<String>,
    /// The least size, such as `1kB`.
    min_size: Option<String>,
    /// The greatest size, such as `10MB`.
    max_size: Option<String>,
    /// The SHA-256 of the bytes of each.
    sha256: Option<String>,
}

impl Expectation for File {
    const NAME: &'static str = "file";
    const EXAMPLE: &'static str = "{exists: true, max_age: 24h, min_size: 1kB}";
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Timeliness;
    const FILTERED: bool = false;

    fn columns(&self) -> Vec<String> {
        Vec::new()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let lang = said.lang;
        let name = said.dataset;
        if self.exists == Some(false) {
            return format!("{} `{name}`", lang.pick("there is no file of", "no hay ningún fichero de"));
        }
        let mut parts: Vec<String> = Vec::new();
        if self.exists == Some(true) {
            parts.push(lang.pick("is there", "está").to_owned());
        }
        if self.modified_today {
            parts.push(lang.pick("was modified today", "se ha modificado hoy").to_owned());
        }
        let said_of = [
            (&self.max_age, ("was modified at most", "se ha modificado hace como máximo"), ("ago", "")),
            (&self.min_size, ("has at least", "tiene al menos"), ("", "")),
            (&self.max_size, ("has at most", "tiene como máximo"), ("", "")),
            (&self.sha256, ("has the SHA-256", "tiene el SHA-256"), ("", "")),
        ];
        for (value, before, after) in said_of {
            if let Some(value) = value {
                let text = format!("{} {value} {}", lang.pick(before.0, before.1), lang.pick(after.0, after.1));
                parts.push(text.trim_end().to_owned());
            }
        }
        format!("{} `{name}` {}", lang.pick("each file of", "cada fichero de"), lang.list(&parts))
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let size = |parameter: &str, text: &Option<String>| match text {
            None => Ok(None),
            Some(text) => Size::from_str(text).map(Some).map_err(|wrong| Mistake::at(parameter, format!("is no size: {wrong}"))),
        };
        let max_age = match &self.max_age {
            None => None,
            Some(text) => Some(Duration::parse(text).map_err(|wrong| Mistake::at("max_age", wrong))?),
        };
        let (min_size, max_size) = (size("min_size", &self.min_size)?, size("max_size", &self.max_size)?);
        if let (Some(min), Some(max)) = (min_size, max_size)
            && min > max
        {
            return Err(Mistake::at("max_size", "leaves no size: `min_size` is above it"));
        }
        let sha256 = self.sha256.as_ref().map(|text| text.to_ascii_lowercase());
        if let Some(digest) = &sha256
            && !(digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_hexdigit()))
        {
            return Err(Mistake::at("sha256", "is no SHA-256").help("write its 64 hexadecimal digits"));
        }
        let of_a_file = self.modified_today || max_age.is_some() || min_size.or(max_size).is_some() || sha256.is_some();
        match self.exists {
            Some(false) if of_a_file => {
                return Err(Mistake::at("exists", "is false: there is nothing to say of a file that is not there"));
            }
            None if !of_a_file => {
                return Err(Mistake::new("needs something to hold").help("write `file: {exists: true}`"));
            }
            _ => {}
        }
        Ok(Lowered::File {
            exists: self.exists,
            modified_today: self.modified_today,
            max_age,
            min_size,
            max_size,
            sha256,
        })
    }
}
