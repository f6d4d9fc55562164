//! Which release's numbering a protobuf request of profiles has. The wire type of a field tells, where the same number stood for different
//! things; nothing else does, because the requests of all releases look alike.
//!
//! | | 1.8 | 1.9 | 1.10 |
//! |---|---|---|---|
//! | `Sample.values` | 2 | 2 | 4 |
//! | `Sample.attribute_indices` | 3 | 3 | 2 |
//! | `Sample.link_index` | 4 | 4 | 3 |
//! | `Profile.comment_strindices` | 7 | – | – |
//! | `Profile.profile_id` | 8 | 7 | 7 |
//! | `Profile.dropped_attributes_count` | 9 | 8 | 8 |
//! | `Profile.original_payload_format` | 10 | 9 | 9 |
//! | `Profile.original_payload` | 11 | 10 | 10 |
//! | `Profile.attribute_indices` | 12 | 11 | 11 |

use super::{DecodeError, Message, OLD, Result, Value, ints};

/// A layout, as far as it matters for the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layout {
    /// Whether profiles are those of 1.8; `None` where none of their fields tells, so that none is read either.
    old_profiles: Option<bool>,
    /// Whether samples are those before 1.10; `None` likewise.
    old_samples: Option<bool>,
}

/// Numbers of the fields of a profile that were moved.
pub struct ProfileNumbers {
    pub comments: Option<u32>,
    pub profile_id: u32,
    pub dropped_attributes: u32,
    pub format: u32,
    pub payload: u32,
    pub attributes: u32,
}

/// Numbers of the fields of a sample that were moved.
pub struct SampleNumbers {
    pub values: u32,
    pub attributes: u32,
    pub link: u32,
}

impl Layout {
    /// The form's name.
    pub fn name(self) -> &'static str {
        match (self.old_profiles, self.old_samples) {
            (Some(true), _) => "OTLP protobuf profiles, 1.8",
            (_, Some(false)) => "OTLP protobuf profiles, 1.10",
            (Some(false), Some(true)) => "OTLP protobuf profiles, 1.9",
            (None, Some(true)) => "OTLP protobuf profiles, 1.8 or 1.9",
            (Some(false), None) => "OTLP protobuf profiles, 1.9 or later",
            (None, None) => "OTLP protobuf profiles",
        }
    }

    /// The numbers of a profile.
    pub fn profile(self) -> ProfileNumbers {
        let first = if self.old_profiles == Some(true) { 8 } else { 7 };
        let comments = (first == 8).then_some(7);
        ProfileNumbers { comments, profile_id: first, dropped_attributes: first + 1, format: first + 2, payload: first + 3, attributes: first + 4 }
    }

    /// The numbers of a sample.
    pub fn sample(self) -> SampleNumbers {
        match self.old_samples {
            Some(true) => SampleNumbers { values: 2, attributes: 3, link: 4 },
            _ => SampleNumbers { values: 4, attributes: 2, link: 3 },
        }
    }
}

/// What was seen that only one layout has.
#[derive(Debug, Default)]
struct Evidence {
    old_profiles: bool,
    new_profiles: bool,
    old_samples: bool,
    new_samples: bool,
    /// A sample that could be either.
    open: bool,
    /// Such a sample has a number that is no attribute of the dictionary.
    no_attribute: bool,
}

/// The layout of a request whose dictionary has so many attributes.
///
/// # Errors
///
/// Where it is one of before 1.8, or where fields of several layouts are found, or of none that could be told.
pub fn of_request(message: &Message, attributes: usize) -> Result<Layout> {
    let mut seen = Evidence::default();
    let mut request = message.clone();
    while let Some((number, value)) = request.field()? {
        let (1, Value::Bytes(resource)) = (number, value) else { continue };
        let mut resource = request.nested(resource);
        while let Some((number, value)) = resource.field()? {
            let (2, Value::Bytes(scope)) = (number, value) else { continue };
            let mut scope = resource.nested(scope);
            while let Some((number, value)) = scope.field()? {
                if let (2, Value::Bytes(profile)) = (number, value) {
                    seen.profile(scope.nested(profile), attributes)?;
                }
            }
        }
    }
    let refused = |reason: &str| Err(DecodeError::syntax(message.position(), reason.to_owned()));
    let mixed = seen.old_profiles && seen.new_profiles || seen.new_samples && (seen.old_samples || seen.old_profiles);
    if mixed {
        return refused("profiles with fields of more than one release of OTLP");
    }
    let old = seen.old_samples || seen.old_profiles || seen.open && seen.no_attribute;
    if seen.open && !old && !seen.new_samples {
        let reason =
            "samples that OTLP 1.9 and 1.10 read differently, and nothing tells of which they are; export them as JSON, where fields have names";
        return refused(reason);
    }
    Ok(Layout { old_profiles: told(seen.old_profiles, seen.new_profiles), old_samples: told(old, seen.new_samples) })
}

fn told(old: bool, new: bool) -> Option<bool> {
    (old || new).then_some(old)
}

impl Evidence {
    fn profile(&mut self, mut profile: Message, attributes: usize) -> Result<()> {
        let mut old_id = None;
        while let Some((number, value)) = profile.field()? {
            match (number, value) {
                (2, Value::Bytes(sample)) => self.sample(profile.nested(sample), attributes)?,
                // before 1.8: location_indices 3, duration 5, period_type 6
                (3 | 6, Value::Bytes(_)) | (5, Value::Varint(_)) => return Err(DecodeError::syntax(profile.position(), OLD.to_owned())),
                (8, Value::Bytes(_)) | (9, Value::Varint(_)) | (12, _) => self.old_profiles = true,
                (8, Value::Varint(_)) | (9, Value::Bytes(_)) => self.new_profiles = true,
                // an id; or comments, which 1.8 has there
                (7, Value::Bytes(bytes)) if bytes.len() == 16 => {
                    // once, however often the field is repeated
                    let found = old_id.map_or_else(|| has_old_id(profile.clone()), Ok)?;
                    old_id = Some(found);
                    self.new_profiles |= !found;
                }
                (7, _) => self.old_profiles = true,
                _ => {}
            }
        }
        Ok(())
    }

    fn sample(&mut self, mut sample: Message, attributes: usize) -> Result<()> {
        let (mut old, mut new, mut timestamps, mut second) = (false, false, 0, Vec::new());
        while let Some((number, value)) = sample.field()? {
            match (number, value) {
                (2, value) => ints(&sample, value, &mut second)?,
                (3, Value::Varint(_)) | (4, Value::Bytes(_)) => new = true,
                (3, Value::Bytes(_)) | (4, Value::Varint(_)) => old = true,
                (5, Value::Bytes(bytes)) => timestamps += bytes.len() / 8,
                (5, _) => timestamps += 1,
                _ => {}
            }
        }
        // a sample has values or timestamps, and of both the same number: so field 2 holds values where there is no timestamp, and attributes
        // where there are more or fewer
        if !second.is_empty() && !old && !new {
            match timestamps {
                0 => old = true,
                n if n != second.len() => new = true,
                _ => {
                    self.open = true;
                    self.no_attribute |= second.iter().any(|n| !usize::try_from(*n).is_ok_and(|n| n < attributes));
                }
            }
        }
        self.old_samples |= old;
        self.new_samples |= new;
        Ok(())
    }
}

/// Whether a field behind is one that only 1.8 has.
fn has_old_id(mut rest: Message) -> Result<bool> {
    while let Some((number, value)) = rest.field()? {
        if matches!((number, value), (8, Value::Bytes(_)) | (9, Value::Varint(_)) | (12, _)) {
            return Ok(true);
        }
    }
    Ok(false)
}
