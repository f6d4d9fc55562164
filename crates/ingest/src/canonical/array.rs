//! JSON arrays of the small records that hang on a row: links, exemplars, quantiles. An array grows element by element in its text; one
//! without elements stays empty text.

use std::fmt::Write;

use super::{double, hex, int, string};
use crate::record::Number;

/// Appends a span link to a JSON array in the making: keys sorted, absent fields left out.
pub fn link(out: &mut String, trace_id: Option<[u8; 16]>, span_id: Option<[u8; 8]>, state: &str, flags: u32, dropped: u32, attributes: &str) {
    let mut object = begin_element(out);
    if !attributes.is_empty() && attributes != "{}" {
        object.field(out, "attributes").push_str(attributes);
    }
    for (name, number) in [("dropped_attributes_count", dropped), ("flags", flags)] {
        if number != 0 {
            int(object.field(out, name), number.into());
        }
    }
    object.id(out, "span_id", span_id);
    object.id(out, "trace_id", trace_id);
    if !state.is_empty() {
        string(object.field(out, "trace_state"), state);
    }
    out.push('}');
}

/// Appends an exemplar to a JSON array in the making: keys sorted, absent fields left out.
pub fn exemplar(out: &mut String, time_ns: u64, value: Option<Number>, trace_id: Option<[u8; 16]>, span_id: Option<[u8; 8]>, filtered: &str) {
    let mut object = begin_element(out);
    if !filtered.is_empty() && filtered != "{}" {
        object.field(out, "filtered_attributes").push_str(filtered);
    }
    object.id(out, "span_id", span_id);
    if time_ns != 0 {
        let _ = write!(object.field(out, "time_unix_nano"), "{time_ns}");
    }
    object.id(out, "trace_id", trace_id);
    match value {
        Some(Number::Int(value)) => int(object.field(out, "value"), value),
        Some(Number::Double(value)) => double(object.field(out, "value"), value),
        None => {}
    }
    out.push('}');
}

/// Appends a quantile of a summary to a JSON array in the making.
pub fn quantile(out: &mut String, quantile: f64, value: f64) {
    let mut object = begin_element(out);
    double(object.field(out, "quantile"), quantile);
    double(object.field(out, "value"), value);
    out.push('}');
}

/// Ends a JSON array in the making; one without elements stays empty text.
pub fn end_list(out: &mut String) {
    if !out.is_empty() {
        out.push(']');
    }
}

/// An object of a JSON array in the making.
struct Element {
    first: bool,
}

fn begin_element(out: &mut String) -> Element {
    out.push(if out.is_empty() { '[' } else { ',' });
    out.push('{');
    Element { first: true }
}

impl Element {
    fn field<'o>(&mut self, out: &'o mut String, name: &str) -> &'o mut String {
        if !self.first {
            out.push(',');
        }
        self.first = false;
        string(out, name);
        out.push(':');
        out
    }

    fn id<const N: usize>(&mut self, out: &mut String, name: &str, id: Option<[u8; N]>) {
        if let Some(id) = id {
            hex(self.field(out, name), &id);
        }
    }
}
