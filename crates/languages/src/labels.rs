//! A set of labels. Border: names and values as given; what a name may look like is each language's business.

use std::sync::Arc;

/// Names and values, sorted by name, each name once, without empty values (an empty label is no label, in Prometheus and Loki).
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Labels(Vec<(Arc<str>, Arc<str>)>);

impl Labels {
    /// The value of a label; `""` where there is none.
    pub fn get(&self, name: &str) -> &str {
        self.0.binary_search_by(|(n, _)| (**n).cmp(name)).map_or("", |i| &self.0[i].1)
    }

    /// Sets a label; an empty value takes it away.
    pub fn set(&mut self, name: &str, value: &str) {
        match self.0.binary_search_by(|(n, _)| (**n).cmp(name)) {
            Ok(at) if value.is_empty() => {
                let _ = self.0.remove(at);
            }
            Ok(at) => self.0[at].1 = Arc::from(value),
            Err(_) if value.is_empty() => {}
            Err(at) => self.0.insert(at, (Arc::from(name), Arc::from(value))),
        }
    }

    /// The labels of which the names are kept.
    pub fn keeping(&self, mut keep: impl FnMut(&str) -> bool) -> Labels {
        Labels(self.0.iter().filter(|(n, _)| keep(n)).cloned().collect())
    }

    /// Names and values, in the order of the names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(n, v)| (&**n, &**v))
    }

    /// Number of labels.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl<N: AsRef<str>, V: AsRef<str>> FromIterator<(N, V)> for Labels {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(labels: I) -> Labels {
        let mut set = Labels::default();
        for (name, value) in labels {
            set.set(name.as_ref(), value.as_ref());
        }
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_stands_and_an_empty_one_is_none() {
        let mut labels = Labels::from_iter([("b", "1"), ("a", "2"), ("b", "3"), ("c", "")]);
        assert_eq!(labels.iter().collect::<Vec<_>>(), [("a", "2"), ("b", "3")]);
        labels.set("a", "");
        assert_eq!((labels.get("a"), labels.get("b"), labels.len()), ("", "3", 1));
        assert!(labels.keeping(|n| n == "x").is_empty());
    }
}
