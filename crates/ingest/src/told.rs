//! What is found out about a source beside its records: the forms its requests have, what these forms lose, and what a reader must know
//! before trusting the figures. Border: words; who shows them is `inspect`'s and the program's business.

use std::collections::BTreeMap;

use crate::names::Names;

/// See the module.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Told {
    /// Forms of the requests, with version where it shows: `OTLP JSON`, `Loki query_range`, `Tempo block vParquet4`.
    pub forms: Names,
    /// What these forms do not hold of the original telemetry.
    pub lacks: Names,
    /// What makes figures from this source wrong or incomplete unless something is done; told at once, and how.
    pub warnings: Names,
    /// Records of forms that stop at a limit unless asked for more: by warning, how many there are, and the limit.
    limited: BTreeMap<&'static str, (u64, u64)>,
}

impl Told {
    /// A request of this form was read.
    pub fn form(&mut self, form: &str) {
        self.forms.add(form);
    }

    /// The form does not hold this.
    pub fn lacks(&mut self, what: &str) {
        self.lacks.add(what);
    }

    /// A reader must know this.
    pub fn warn(&mut self, warning: &str) {
        self.warnings.add(warning);
    }

    /// Something was read over that has no place in the form.
    pub fn left_out(&mut self, what: &str) {
        self.warn(&format!("fields that OTLP does not have are left out: {what}"));
    }

    /// A record was read of a form that has so many unless more are asked for; where it ends up with just so many, a reader is warned.
    pub fn limited(&mut self, limit: u64, warning: &'static str) {
        self.limited.entry(warning).or_insert((0, limit)).0 += 1;
    }

    /// What is to be told when the source has been read to its end.
    pub fn ended(&self) -> Told {
        let mut told = Told::default();
        self.limited.iter().filter(|(_, (records, limit))| records == limit).for_each(|(warning, _)| told.warn(warning));
        told
    }

    /// Adds what was found out elsewhere.
    pub fn merge(&mut self, other: Told) {
        for (warning, (records, limit)) in other.limited {
            self.limited.entry(warning).or_insert((0, limit)).0 += records;
        }
        self.forms.merge(other.forms);
        self.lacks.merge(other.lacks);
        self.warnings.merge(other.warnings);
    }
}
