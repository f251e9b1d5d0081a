//! Files that the values of a column name, and what they should be.
//!
//! Only what is wanted of them: nothing here looks at a file. An engine does.

use std::fmt;
use std::path::PathBuf;

use crate::ir::size::Size;

/// What the paths in a column should lead to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Asset {
    /// Where relative paths start.
    pub root: PathBuf,
    /// What should be there.
    pub kind: AssetKind,
}

/// What should be at the end of a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum AssetKind {
    /// A file.
    File,
    /// A picture that can be decoded to its end.
    Image(ImageExpected),
}

/// What a picture should be.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct ImageExpected {
    /// The formats it may have, by its content; none for any that can be read.
    pub formats: Vec<ImageFormat>,
    /// The least width, in pixels.
    pub min_width: Option<u32>,
    /// The greatest width.
    pub max_width: Option<u32>,
    /// The least height.
    pub min_height: Option<u32>,
    /// The greatest height.
    pub max_height: Option<u32>,
    /// The greatest size of the file.
    pub max_size: Option<Size>,
}

/// A format of pictures that can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ImageFormat {
    /// Windows bitmap.
    Bmp,
    /// GIF.
    Gif,
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// `WebP`.
    Webp,
}

impl ImageFormat {
    /// Every format.
    pub const ALL: [Self; 5] = [Self::Bmp, Self::Gif, Self::Jpeg, Self::Png, Self::Webp];

    /// The word suites use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Bmp => "bmp",
            Self::Gif => "gif",
            Self::Jpeg => "jpeg",
            Self::Png => "png",
            Self::Webp => "webp",
        }
    }
}

impl ImageExpected {
    /// The bounds of width and height that a picture of some pixels breaks, in words.
    #[must_use]
    pub fn wrong_size(&self, width: u32, height: u32) -> Option<String> {
        let bounds = [
            (self.min_width, width, true, "wide"),
            (self.max_width, width, false, "wide"),
            (self.min_height, height, true, "high"),
            (self.max_height, height, false, "high"),
        ];
        bounds.into_iter().find_map(|(bound, pixels, least, side)| {
            let bound = bound?;
            let broken = if least { pixels < bound } else { pixels > bound };
            let at = if least { "at least" } else { "at most" };
            broken.then(|| format!("it is {width} × {height} pixels, and {at} {bound} {side} is wanted"))
        })
    }
}

impl fmt::Display for Asset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            AssetKind::File => f.write_str("a file")?,
            AssetKind::Image(expected) => {
                f.write_str("a picture")?;
                let formats: Vec<&str> = expected.formats.iter().map(|format| format.name()).collect();
                if !formats.is_empty() {
                    write!(f, " ({})", formats.join(", "))?;
                }
                let pixels = [
                    (expected.min_width, "width >="),
                    (expected.max_width, "width <="),
                    (expected.min_height, "height >="),
                    (expected.max_height, "height <="),
                ];
                for (bound, sign) in pixels {
                    if let Some(bound) = bound {
                        write!(f, " {sign} {bound}")?;
                    }
                }
                if let Some(Size(bytes)) = expected.max_size {
                    write!(f, " size <= {bytes}")?;
                }
            }
        }
        if self.root.as_os_str().is_empty() { Ok(()) } else { write!(f, " below `{}`", self.root.display()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bounds_themselves_are_inside() {
        let wanted =
            ImageExpected { min_width: Some(10), max_width: Some(20), max_height: Some(5), ..ImageExpected::default() };
        assert_eq!(wanted.wrong_size(10, 5), None);
        assert_eq!(wanted.wrong_size(20, 1), None);
        let said = "it is 9 × 5 pixels, and at least 10 wide is wanted";
        assert_eq!(wanted.wrong_size(9, 5).as_deref(), Some(said));
        assert_eq!(wanted.wrong_size(15, 6).as_deref(), Some("it is 15 × 6 pixels, and at most 5 high is wanted"));
    }
}
