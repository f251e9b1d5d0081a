//! In which encoding a file is written, by its first bytes.
//!
//! A byte-order mark tells; then whether the bytes are UTF-8; then the zeros of UTF-16; then how often sequences of bytes
//! occur in the languages of the world. A head that is UTF-8 speaks for the file: what is none further on is a fault of its
//! record, and so is what is none in a head that is UTF-8 for the better part.

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{
    ISO_8859_2, ISO_8859_4, ISO_8859_13, WINDOWS_1250, WINDOWS_1252, WINDOWS_1254, WINDOWS_1257, WINDOWS_1258,
};

use crate::engine::source::bytes;
use crate::ir::encoding::Encoding;

/// Letters beyond ASCII that tell one alphabet of Europe from another.
const ENOUGH: usize = 100;

/// How a file turns out to be encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Encoded {
    pub(super) encoding: Encoding,
    /// The length of its byte-order mark.
    pub(super) mark: usize,
}

/// The encoding of a file that begins so, and is all there if `last`; or what it is instead of text that is read.
pub(super) fn of(head: &[u8], last: bool, declared: Option<Encoding>) -> Result<Encoded, String> {
    if let Some(what) = bytes::foreign(head) {
        return Err(what.to_owned());
    }
    if is_utf_32(head) {
        return Err("text in UTF-32, which is not read; convert it: `iconv -f UTF-32 -t UTF-8`".to_owned());
    }
    let marked = encoding_rs::Encoding::for_bom(head);
    let marked = marked.map(|(table, mark)| Encoded { encoding: Encoding::of_table(table), mark });
    let zeros = || order_by_zeros(head).map(|encoding| Encoded { encoding, mark: 0 });
    let Some(said) = declared else {
        return Ok(marked
            .or_else(|| by_content(head, last, zeros))
            .unwrap_or(Encoded { encoding: guess(head, last), mark: 0 }));
    };
    let is_16 = |encoding: Encoding| encoding == Encoding::UTF_16_LE || encoding == Encoding::UTF_16_BE;
    if said.is_of_either_order() {
        return match marked {
            Some(marked) if is_16(marked.encoding) => Ok(marked),
            Some(_) => Err(contradicts("UTF-8", said)),
            None => Ok(zeros().unwrap_or(Encoded { encoding: Encoding::UTF_16_LE, mark: 0 })),
        };
    }
    match marked {
        Some(marked) if marked.encoding == said => Ok(marked),
        Some(marked) => Err(contradicts(&marked.encoding.table().name().to_ascii_uppercase(), said)),
        None if !is_16(said) && zeros().is_some() => {
            Err(format!("text in UTF-16, and the format says `encoding: {said}`; say `encoding: utf-16`"))
        }
        None => Ok(Encoded { encoding: said, mark: 0 }),
    }
}

fn contradicts(marked: &str, said: Encoding) -> String {
    format!(
        "text that starts with the mark of {marked}, and the format says `encoding: {said}`; without an `encoding`, that of \
         each file is found"
    )
}

/// UTF-8 or UTF-16, if it is either.
fn by_content(head: &[u8], last: bool, zeros: impl FnOnce() -> Option<Encoded>) -> Option<Encoded> {
    let utf_8 = Encoded { encoding: Encoding::UTF_8, mark: 0 };
    let (sound, broken) = sequences(head, last);
    let is_ascii = sound == 0 && broken == 0;
    match zeros() {
        // Text of the West in UTF-16 is ASCII with zeros in it.
        Some(utf_16) if is_ascii || broken > 0 => Some(utf_16),
        _ if broken == 0 || sound >= broken => Some(utf_8),
        _ => None,
    }
}

/// How many characters beyond ASCII there are in UTF-8, and how many sequences of bytes that are none.
fn sequences(head: &[u8], last: bool) -> (usize, usize) {
    let (mut sound, mut broken, mut at) = (0, 0, 0);
    for chunk in head.utf8_chunks() {
        sound += chunk.valid().bytes().filter(|byte| *byte >= 0xc0).count();
        at += chunk.valid().len() + chunk.invalid().len();
        // A character may go on after the head.
        let cut = !last && at == head.len() && chunk.invalid().len() < 4 && chunk.invalid().first() >= Some(&0xc0);
        broken += usize::from(!chunk.invalid().is_empty() && !cut);
    }
    (sound, broken)
}

/// The order of the bytes of text in UTF-16 without a mark, by where its zeros stand.
///
/// Every character of ASCII has one. Where these are not most of the text, its line ends at least must have theirs.
fn order_by_zeros(head: &[u8]) -> Option<Encoding> {
    let pairs = head.as_chunks::<2>().0;
    let zeros = |side: usize| pairs.iter().filter(|pair| pair[side] == 0 && pair[1 - side] != 0).count();
    let (high_first, low_first) = (zeros(0), zeros(1));
    let (most, least) = (high_first.max(low_first), high_first.min(low_first));
    let side = usize::from(low_first > high_first);
    let ends = pairs.iter().filter(|pair| pair[side] == 0 && pair[1 - side] == b'\n').count();
    let others = memchr::memchr_iter(b'\n', head).count() - ends;
    let plain = most * 4 > pairs.len() * 3;
    let foreign = most * 10 >= pairs.len() && least * 20 <= most && ends > others;
    if pairs.len() < 2 || !(plain || foreign) {
        return None;
    }
    Some(if side == 0 { Encoding::UTF_16_BE } else { Encoding::UTF_16_LE })
}

/// Whether it is text in UTF-32: by its mark, or because three of four bytes are zero.
fn is_utf_32(head: &[u8]) -> bool {
    if head.starts_with(b"\xff\xfe\0\0") || head.starts_with(b"\0\0\xfe\xff") {
        return true;
    }
    let fours = head.as_chunks::<4>().0;
    let like = |wanted: fn(&[u8; 4]) -> bool| fours.iter().filter(|four| wanted(four)).count() * 4 > fours.len() * 3;
    fours.len() > 1
        && (like(|four| four[0] != 0 && four[1..] == [0; 3]) || like(|four| four[..3] == [0; 3] && four[3] != 0))
}

/// The encoding that text in none of Unicode's is most likely in.
///
/// A few letters do not tell the alphabets of Europe apart, of which that of the West is by far the most frequent.
fn guess(head: &[u8], last: bool) -> Encoding {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    detector.feed(head, last);
    let guess = detector.guess(None, Utf8Detection::Deny);
    let rivals = [WINDOWS_1250, WINDOWS_1254, WINDOWS_1257, WINDOWS_1258, ISO_8859_2, ISO_8859_4, ISO_8859_13];
    let letters = head.iter().filter(|byte| !byte.is_ascii()).count();
    Encoding::of_table(if rivals.contains(&guess) && letters < ENOUGH { WINDOWS_1252 } else { guess })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(head: &[u8]) -> String {
        let encoded = |last| of(head, last, None).unwrap();
        assert_eq!(encoded(true).mark, encoded(false).mark);
        format!("{}+{}", encoded(true).encoding, encoded(true).mark)
    }

    fn utf_16(text: &str, order: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(order).collect()
    }

    #[test]
    fn an_encoding_is_told_by_mark_by_shape_and_by_likelihood() {
        assert_eq!(found(b""), "utf-8+0");
        assert_eq!(found(b"a,b\n1,2\n"), "utf-8+0");
        assert_eq!(found(b"\xef\xbb\xbfa,b\n"), "utf-8+3");
        assert_eq!(found("año,b\n".as_bytes()), "utf-8+0");
        for text in [
            "a,b\n1,2\n",
            "año,ciudad\n1,Málaga\n",
            "\u{65e5}\u{672c},\u{8a9e}\n1,\u{6771}\u{4eac}\n2,x\n",
            "Город;Год\n1;2\n",
        ] {
            assert_eq!(found(&utf_16(text, u16::to_le_bytes)), "utf-16le+0", "{text}");
            assert_eq!(found(&utf_16(text, u16::to_be_bytes)), "utf-16be+0", "{text}");
            let marked = format!("\u{feff}{text}");
            assert_eq!(found(&utf_16(&marked, u16::to_le_bytes)), "utf-16le+2", "{text}");
            assert_eq!(found(&utf_16(&marked, u16::to_be_bytes)), "utf-16be+2", "{text}");
        }
        for text in [
            "id,nombre\n1,Muñoz\n2,García\n",
            "a;b\n12,50 €;naïve\n",
            "Straße\nMüller\n",
            "São Paulo,ação\n",
            "Logroño\n",
        ] {
            let (bytes, _, _) = encoding_rs::WINDOWS_1252.encode(text);
            assert_eq!(found(&bytes), "windows-1252+0", "{text}");
        }
        let (bytes, _, _) = encoding_rs::WINDOWS_1251.encode("Город,Страна\nМосква,Россия\nКазань,Россия\n");
        assert_eq!(found(&bytes), "windows-1251+0");
        let (bytes, _, _) = encoding_rs::SHIFT_JIS.encode("名前,都市\n山田太郎,東京\n鈴木花子,大阪\n");
        assert_eq!(found(&bytes), "shift_jis+0");
    }

    #[test]
    fn a_bad_byte_does_not_make_utf_8_something_else() {
        assert_eq!(found("ñ,á\né,\u{fffd}\n".replace('\u{fffd}', "ó").as_bytes()), "utf-8+0");
        assert_eq!(found(b"a,\xc3\xb1\nb,\xf1\n"), "utf-8+0");
        assert_eq!(found(b"a,b\n\0,1\n"), "utf-8+0");
        // A character that the head cuts is none that is broken.
        let cut = of(b"a,\xc3", false, None).unwrap();
        assert_eq!(cut.encoding, Encoding::UTF_8);
    }

    #[test]
    fn what_is_said_holds_unless_the_file_says_otherwise() {
        let said =
            |label: &str, head: &[u8]| of(head, true, Encoding::of_label(label)).map(|found| found.encoding.name());
        assert_eq!(said("cp1252", "ñ".as_bytes()).as_deref(), Ok("windows-1252"));
        assert_eq!(said("latin-1", b"\x80").as_deref(), Ok("iso-8859-1"));
        assert_eq!(said("utf-8", b"\xf1").as_deref(), Ok("utf-8"));
        assert_eq!(said("utf-8", b"\xef\xbb\xbfa").as_deref(), Ok("utf-8"));
        assert_eq!(said("utf-16", b"\xfe\xff\0a").as_deref(), Ok("utf-16be"));
        assert_eq!(said("utf-16", b"\0a\0b\0,\0\n").as_deref(), Ok("utf-16be"));
        assert_eq!(said("utf-16", b"").as_deref(), Ok("utf-16le"));
        assert!(said("utf-16le", b"\xfe\xff\0a").unwrap_err().contains("mark of UTF-16BE"));
        assert!(said("latin-1", b"\xef\xbb\xbfa").unwrap_err().contains("mark of UTF-8"));
        assert!(said("utf-8", b"a\0,\0b\0\n\0").unwrap_err().contains("say `encoding: utf-16`"));
    }

    #[test]
    fn what_is_no_text_that_is_read_is_named() {
        for head in [&b"\xff\xfe\0\0a\0\0\0"[..], b"\0\0\xfe\xff", b"a\0\0\0,\0\0\0b\0\0\0", b"\0\0\0a\0\0\0b"] {
            assert!(of(head, true, None).unwrap_err().contains("UTF-32"), "{head:?}");
        }
        assert_eq!(of(b"PAR1", true, None), Err("a Parquet file".to_owned()));
    }
}
