//! Short names for what the app's wasm takes from its script. wasm-bindgen puts a hash into each,
//! and they stand in both files.

use std::path::Path;

use crate::shell::{self, Result};

/// The module under which the script's own functions are imported.
const SCRIPT: &[u8] = b"./app_bg.js";
const HEADER: usize = 8;
const IMPORTS: u8 = 2;
const FUNCTION: u8 = 0;

/// Renames the functions that `wasm` imports, in it and in the `script` that has them.
pub(crate) fn shorten(wasm: &Path, script: &Path) -> Result {
    let bytes = std::fs::read(wasm).map_err(|error| format!("{}: {error}", wasm.display()))?;
    let glue = shell::read(script)?;
    let unreadable = || format!("{}: its imports cannot be read", wasm.display());
    let (renamed, names) = rename(&bytes).ok_or_else(unreadable)?;
    shell::write(wasm, renamed)?;
    let mut lines = Vec::new();
    for line in glue.lines() {
        // The members of one object, a line each.
        let (indent, rest) = line.split_at(line.len() - line.trim_start().len());
        let member = rest.split_once(": ");
        let at = member.and_then(|(key, _)| names.iter().position(|name| name == key));
        lines.push(match (member, at) {
            (Some((_, value)), Some(at)) => format!("{indent}{}: {value}", short(at)),
            _ => line.to_owned(),
        });
    }
    if let Some(name) = names.iter().find(|name| !glue.contains(&format!(" {name}: "))) {
        return Err(format!("{} has no {name}", script.display()));
    }
    shell::write(script, lines.join("\n") + "\n")
}

/// The module with short names for the functions that it has from its script, and their old names.
/// `None` if it is no module.
fn rename(wasm: &[u8]) -> Option<(Vec<u8>, Vec<String>)> {
    let (mut out, mut names) = (wasm.get(..HEADER)?.to_vec(), Vec::new());
    let mut rest = &wasm[HEADER..];
    while let Some((&id, after)) = rest.split_first() {
        rest = after;
        let mut section = block(&mut rest)?;
        let mut body = Vec::new();
        if id == IMPORTS {
            let count = number(&mut section)?;
            write_number(&mut body, count);
            for _ in 0..count {
                let from = block(&mut section)?;
                write_block(&mut body, from);
                let name = block(&mut section)?;
                let what = description(&mut section)?;
                if what[0] == FUNCTION && from == SCRIPT {
                    write_block(&mut body, short(names.len()).as_bytes());
                    names.push(String::from_utf8(name.to_vec()).ok()?);
                } else {
                    write_block(&mut body, name);
                }
                body.extend(what);
            }
        } else {
            body.extend(section);
        }
        out.push(id);
        write_block(&mut out, &body);
    }
    Some((out, names))
}

/// The kind and type of an import.
fn description<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let whole = *from;
    let kind = byte(from)?;
    match kind {
        FUNCTION => drop(number(from)?),
        // A table or a memory; limits with a maximum say so in their first bit.
        1 | 2 => {
            if kind == 1 {
                byte(from)?;
            }
            let flags = byte(from)?;
            number(from)?;
            if flags & 1 == 1 {
                number(from)?;
            }
        }
        // A global: its type, and whether it may change.
        3 => {
            byte(from)?;
            byte(from)?;
        }
        _ => return None,
    }
    Some(&whole[..whole.len() - from.len()])
}

fn byte(from: &mut &[u8]) -> Option<u8> {
    let (&first, rest) = from.split_first()?;
    *from = rest;
    Some(first)
}

/// An unsigned LEB128 number.
fn number(from: &mut &[u8]) -> Option<usize> {
    let mut value = 0;
    for shift in (0..35).step_by(7) {
        let byte = byte(from)?;
        value |= usize::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Some(value);
        }
    }
    None
}

/// Bytes behind their number.
fn block<'a>(from: &mut &'a [u8]) -> Option<&'a [u8]> {
    let len = number(from)?;
    let (block, rest) = from.split_at_checked(len)?;
    *from = rest;
    Some(block)
}

fn write_number(out: &mut Vec<u8>, mut value: usize) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn write_block(out: &mut Vec<u8>, block: &[u8]) {
    write_number(out, block.len());
    out.extend(block);
}

/// A name for each number: `a` to `z`, then `aa`, `ab` and so on.
fn short(mut number: usize) -> String {
    let mut name = Vec::new();
    loop {
        name.insert(0, b'a' + (number % 26) as u8);
        number /= 26;
        if number == 0 {
            return name.into_iter().map(char::from).collect();
        }
        number -= 1;
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::{SCRIPT, rename, short, write_block};

    /// A module of a type, imports of every kind, and a section that is left alone.
    fn module(names: [&str; 2]) -> Vec<u8> {
        let mut imports = vec![6];
        for (name, what) in [
            (names[0], &[0, 0][..]),
            ("memory", &[2, 1, 0x80, 1, 0x80, 2]),
            ("table", &[1, 0x70, 0, 1]),
            ("global", &[3, 0x7f, 0]),
            ("load", &[0, 0]),
            (names[1], &[0, 0]),
        ] {
            let from = if name == "load" { b"./parts.js" } else { SCRIPT };
            imports.push(from.len() as u8);
            imports.extend(from);
            imports.push(name.len() as u8);
            imports.extend(name.as_bytes());
            imports.extend(what);
        }
        let mut module = b"\0asm\x01\0\0\0\x01\x04\x01\x60\0\0".to_vec();
        module.push(2);
        write_block(&mut module, &imports);
        module.extend(*b"\0\x02\x01n");
        module
    }

    #[test]
    fn functions_are_renamed_and_nothing_else() {
        let long = module(["__wbg_new_13de428334042d26", "__wbg_x"]);
        let (renamed, names) = rename(&long).unwrap();
        assert_eq!(renamed, module(["a", "b"]));
        assert_eq!(names, ["__wbg_new_13de428334042d26", "__wbg_x"]);
        for end in 1..long.len() {
            let cut = rename(&long[..end]);
            assert!(cut.is_none_or(|(out, _)| out.len() <= end), "{end} bytes are no module");
        }
    }

    #[test]
    fn names_differ() {
        let names: Vec<_> = (0..1000).map(short).collect();
        assert_eq!((&*names[0], &*names[25], &*names[26], &*names[702]), ("a", "z", "aa", "aaa"));
        assert_eq!(names.iter().collect::<std::collections::BTreeSet<_>>().len(), 1000);
    }
}
