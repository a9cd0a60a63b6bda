//! A JSON array that arrives in pieces, taken element by element.

use std::fmt;

/// Where in an array its pieces have come to.
///
/// It only finds where elements end: what is in one, and whether it is JSON, is for whoever reads it.
/// So an array of any length takes the memory of one element.
#[derive(Debug, Default)]
pub(crate) struct Elements {
    /// What has arrived of the element.
    element: Vec<u8>,
    /// Whether an element ended before it.
    another: bool,
    place: Place,
    /// The brackets that are open, that of the array among them.
    depth: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum Place {
    /// The array has not begun.
    #[default]
    Before,
    Within,
    /// In a string of an element.
    Quoted,
    /// Behind the backslash in such a string.
    Escaped,
    /// The array has ended.
    After,
}

/// Bytes that are no array, or not all of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NoArray;

impl fmt::Display for NoArray {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("is no JSON array, or ends before its end")
    }
}

impl Elements {
    /// Goes through the next piece, and hands `take` every element that ends in it.
    ///
    /// # Errors
    ///
    /// What `take` says, or nothing where the piece is not of an array.
    pub(crate) fn take<E>(
        &mut self,
        piece: &[u8],
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), Option<E>> {
        let mut begin = 0;
        for (index, byte) in piece.iter().copied().enumerate() {
            match (self.place, byte) {
                (Place::Before, b'[') => {
                    (self.place, self.depth, begin) = (Place::Within, 1, index + 1);
                }
                (Place::Before | Place::After, space) if space.is_ascii_whitespace() => {}
                (Place::Before | Place::After, _) => return Err(None),
                (Place::Escaped, _) | (Place::Within, b'"') => self.place = Place::Quoted,
                (Place::Quoted, b'\\') => self.place = Place::Escaped,
                (Place::Quoted, b'"') => self.place = Place::Within,
                (Place::Within, b'[' | b'{') => self.depth += 1,
                (Place::Within, end @ (b',' | b']')) if self.depth == 1 => {
                    self.element.extend_from_slice(&piece[begin..index]);
                    let is_empty = self.element.trim_ascii().is_empty();
                    if end == b']' {
                        self.place = Place::After;
                    }
                    if end == b',' || self.another || !is_empty {
                        take(&self.element).map_err(Some)?;
                    }
                    (self.another, begin) = (true, index + 1);
                    self.element.clear();
                }
                (Place::Within, b']' | b'}') => self.depth = self.depth.saturating_sub(1).max(1),
                (Place::Within | Place::Quoted, _) => {}
            }
        }
        if matches!(self.place, Place::Within | Place::Quoted | Place::Escaped) {
            self.element.extend_from_slice(&piece[begin..]);
        }
        Ok(())
    }

    /// That there is nothing more.
    pub(crate) fn end(&self) -> Result<(), NoArray> {
        if self.place == Place::After { Ok(()) } else { Err(NoArray) }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// What is read of `text`, which arrives in pieces of so many bytes; nothing where it is no array
    /// or an element of it is no JSON.
    fn read(text: &str, size: usize) -> Option<Vec<Value>> {
        let (mut elements, mut all) = (Elements::default(), Vec::new());
        for piece in text.as_bytes().chunks(size) {
            let taken = elements.take(piece, |element| {
                all.push(serde_json::from_slice(element)?);
                Ok::<_, serde_json::Error>(())
            });
            taken.ok()?;
        }
        elements.end().ok()?;
        Some(all)
    }

    #[test]
    fn an_array_is_read_wherever_its_pieces_end() {
        let nested = json!({ "Input": json!({ "a": ["]", "\\\"}", "é[{,"] }).to_string() });
        for array in [
            json!([]),
            json!([[]]),
            json!([{}, [], "", "],[", "\\", "\"", 1, null, true, -1.5e3]),
            json!([nested, { "deep": [[[{ "er": [nested] }]]] }]),
        ] {
            for text in [array.to_string(), serde_json::to_string_pretty(&array).unwrap()] {
                let text = format!(" {text}\n");
                for size in [1, 2, 3, 5, 7, 11, 13, text.len()] {
                    assert_eq!(Value::from(read(&text, size).unwrap()), array, "{size}: {text}");
                }
            }
        }
    }

    #[test]
    fn what_is_no_array_is_refused_wherever_its_pieces_end() {
        for text in [
            "",
            " ",
            "[",
            "[1",
            "[1,",
            "[1,]",
            "[,1]",
            "[,]",
            "[1 2]",
            "[1}]",
            "[}]",
            "[{]",
            "[\"]",
            "[\"a\\\"]",
            "{}",
            "{\"a\":[1]}",
            "1",
            "]",
            "[1]]",
            "[1],",
            "[1] [2]",
            "x[1]",
            "[1]x",
            "[{\"a\":1]}",
            "[{\"a\":[1}]}]",
        ] {
            for size in 1..=text.len().max(1) {
                assert!(read(text, size).is_none(), "{size}: {text}");
            }
        }
    }

    #[test]
    fn an_element_is_taken_before_the_next_has_arrived() {
        let (mut elements, mut taken) = (Elements::default(), 0);
        for (piece, so_far) in [("[{\"a\":", 0), ("1}", 0), (", {}", 1), (",3", 2), ("]", 3)] {
            elements
                .take(piece.as_bytes(), |_| {
                    taken += 1;
                    Ok::<_, ()>(())
                })
                .unwrap();
            assert_eq!(taken, so_far, "{piece}");
        }
    }
}
