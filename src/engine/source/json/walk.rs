//! One record, walked through from its first bracket to its last.
//!
//! All of it is held to the grammar, whatever is looked for, so that what is wrong with a record does not depend on the
//! rules. Depth costs no stack.

use std::borrow::Cow;
use std::collections::HashSet;

use super::scan::{NotJson, Scan, Token, unescape};
use super::tree::Tree;
use crate::ir::name::nfc;

/// How deep objects and lists may stand inside each other.
const DEEPEST: usize = 1000;

/// So many keys of an object are compared one by one.
const FEW: usize = 16;

/// A value: what it is, and where it stands; a string without its quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) token: Token,
    pub(super) start: u32,
    pub(super) end: u32,
    /// Whether it stands where the object should that holds the field.
    pub(super) above: bool,
}

impl Cell {
    pub(super) const NULL: Self = Self { token: Token::Null, start: 0, end: 0, above: false };
}

/// Why a text is no record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    NotJson(usize),
    NotAnObject,
    /// A key, and the place of its quote where it is repeated.
    DuplicateKey(String, usize),
    /// At the bracket that is one too many.
    TooDeep(usize),
}

impl From<NotJson> for Wrong {
    fn from(NotJson(at): NotJson) -> Self {
        Self::NotJson(at)
    }
}

/// An object or list that is not closed yet.
struct Open<'a> {
    is_object: bool,
    /// The field that it is the value of.
    field: Option<usize>,
    start: usize,
    /// The place among the fields inside where the next key is likely to stand.
    next: usize,
    /// How many keys came before its own.
    keys: usize,
    /// Its keys, once there are many.
    many: HashSet<Cow<'a, str>>,
}

/// What follows a value.
enum After {
    /// Another value, of a field if it is one that is looked for.
    Value(Option<usize>),
    /// Nothing.
    End,
}

/// Walks through records, keeping its room from one to the next.
pub(super) struct Walk<'a, 't> {
    tree: &'t mut Tree,
    open: Vec<Open<'a>>,
    keys: Vec<Cow<'a, str>>,
    /// The values of fields that are looked at, of the record walked through last.
    pub(super) found: Vec<(usize, Cell)>,
}

impl<'a, 't> Walk<'a, 't> {
    pub(super) fn new(tree: &'t mut Tree) -> Self {
        Self { tree, open: Vec::new(), keys: Vec::new(), found: Vec::new() }
    }

    /// What was surveyed.
    pub(super) fn tree(&mut self) -> &mut Tree {
        self.tree
    }

    /// Walks through the record between two places of a text.
    pub(super) fn record(&mut self, text: &'a str, start: usize, end: usize) -> Result<(), Wrong> {
        self.open.clear();
        self.keys.clear();
        self.found.clear();
        let mut scan = Scan { bytes: text.as_bytes().get(..end).unwrap_or_default(), at: start };
        scan.space();
        let is_object = scan.peek() == Some(b'{');
        let mut field = Some(0);
        loop {
            scan.space();
            let start = scan.at;
            match scan.peek() {
                Some(bracket @ (b'{' | b'[')) => {
                    if self.open.len() == DEEPEST {
                        return Err(Wrong::TooDeep(start));
                    }
                    scan.at += 1;
                    let (is_object, keys) = (bracket == b'{', self.keys.len());
                    self.open.push(Open { is_object, field, start, next: 0, keys, many: HashSet::new() });
                    scan.space();
                    if scan.peek() != Some(bracket + 2) {
                        field = if is_object { self.key(text, &mut scan)? } else { None };
                        continue;
                    }
                }
                Some(b'"') => {
                    let (start, end, escaped) = scan.string()?;
                    self.take(field, if escaped { Token::Escaped } else { Token::Text }, start, end);
                }
                Some(b'-' | b'0'..=b'9') => {
                    let token = scan.number()?;
                    self.take(field, token, start, scan.at);
                }
                Some(_) => {
                    let token = scan.word()?;
                    self.take(field, token, start, scan.at);
                }
                None => return Err(Wrong::NotJson(scan.at)),
            }
            match self.go_on(text, &mut scan)? {
                After::Value(next) => field = next,
                After::End if is_object => return Ok(()),
                After::End => return Err(Wrong::NotAnObject),
            }
        }
    }

    /// Goes on after a value: to the field of the next one, or to the end.
    fn go_on(&mut self, text: &'a str, scan: &mut Scan<'_>) -> Result<After, Wrong> {
        loop {
            scan.space();
            let Some(open) = self.open.last() else {
                return if scan.peek().is_none() { Ok(After::End) } else { Err(Wrong::NotJson(scan.at)) };
            };
            let is_object = open.is_object;
            if scan.eat(b',') {
                scan.space();
                return Ok(After::Value(if is_object { self.key(text, scan)? } else { None }));
            }
            scan.expect(if is_object { b'}' } else { b']' })?;
            if let Some(open) = self.open.pop() {
                self.keys.truncate(open.keys);
                self.take(open.field, if is_object { Token::Object } else { Token::List }, open.start, scan.at);
            }
        }
    }

    /// Reads a key and its colon, and finds the field of that name.
    fn key(&mut self, text: &'a str, scan: &mut Scan<'_>) -> Result<Option<usize>, Wrong> {
        let (start, end, escaped) = scan.string()?;
        scan.space();
        scan.expect(b':')?;
        let raw = text.get(start..end).unwrap_or_default();
        let mut name = Cow::Borrowed(raw);
        if escaped {
            let mut plain = String::new();
            unescape(raw, &mut plain);
            name = Cow::Owned(plain);
        }
        if !name.is_ascii() {
            name = Cow::Owned(nfc(&name));
        }
        let Some(open) = self.open.last_mut() else { return Ok(None) };
        let own = &self.keys[open.keys..];
        let again = if own.len() < FEW {
            own.contains(&name)
        } else {
            if open.many.is_empty() {
                open.many.extend(own.iter().cloned());
            }
            !open.many.insert(name.clone())
        };
        if again {
            return Err(Wrong::DuplicateKey(name.into_owned(), start - 1));
        }
        let field = open.field.and_then(|field| self.tree.look(field, &name, &mut open.next));
        self.keys.push(name);
        Ok(field)
    }

    fn take(&mut self, field: Option<usize>, token: Token, start: usize, end: usize) {
        if let Some(field) = field.filter(|field| self.tree.fields[*field].wanted)
            && let (Ok(start), Ok(end)) = (u32::try_from(start), u32::try_from(end))
        {
            self.found.push((field, Cell { token, start, end, above: false }));
        }
    }
}
