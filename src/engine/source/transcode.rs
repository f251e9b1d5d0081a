//! Text of any encoding as a stream of UTF-8.
//!
//! A byte that is no character of its encoding must not be lost and must not look like one: it comes out as two bytes that
//! are no UTF-8. Whoever finds bytes that are no characters finds it where it stands, and [`original`] knows it.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult};

use crate::ir::encoding::Encoding;

/// Bytes that are decoded at a time.
const PIECE: usize = 64 << 10;

/// More than the longest sequence that may turn out to be none, with what a decoder may have read after it.
const KEPT: usize = 8;

/// Reads text and gives it in UTF-8.
pub(super) struct Transcoder<R> {
    inner: R,
    encoding: Encoding,
    decoder: Decoder,
    /// The last bytes that were decoded, as many as are kept, and then some that may not be.
    input: Vec<u8>,
    at: usize,
    end: usize,
    output: Vec<u8>,
    given: usize,
    ready: usize,
    over: bool,
}

impl<R: Read> Transcoder<R> {
    /// Decodes what a reader gives, without a byte-order mark.
    pub(super) fn new(inner: R, encoding: Encoding) -> Self {
        let decoder = encoding.table().new_decoder_without_bom_handling();
        // In no encoding does a byte become more than three.
        let (input, output) = (vec![0; KEPT + PIECE], vec![0; 3 * (KEPT + PIECE)]);
        Self { inner, encoding, decoder, input, at: KEPT, end: KEPT, output, given: 0, ready: 0, over: false }
    }

    /// Decodes some more.
    fn step(&mut self) -> io::Result<()> {
        let mut last = false;
        if self.at == self.end {
            self.input.copy_within(self.at - KEPT..self.at, 0);
            (self.at, self.end) = (KEPT, KEPT);
            let read = self.inner.read(&mut self.input[KEPT..])?;
            self.end += read;
            last = read == 0;
        }
        (self.given, self.ready) = (0, 0);
        let mut input = &self.input[self.at..self.end];
        if self.encoding.is_narrow() {
            let sound = input.iter().position(|byte| !self.encoding.has(*byte)).unwrap_or(input.len());
            if let (0, Some(byte)) = (sound, input.first()) {
                self.at += 1;
                self.mark(*byte);
                return Ok(());
            }
            input = &input[..sound];
        }
        let room = self.output.len() - 2 * KEPT;
        let (found, read, written) =
            self.decoder.decode_to_utf8_without_replacement(input, &mut self.output[..room], last);
        self.at += read;
        self.ready = written;
        match found {
            DecoderResult::InputEmpty => self.over = last,
            DecoderResult::OutputFull => {}
            DecoderResult::Malformed(length, after) => {
                let end = self.at - usize::from(after);
                for place in end - usize::from(length)..end {
                    self.mark(self.input[place]);
                }
            }
        }
        Ok(())
    }

    /// Gives the two bytes that stand for one that is no character: the first two of three, which are none by themselves.
    fn mark(&mut self, byte: u8) {
        self.output[self.ready] = 0xe1 + (byte >> 6);
        self.output[self.ready + 1] = 0x80 | (byte & 0x3f);
        self.ready += 2;
    }
}

impl<R: Read> Read for Transcoder<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.given == self.ready {
            if self.over {
                return Ok(0);
            }
            self.step()?;
        }
        let given = (self.ready - self.given).min(into.len());
        into[..given].copy_from_slice(&self.output[self.given..self.given + given]);
        self.given += given;
        Ok(given)
    }
}

/// The byte that some bytes stand for which are no UTF-8.
pub(super) fn original(bytes: &[u8]) -> Option<u8> {
    match bytes {
        [first @ 0xe1..=0xe4, second] => Some(((first - 0xe1) << 6) | (second & 0x3f)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The text of some bytes, those in brackets that are no characters.
    fn decoded(label: &str, bytes: &[u8], piece: usize) -> String {
        let mut given = Vec::new();
        let pieces = Pieces { bytes, piece };
        Transcoder::new(pieces, Encoding::of_label(label).unwrap()).read_to_end(&mut given).unwrap();
        let mut text = String::new();
        for chunk in given.utf8_chunks() {
            text += chunk.valid();
            if !chunk.invalid().is_empty() {
                text += &format!("[{:02x}]", original(chunk.invalid()).unwrap());
            }
        }
        text
    }

    /// Bytes that come so many at a time.
    struct Pieces<'a> {
        bytes: &'a [u8],
        piece: usize,
    }

    impl Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let most = self.piece.min(into.len());
            self.bytes.read(&mut into[..most])
        }
    }

    #[test]
    fn bytes_that_are_no_characters_keep_their_place() {
        for piece in 1..9 {
            assert_eq!(decoded("cp1252", b"a\x80,\xf1\n", piece), "a€,ñ\n");
            assert_eq!(decoded("latin-1", b"a\x80,\xf1\x85\x9f\n", piece), "a[80],ñ[85][9f]\n");
            assert_eq!(decoded("ascii", b"a\xf1\xf1", piece), "a[f1][f1]");
            assert_eq!(decoded("windows-1253", b"\xaa,\xe1", piece), "[aa],α");
            assert_eq!(decoded("shift_jis", b"\x82\xa0\x82\n\x82", piece), "あ[82]\n[82]");
            assert_eq!(decoded("utf-16le", b"a\0\0\xd8,\0\n\0x", piece), "a[00][d8],\n[78]");
            assert_eq!(decoded("utf-16be", b"\xd8\x3d\xde\0\0a", piece), "😀a");
            assert_eq!(decoded("utf-16be", b"\0a\xdc\0\0b", piece), "a[dc][00]b");
        }
    }

    proptest! {
        #[test]
        fn any_text_comes_back(text in "\\PC{0,40}", piece in 1..9_usize) {
            let units: Vec<u16> = text.encode_utf16().collect();
            let (le, be): (Vec<u8>, Vec<u8>) = (
                units.iter().flat_map(|unit| unit.to_le_bytes()).collect(),
                units.iter().flat_map(|unit| unit.to_be_bytes()).collect(),
            );
            prop_assert_eq!(&decoded("utf-16le", &le, piece), &text);
            prop_assert_eq!(&decoded("utf-16be", &be, piece), &text);
        }

        #[test]
        fn any_bytes_come_out_alike_in_pieces_of_any_size(
            bytes in proptest::collection::vec(any::<u8>(), 0..60),
            piece in 1..9_usize,
            label in proptest::sample::select(vec!["gbk", "gb18030", "shift_jis", "euc-jp", "big5", "utf-16", "iso-8859-7"]),
        ) {
            prop_assert_eq!(decoded(label, &bytes, piece), decoded(label, &bytes, 1000));
        }
    }
}
