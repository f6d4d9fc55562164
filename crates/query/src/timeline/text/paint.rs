//! Bars of letters, and their colours. Border: a bar's place is given as fractions; the words beside it are `text`'s business.

use console::Style;

use crate::timeline::waterfall::{Bar, Class};

/// Columns of a bar.
pub(super) const WIDTH: usize = 24;
/// Columns before it: the offset and two spaces.
const BEFORE: usize = super::OFFSET + 2;

/// The bar; full blocks on the critical path, light ones beside it.
pub(super) fn drawn(bar: &Bar<'_>) -> String {
    let Some((from, to)) = bar.place else { return " ".repeat(WIDTH) };
    // even the shortest is to be seen
    let first = ((from * WIDTH as f64) as usize).min(WIDTH - 1);
    let end = ((to * WIDTH as f64).ceil() as usize).clamp(first + 1, WIDTH);
    let letter = match (bar.class, bar.critical) {
        (Class::Turn, _) => '━',
        (Class::Other, _) => '◆',
        (_, true) => '█',
        (_, false) => '▒',
    };
    (0..WIDTH).map(|n| if (first..end).contains(&n) { letter } else { ' ' }).collect()
}

/// The line with its bar in the colour of its class, and what failed in red.
pub(super) fn painted(line: &str, bar: &Bar<'_>, colour: bool) -> String {
    if !colour {
        return line.to_owned();
    }
    let at = |n: usize| line.char_indices().nth(n).map_or(line.len(), |(at, _)| at);
    let (before, rest) = line.split_at(at(BEFORE));
    let (drawn, after) = rest.split_at(at(BEFORE + WIDTH) - before.len());
    let plain = Style::new().force_styling(true);
    let of_class = match bar.class {
        Class::Turn => plain.clone().bold(),
        Class::Model => plain.clone().blue(),
        Class::Tool => plain.clone().green(),
        Class::Mcp => plain.clone().magenta(),
        Class::Refused => plain.clone().yellow(),
        Class::Conversation => plain.clone().cyan(),
        Class::Other => plain.clone().dim(),
    };
    let of_words = match bar.class {
        _ if bar.failed => plain.red(),
        Class::Turn => plain.bold(),
        Class::Refused => plain.yellow(),
        Class::Other => plain.dim(),
        _ => return format!("{before}{}{after}", of_class.apply_to(drawn)),
    };
    format!("{before}{}{}", of_class.apply_to(drawn), of_words.apply_to(after))
}
