//! Where each node of a document stands, by an event parser; tags are refused on the way.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle};

use crate::suite::yaml::Fault;

/// Where a node stands, and where those in it stand.
pub(super) struct Place {
    pub(super) span: Range<usize>,
    pub(super) plain: bool,
    pub(super) keys: Vec<Range<usize>>,
    pub(super) inside: Vec<Rc<Place>>,
}

impl Place {
    pub(super) const fn unknown() -> Self {
        Self { span: 0..0, plain: true, keys: Vec::new(), inside: Vec::new() }
    }
}

pub(super) struct Places {
    pub(super) root: Option<Rc<Place>>,
    pub(super) second_document: Option<usize>,
    pub(super) faults: Vec<Fault>,
}

impl Places {
    /// Walks the events of the first document. Whatever it cannot place is placed at its parent.
    pub(super) fn of(text: &str) -> Self {
        let offsets: Vec<usize> = text.char_indices().map(|(byte, _)| byte).chain([text.len()]).collect();
        let byte = |index: usize| offsets.get(index).copied().unwrap_or(text.len());
        let mut places = Self { root: None, second_document: None, faults: Vec::new() };
        let mut anchors: HashMap<usize, Rc<Place>> = HashMap::new();
        // Open collections: their place, anchor, whether they are maps, and how many nodes they have so far.
        let mut open: Vec<(Place, usize, bool, usize)> = Vec::new();
        let mut documents = 0;
        let mut parser = Parser::new_from_str(text);
        while let Some(Ok((event, span))) = parser.next_event() {
            let range = byte(span.start.index())..byte(span.end.index());
            let tag = match &event {
                Event::Scalar(_, _, _, tag) | Event::SequenceStart(_, tag) | Event::MappingStart(_, tag) => {
                    tag.as_ref()
                }
                _ => None,
            };
            if let Some(tag) = tag {
                places.faults.push(Fault {
                    message: format!("a tag, `{}{}`", tag.handle, tag.suffix),
                    span: range.clone(),
                    help: Some("suites use no tags; leave it out".to_owned()),
                    duplicate: false,
                });
            }
            let done = match event {
                Event::DocumentStart(_) => {
                    documents += 1;
                    if documents == 2 {
                        places.second_document = Some(range.start);
                        break;
                    }
                    None
                }
                Event::Scalar(_, style, anchor, _) => Some((
                    Place { span: range, plain: style == ScalarStyle::Plain, keys: Vec::new(), inside: Vec::new() },
                    anchor,
                )),
                Event::SequenceStart(anchor, _) | Event::MappingStart(anchor, _) => {
                    let map = matches!(event, Event::MappingStart(..));
                    open.push((
                        Place { span: range, plain: true, keys: Vec::new(), inside: Vec::new() },
                        anchor,
                        map,
                        0,
                    ));
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => open.pop().map(|(mut place, anchor, _, _)| {
                    place.span.end = range.end.max(place.span.start);
                    (place, anchor)
                }),
                Event::Alias(anchor) => {
                    let known = anchors.get(&anchor);
                    Some((
                        Place {
                            span: range,
                            plain: true,
                            keys: known.map(|place| place.keys.clone()).unwrap_or_default(),
                            inside: known.map(|place| place.inside.clone()).unwrap_or_default(),
                        },
                        0,
                    ))
                }
                _ => None,
            };
            let Some((place, anchor)) = done else { continue };
            let place = Rc::new(place);
            if anchor > 0 {
                anchors.insert(anchor, Rc::clone(&place));
            }
            match open.last_mut() {
                None => places.root = Some(place),
                Some((parent, _, true, count)) => {
                    if *count % 2 == 0 {
                        parent.keys.push(place.span.clone());
                    } else {
                        parent.inside.push(place);
                    }
                    *count += 1;
                }
                Some((parent, _, false, count)) => {
                    parent.inside.push(place);
                    *count += 1;
                }
            }
        }
        places
    }
}
