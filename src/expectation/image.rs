use std::str::FromStr;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::file_exists::leads_to;
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::asset::{AssetKind, ImageExpected, ImageFormat};
use crate::ir::size::Size;

/// Every value is the path of a picture that can be decoded.
///
/// The file is read and decoded to its end, every frame of it, so that a cut one is none; its format is told by its content,
/// not by its name. Bounds are in pixels, and the bounds themselves are inside. A picture that would take more than 256 MiB
/// in memory is refused undecoded. Relative paths start at `root`, and `root` at the folder of the suite, which it is if
/// unsaid; absolute ones are taken as they are. Each different path is looked at once; samples say what is wrong with it.
/// Nulls are left out. A file that is there and cannot be read makes the rule an error.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Image {
    /// The column of paths.
    column: String,
    /// The folder where relative paths start; itself relative to the suite.
    root: Option<String>,
    /// The formats it may have, out of `bmp`, `gif`, `jpeg`, `png` and `webp`; any of them if unsaid.
    formats: Option<Vec<Format>>,
    /// The least width in pixels.
    min_width: Option<u32>,
    /// The least height in pixels.
    min_height: Option<u32>,
    /// The greatest width in pixels.
    max_width: Option<u32>,
    /// The greatest height in pixels.
    max_height: Option<u32>,
    /// The greatest size of the file, such as `2MB`.
    max_size: Option<String>,
}

/// A format of pictures.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Format {
    Bmp,
    Gif,
    Jpeg,
    Png,
    Webp,
}

impl Format {
    const fn format(self) -> ImageFormat {
        match self {
            Self::Bmp => ImageFormat::Bmp,
            Self::Gif => ImageFormat::Gif,
            Self::Jpeg => ImageFormat::Jpeg,
            Self::Png => ImageFormat::Png,
            Self::Webp => ImageFormat::Webp,
        }
    }
}

impl Expectation for Image {
    const NAME: &'static str = "image";
    const EXAMPLE: &'static str = "{column: photo, root: ../photos, formats: [jpeg, png], min_width: 800, max_size: 2MB}";
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Validity;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let lang = said.lang;
        let mut text = format!("`{}` {}", self.column, lang.pick("is the path of a picture", "es la ruta de una imagen"));
        if let Some(formats) = &self.formats {
            let names: Vec<&str> = formats.iter().map(|format| format.format().name()).collect();
            text += &format!(" ({})", names.join(", "));
        }
        let least = lang.pick("at least", "al menos");
        let most = lang.pick("at most", "como máximo");
        let (wide, high) = (lang.pick("wide", "de ancho"), lang.pick("high", "de alto"));
        let bounds = [
            (self.min_width, least, wide),
            (self.max_width, most, wide),
            (self.min_height, least, high),
            (self.max_height, most, high),
        ];
        for (bound, which, side) in bounds {
            if let Some(bound) = bound {
                text += &format!(", {which} {bound} px {side}");
            }
        }
        if let Some(size) = &self.max_size {
            text += &format!(", {} {size}", lang.pick("of at most", "de como máximo"));
        }
        text
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        if self.formats.as_ref().is_some_and(Vec::is_empty) {
            return Err(Mistake::at("formats", "names no format").help("leave it out to allow any"));
        }
        for (parameter, min, max) in
            [("max_width", self.min_width, self.max_width), ("max_height", self.min_height, self.max_height)]
        {
            if let (Some(min), Some(max)) = (min, max)
                && min > max
            {
                return Err(Mistake::at(parameter, format!("leaves no picture: {min} is above {max}")));
            }
        }
        let max_size = match &self.max_size {
            None => None,
            Some(text) => {
                Some(Size::from_str(text).map_err(|wrong| Mistake::at("max_size", format!("is no size: {wrong}")))?)
            }
        };
        let expected = ImageExpected {
            formats: self.formats.iter().flatten().map(|format| format.format()).collect(),
            min_width: self.min_width,
            max_width: self.max_width,
            min_height: self.min_height,
            max_height: self.max_height,
            max_size,
        };
        Ok(leads_to(&self.column, self.root.as_deref(), AssetKind::Image(expected), on))
    }
}
