//! Files that the values of a column name: looked at once each, pictures decoded to their end.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use image::codecs::gif::GifDecoder;
use image::codecs::webp::WebPDecoder;
use image::{AnimationDecoder, DynamicImage, ImageDecoder, ImageError, ImageReader, Limits};
use rayon::prelude::*;

use crate::engine::local::column::Column;
use crate::engine::local::mask::Mask;
use crate::ir::Value;
use crate::ir::asset::{Asset, AssetKind, ImageExpected, ImageFormat};

/// How many bytes a decoded picture may take: a small file may hold a huge one.
const MOST: u64 = 256 << 20;

/// What was found at the end of paths.
#[derive(Default)]
pub(super) struct Assets {
    found: Mutex<HashMap<Asset, HashMap<String, Found>>>,
}

/// What is wrong with one path, if anything, or why that cannot be told; known once somebody has looked.
type Found = Arc<OnceLock<Result<Option<String>, String>>>;

impl Assets {
    /// Which paths of a column lead to what is wanted, among some rows; of the others it is unknown.
    ///
    /// # Errors
    /// What could not be looked at, and why.
    pub(super) fn lead_to(&self, asset: &Asset, paths: &Column, among: &Mask) -> Result<Mask, String> {
        let mut texts: Vec<Option<String>> = vec![None; paths.len()];
        among.each(paths.len(), |row| {
            texts[row] = match paths.value(row) {
                Value::Null => None,
                value => Some(value.to_string()),
            };
        });
        let wrong = self.look(asset, texts.iter().flatten().cloned().collect())?;
        let holds = |text: &String| wrong.get(text).is_some_and(Option::is_none);
        Ok(Mask::Rows(texts.iter().map(|text| text.as_ref().map(holds)).collect()))
    }

    /// Looks at the different ones among some paths, in parallel, and says of each what is wrong with it.
    ///
    /// # Errors
    /// What could not be looked at, and why.
    pub(super) fn look(
        &self,
        asset: &Asset,
        paths: HashSet<String>,
    ) -> Result<HashMap<String, Option<String>>, String> {
        let places: Vec<(String, Found)> = {
            // A panic elsewhere leaves what was found whole.
            let mut found = self.found.lock().unwrap_or_else(PoisonError::into_inner);
            let known = found.entry(asset.clone()).or_default();
            paths.into_iter().map(|path| (path.clone(), Arc::clone(known.entry(path).or_default()))).collect()
        };
        let looked = places.into_par_iter().map(|(path, found)| {
            let wrong = found.get_or_init(|| wrong(asset, &path)).clone()?;
            Ok((path, wrong))
        });
        looked.collect()
    }
}

/// What is wrong with a path.
fn wrong(asset: &Asset, path: &str) -> Result<Option<String>, String> {
    if path.is_empty() {
        return Ok(Some("it names no file".to_owned()));
    }
    let path = asset.root.join(path);
    let facts = match std::fs::metadata(&path) {
        Ok(facts) if facts.is_file() => facts,
        Ok(_) => return Ok(Some("it is no file".to_owned())),
        Err(error) if leads_nowhere(&error) => return Ok(Some("there is no such file".to_owned())),
        Err(error) => return Err(unreadable(&path, &error)),
    };
    match &asset.kind {
        AssetKind::File => Ok(None),
        AssetKind::Image(expected) => match expected.max_size {
            Some(most) if facts.len() > most.0 => {
                Ok(Some(format!("it has {} bytes, and at most {} are wanted", facts.len(), most.0)))
            }
            _ => match picture(&path, expected) {
                Ok(wrong) => Ok(wrong),
                Err(ImageError::IoError(error)) if !is_of_content(&error) => Err(unreadable(&path, &error)),
                Err(ImageError::Limits(_)) => Ok(Some("it is too large a picture to be decoded".to_owned())),
                Err(error) => Ok(Some(format!("it cannot be decoded: {error}"))),
            },
        },
    }
}

/// Whether a path is one that no file can have, or has.
fn leads_nowhere(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::InvalidInput
            | io::ErrorKind::InvalidFilename
    )
}

/// Whether what a decoder could not read is the fault of the file and not of the system.
fn is_of_content(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidData | io::ErrorKind::Other)
}

fn unreadable(path: &Path, error: &io::Error) -> String {
    format!("cannot read `{}`: {error}", path.display())
}

/// What is wrong with a picture.
fn picture(path: &Path, expected: &ImageExpected) -> Result<Option<String>, ImageError> {
    let mut reader = ImageReader::new(BufReader::new(File::open(path)?)).with_guessed_format()?;
    let Some(format) = reader.format().and_then(ours) else {
        return Ok(Some("it is no picture of a known format".to_owned()));
    };
    if !expected.formats.is_empty() && !expected.formats.contains(&format) {
        let wanted: Vec<&str> = expected.formats.iter().map(|format| format.name()).collect();
        return Ok(Some(format!("it is {}, and {} is wanted", format.name(), wanted.join(" or "))));
    }
    if format == ImageFormat::Jpeg && !has_an_end(&mut File::open(path)?)? {
        return Ok(Some("it is cut off".to_owned()));
    }
    reader.limits(limits());
    let decoder = reader.into_decoder()?;
    let (width, height) = decoder.dimensions();
    if let Some(wrong) = expected.wrong_size(width, height) {
        return Ok(Some(wrong));
    }
    let mut room = limits();
    room.reserve(decoder.total_bytes())?;
    match format {
        ImageFormat::Gif => {
            let mut gif = GifDecoder::new(BufReader::new(File::open(path)?))?;
            gif.set_limits(limits())?;
            gif.into_frames().try_for_each(|frame| frame.map(drop))?;
        }
        ImageFormat::Webp if WebPDecoder::new(BufReader::new(File::open(path)?))?.has_animation() => {
            let webp = WebPDecoder::new(BufReader::new(File::open(path)?))?;
            webp.into_frames().try_for_each(|frame| frame.map(drop))?;
        }
        _ => drop(DynamicImage::from_decoder(decoder)?),
    }
    Ok(None)
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    limits.max_alloc = Some(MOST);
    limits
}

fn ours(format: image::ImageFormat) -> Option<ImageFormat> {
    Some(match format {
        image::ImageFormat::Bmp => ImageFormat::Bmp,
        image::ImageFormat::Gif => ImageFormat::Gif,
        image::ImageFormat::Jpeg => ImageFormat::Jpeg,
        image::ImageFormat::Png => ImageFormat::Png,
        image::ImageFormat::WebP => ImageFormat::Webp,
        _ => return None,
    })
}

/// Whether a JPEG has the mark of its end, after which only a little may follow: its decoder fills up what is missing.
fn has_an_end(file: &mut File) -> io::Result<bool> {
    const TAIL: u64 = 64 << 10;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.take(TAIL).read_to_end(&mut tail)?;
    Ok(memchr::memmem::find(&tail, &[0xff, 0xd9]).is_some())
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use image::RgbImage;

    use super::*;

    fn noise() -> RgbImage {
        let mut seed = 1_u32;
        RgbImage::from_fn(64, 48, |_, _| {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let [red, green, blue, _] = seed.to_be_bytes();
            image::Rgb([red, green, blue])
        })
    }

    fn told(folder: &Path, expected: &ImageExpected, name: &str) -> Option<String> {
        let asset = Asset { root: folder.to_owned(), kind: AssetKind::Image(expected.clone()) };
        let found = Assets::default().look(&asset, HashSet::from([name.to_owned()])).unwrap();
        found[name].clone()
    }

    #[test]
    fn a_whole_picture_holds_and_a_cut_one_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let any = ImageExpected::default();
        for extension in ["bmp", "gif", "jpeg", "png", "webp"] {
            let name = format!("a.{extension}");
            let path = folder.path().join(&name);
            noise().save(&path).unwrap();
            assert_eq!(told(folder.path(), &any, &name), None, "{name}");
            let bytes = std::fs::read(&path).unwrap();
            for part in [4, 2] {
                let cut = format!("cut{part}.{extension}");
                std::fs::write(folder.path().join(&cut), &bytes[..bytes.len() * (part - 1) / part]).unwrap();
                assert!(told(folder.path(), &any, &cut).is_some(), "{cut}");
            }
        }
    }

    #[test]
    fn a_picture_is_what_its_bytes_say() {
        let folder = tempfile::tempdir().unwrap();
        noise().save_with_format(folder.path().join("a.jpg"), image::ImageFormat::Png).unwrap();
        std::fs::write(folder.path().join("b.png"), "no picture").unwrap();
        let png = ImageExpected { formats: vec![ImageFormat::Png], ..ImageExpected::default() };
        let jpeg = ImageExpected { formats: vec![ImageFormat::Jpeg], ..ImageExpected::default() };
        assert_eq!(told(folder.path(), &png, "a.jpg"), None);
        assert_eq!(told(folder.path(), &jpeg, "a.jpg").as_deref(), Some("it is png, and jpeg is wanted"));
        assert_eq!(told(folder.path(), &png, "b.png").as_deref(), Some("it is no picture of a known format"));
        assert_eq!(told(folder.path(), &png, "c.png").as_deref(), Some("there is no such file"));
        assert_eq!(told(folder.path(), &png, ".").as_deref(), Some("it is no file"));
        assert_eq!(told(folder.path(), &png, "").as_deref(), Some("it names no file"));
        assert_eq!(told(folder.path(), &png, "a\0b").as_deref(), Some("there is no such file"));
    }

    #[test]
    fn a_huge_picture_is_refused_before_it_is_decoded() {
        let folder = tempfile::tempdir().unwrap();
        // A bitmap of 60,000 × 60,000 pixels, all of it in its header.
        let mut bytes = b"BM".to_vec();
        bytes.extend([54_u32, 0, 54, 40].map(u32::to_le_bytes).concat());
        bytes.extend([60_000_u32, 60_000].map(u32::to_le_bytes).concat());
        bytes.extend([1_u16, 24].map(u16::to_le_bytes).concat());
        bytes.extend([0_u8; 24]);
        std::fs::write(folder.path().join("a.bmp"), bytes).unwrap();
        let said = told(folder.path(), &ImageExpected::default(), "a.bmp").unwrap();
        assert_eq!(said, "it is too large a picture to be decoded");
        let small = ImageExpected { max_width: Some(1000), ..ImageExpected::default() };
        let said = told(folder.path(), &small, "a.bmp").unwrap();
        assert_eq!(said, "it is 60000 × 60000 pixels, and at most 1000 wide is wanted");
    }

    #[test]
    fn a_path_is_looked_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let asset = Asset { root: folder.path().to_owned(), kind: AssetKind::File };
        let (assets, paths) = (Assets::default(), || HashSet::from(["a".to_owned()]));
        assert!(assets.look(&asset, paths()).unwrap()["a"].is_some());
        std::fs::write(folder.path().join("a"), "").unwrap();
        assert!(assets.look(&asset, paths()).unwrap()["a"].is_some());
        let elsewhere = Asset { root: PathBuf::from("."), kind: AssetKind::File };
        assert!(assets.look(&elsewhere, paths()).unwrap()["a"].is_some());
    }
}
