//! OTLP profiles as JSON.

use crate::decode::json::Fields;
use crate::decode::{DecodeError, Scratch, SetAside};
use crate::rows::Rows;

/// Whether a document is one of these.
pub fn recognises(_fields: &Fields) -> bool {
    false
}

/// Reads a document.
pub fn request<'a>(fields: &Fields<'a>, _scratch: &mut Scratch<'a>, _rows: &mut Rows, _aside: &mut SetAside) -> Result<(), DecodeError> {
    Err(DecodeError::syntax(fields.position(), "not read yet".to_owned()))
}
