//! Durations as the three languages write them: `1h30m`, `250ms`, `1d`, `1.5s`. Border: text in, nanoseconds out.

/// Units with their nanoseconds, the longer names first where one begins another.
const UNITS: [(&str, f64); 10] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 60e9),
    ("h", 3600e9),
    ("d", 86_400e9),
    ("w", 604_800e9),
    ("y", 31_536_000e9),
];

/// Nanoseconds of a duration at the beginning of the text, with the length of its text in bytes; `None` where there is none.
pub fn leading(text: &str) -> Option<(i64, usize)> {
    let (mut at, mut total) = (0, 0.0);
    loop {
        let rest = &text[at..];
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let Ok(number) = rest[..digits].parse::<f64>() else { break };
        let letters: &str = &rest[digits..];
        let word = letters.len() - letters.trim_start_matches(char::is_alphabetic).len();
        let Some((_, unit)) = UNITS.iter().find(|(name, _)| *name == &letters[..word]) else { break };
        total += number * unit;
        at += digits + word;
    }
    (at > 0 && total.abs() < 9.2e18).then_some((total as i64, at))
}

/// Nanoseconds of a text that is a duration and nothing else.
pub fn whole(text: &str) -> Option<i64> {
    leading(text).filter(|(_, length)| *length == text.len()).map(|(ns, _)| ns)
}

/// A length of time for people: its two greatest units.
pub fn shown(ns: i64) -> String {
    let seconds = ns / 1_000_000_000;
    match seconds {
        0 => format!("{} ms", ns / 1_000_000),
        1..60 => format!("{seconds} s"),
        60..3600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..86_400 => format!("{} h {} min", seconds / 3600, seconds / 60 % 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds / 3600 % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        assert_eq!(whole("1h30m"), Some(5_400_000_000_000));
        assert_eq!(whole("1.5s"), Some(1_500_000_000));
        assert_eq!(whole("250ms"), Some(250_000_000));
        assert_eq!(leading("5m]"), Some((300_000_000_000, 2)));
        assert_eq!((whole("5"), whole("m"), whole("5mm"), whole("")), (None, None, None, None));
    }
}
