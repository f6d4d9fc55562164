//! Changes at random: of the bytes of a document, and of its values.

use crate::json::{self, Json};

/// Bytes that mean something in JSON or OTLP.
const BYTES: &[u8] = b"\"\\{}[]:,0123456789-+.eEtfnu/ aZ_\t\x01\x7f\xc3";

/// A small document of a large one: of each long list a few elements.
pub fn excerpt(json: &Json, random: &mut fastrand::Rng) -> Json {
    match json {
        Json::List(list) => {
            let most = if matches!(list.first(), Some(Json::Object(fields)) if fields.iter().any(|(key, _)| key == "key")) { 8 } else { 2 };
            let from = if list.len() > most { random.usize(0..=list.len() - most) } else { 0 };
            Json::List(list.iter().skip(from).take(most).map(|element| excerpt(element, random)).collect())
        }
        Json::Object(fields) => Json::Object(fields.iter().map(|(key, value)| (key.clone(), excerpt(value, random))).collect()),
        Json::Text(raw) if raw.len() > 300 && !raw.contains('\\') => Json::Text(raw.chars().take(300).collect()),
        same => same.clone(),
    }
}

/// The document with some bytes changed, if it is one still.
pub fn of_bytes(document: &Json, random: &mut fastrand::Rng) -> Option<Json> {
    let mut text = String::new();
    document.write(&mut text);
    let mut bytes = text.into_bytes();
    for _ in 0..random.usize(1..4) {
        let at = random.usize(0..bytes.len());
        match random.u8(0..5) {
            0 => drop(bytes.remove(at)),
            1 => bytes.insert(at, BYTES[random.usize(0..BYTES.len())]),
            2 => {
                let piece = bytes[at..bytes.len().min(at + random.usize(1..30))].to_vec();
                let to = random.usize(0..bytes.len());
                drop(bytes.splice(to..to, piece));
            }
            _ => bytes[at] = BYTES[random.usize(0..BYTES.len())],
        }
    }
    let mut documents = json::documents(std::str::from_utf8(&bytes).ok()?)?;
    if documents.len() == 1 { documents.pop() } else { None }
}

/// The document with a value of it replaced, doubled or lost.
pub fn of_values(document: &Json, random: &mut fastrand::Rng) -> Json {
    let mut changed = document.clone();
    for _ in 0..random.usize(1..4) {
        let number = count(&changed);
        let mut at = random.usize(0..number);
        let other = pick(document, random.usize(0..count(document))).clone();
        change(&mut changed, &mut at, &other, random);
    }
    changed
}

fn children(json: &Json) -> Box<dyn Iterator<Item = &Json> + '_> {
    match json {
        Json::List(list) => Box::new(list.iter()),
        Json::Object(fields) => Box::new(fields.iter().map(|(_, value)| value)),
        _ => Box::new(std::iter::empty()),
    }
}

fn count(json: &Json) -> usize {
    1 + children(json).map(count).sum::<usize>()
}

fn pick(json: &Json, mut at: usize) -> &Json {
    if at == 0 {
        return json;
    }
    at -= 1;
    for child in children(json) {
        let size = count(child);
        if at < size {
            return pick(child, at);
        }
        at -= size;
    }
    json
}

fn change(json: &mut Json, at: &mut usize, other: &Json, random: &mut fastrand::Rng) {
    if *at == 0 {
        match (random.u8(0..6), &mut *json) {
            (0, Json::List(list)) if !list.is_empty() => drop(list.remove(random.usize(0..list.len()))),
            (0, Json::Object(fields)) if !fields.is_empty() => drop(fields.remove(random.usize(0..fields.len()))),
            (1, Json::List(list)) => list.push(other.clone()),
            (1, Json::Object(fields)) if !fields.is_empty() => {
                let key = fields[random.usize(0..fields.len())].0.clone();
                fields.push((key, other.clone()));
            }
            (2, Json::Object(fields)) => random.shuffle(fields),
            (3, Json::Text(raw)) => *json = Json::Text(format!("{raw}\\u00e9\\\"")),
            (4, _) => *json = Json::Null,
            _ => other.clone_into(json),
        }
        return;
    }
    *at -= 1;
    let children: Vec<&mut Json> = match json {
        Json::List(list) => list.iter_mut().collect(),
        Json::Object(fields) => fields.iter_mut().map(|(_, value)| value).collect(),
        _ => return,
    };
    for child in children {
        let size = count(child);
        if *at < size {
            return change(child, at, other, random);
        }
        *at -= size;
    }
}
