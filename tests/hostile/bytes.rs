//! How the bytes of a file are said in a case.

use std::io::Write as _;

use rusqlite::Connection;
use tamiz::suite::yaml::{Content, Node};

use super::whole;
use crate::table::bzip2;

/// The bytes that a text, a map or a list of those says.
pub(super) fn of(node: &Node) -> Vec<u8> {
    match &node.content {
        Content::List(parts) => parts.iter().flat_map(of).collect(),
        Content::Map(_) => made(node),
        Content::Scalar(scalar) => unescaped(&scalar.text),
        Content::Null(_) => Vec::new(),
    }
}

fn made(node: &Node) -> Vec<u8> {
    let entries = node.entries().unwrap();
    let value = &entries[0].value;
    let bytes = match entries[0].key.as_str() {
        "repeat" => of(value).repeat(node.get("times").and_then(Node::text).unwrap().parse().unwrap()),
        "count" => {
            let (pattern, times) = (value.text().unwrap(), node.get("times").and_then(Node::text).unwrap());
            (1..=times.parse::<u64>().unwrap())
                .flat_map(|number| unescaped(&pattern.replace('#', &number.to_string())))
                .collect()
        }
        "avro" => {
            let rows = node.get("rows").and_then(Node::text).unwrap_or("0").parse().unwrap();
            let blocks = node.get("block").map(|block| (rows, of(block)));
            crate::avro::file(value.text().unwrap(), &blocks.into_iter().collect::<Vec<_>>())
        }
        "whole" => whole::of(value.text().unwrap()),
        "fixture" => whole::fixture(value.text().unwrap()),
        "zip" => {
            let parts: Vec<_> =
                value.entries().unwrap().iter().map(|entry| (entry.key.as_str(), of(&entry.value))).collect();
            crate::workbook::zip(parts.iter().map(|(name, bytes)| (*name, bytes.as_slice())))
        }
        "sqlite" => {
            let folder = tempfile::tempdir().unwrap();
            let path = folder.path().join("d.db");
            let database = Connection::open(&path).unwrap();
            database.execute_batch(value.text().unwrap()).unwrap();
            drop(database);
            std::fs::read(path).unwrap()
        }
        "hex" => {
            let digits: String = value.text().unwrap().split_whitespace().collect();
            (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
        }
        other => panic!("no bytes are made by `{other}`"),
    };
    let then = node.get("then").map(|then| match &then.content {
        Content::List(items) => items.iter().map(|item| item.text().unwrap().to_owned()).collect(),
        _ => vec![then.text().unwrap().to_owned()],
    });
    changed(bytes, &then.unwrap_or_default())
}

/// A text in which `\n \r \t \0 \\ \xFF \u{202E}` mean what they mean in most languages.
pub(super) fn unescaped(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.chars();
    while let Some(letter) = rest.next() {
        if letter != '\\' {
            bytes.extend(letter.encode_utf8(&mut [0; 4]).bytes());
            continue;
        }
        match rest.next().unwrap() {
            'n' => bytes.push(b'\n'),
            'r' => bytes.push(b'\r'),
            't' => bytes.push(b'\t'),
            '0' => bytes.push(0),
            's' => bytes.push(b' '),
            'x' => {
                let digits: String = rest.by_ref().take(2).collect();
                bytes.push(u8::from_str_radix(&digits, 16).unwrap());
            }
            'u' => {
                let digits: String = rest.by_ref().skip(1).take_while(|letter| *letter != '}').collect();
                let letter = char::from_u32(u32::from_str_radix(&digits, 16).unwrap()).unwrap();
                bytes.extend(letter.encode_utf8(&mut [0; 4]).bytes());
            }
            other => bytes.extend(other.encode_utf8(&mut [0; 4]).bytes()),
        }
    }
    bytes
}

/// The bytes after some steps, each a word and what it takes.
pub(super) fn changed(mut bytes: Vec<u8>, steps: &[String]) -> Vec<u8> {
    for step in steps {
        let (word, takes) = step.split_once(' ').unwrap_or((step, ""));
        let at = |text: &str, length: usize| -> usize {
            let place: i64 = text.parse().unwrap();
            if place < 0 { length - usize::try_from(-place).unwrap() } else { usize::try_from(place).unwrap() }
        };
        match word {
            "cut" => {
                let end = at(takes, bytes.len());
                assert!(end <= bytes.len(), "`{step}` of {} bytes", bytes.len());
                bytes.truncate(end);
            }
            "half" => bytes.truncate(bytes.len() / 2),
            "drop" => drop(bytes.drain(..at(takes, bytes.len()))),
            "flip" => {
                let place = at(takes, bytes.len());
                bytes[place] ^= 0xff;
            }
            "put" => {
                let (place, new) = takes.split_once(' ').unwrap();
                let (place, new) = (at(place, bytes.len()), unescaped(new));
                bytes[place..place + new.len()].copy_from_slice(&new);
            }
            "append" => bytes.extend(unescaped(takes)),
            "replace" => {
                let (old, new) = takes.split_once(' ').unwrap();
                let (old, new) = (unescaped(old), unescaped(new));
                let place = memchr::memmem::find(&bytes, &old).unwrap_or_else(|| panic!("`{step}`: it is not there"));
                bytes.splice(place..place + old.len(), new);
            }
            "gzip" => {
                let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
                encoder.write_all(&bytes).unwrap();
                bytes = encoder.finish().unwrap();
            }
            "bzip2" => bytes = bzip2(&bytes),
            "zstd" => bytes = zstd::stream::encode_all(bytes.as_slice(), 1).unwrap(),
            "zip" => bytes = crate::workbook::zip([(takes, bytes.as_slice())]),
            "utf-16le" | "utf-16be" => {
                let text = String::from_utf8(bytes).unwrap();
                let order = if word == "utf-16le" { u16::to_le_bytes } else { u16::to_be_bytes };
                bytes = text.encode_utf16().flat_map(order).collect();
            }
            _ => panic!("no step `{step}`"),
        }
    }
    bytes
}
