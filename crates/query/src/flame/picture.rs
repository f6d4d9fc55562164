//! The picture of a flame graph. Border: colours and titles; drawing is `inferno`'s.

use inferno::flamegraph::color::{BasicPalette, Color, Palette, PaletteMap};
use inferno::flamegraph::{Options, from_lines};

use super::Flame;
use crate::error::QueryError;

/// Colours of the categories of time, the same in every picture.
const COLOURS: [(&str, [u8; 3]); 9] = [
    ("model", [122, 167, 232]),
    ("network", [140, 208, 218]),
    ("tool", [134, 201, 153]),
    ("mcp", [201, 160, 230]),
    ("approval", [232, 196, 112]),
    ("startup", [231, 160, 130]),
    ("session", [190, 196, 150]),
    ("internal", [190, 197, 208]),
    ("unobserved", [225, 225, 225]),
];
/// Pixels; a page of 1,280 has room for it.
const WIDTH: usize = 1200;

pub(super) fn svg(flame: &Flame) -> Result<Vec<u8>, QueryError> {
    let mut palette = PaletteMap::default();
    for (name, category) in &flame.categories {
        if let Some((_, [r, g, b])) = COLOURS.iter().find(|(word, _)| word == category) {
            let _ = palette.insert(name, Color { r: *r, g: *g, b: *b });
        }
    }
    let time = flame.unit == "ns";
    let mut options = Options::default();
    options.title = format!("tracemill: {}", flame.what);
    options.subtitle = time.then(|| format!("{:.3} s; a frame is as wide as its share of the turns' time", flame.total() as f64 / 1e9));
    options.image_width = Some(WIDTH);
    options.deterministic = true;
    options.hash = true;
    options.colors = Palette::Basic(BasicPalette::Aqua);
    options.palette_map = Some(&mut palette);
    options.font_type = "system-ui, sans-serif".to_owned();
    (options.count_name, options.factor) = if time { ("ms".to_owned(), 1e-6) } else { (flame.unit.clone(), 1.0) };
    let folded = flame.folded();
    if folded.is_empty() {
        return Err(QueryError::Sql("no time to draw: no turn has attributed time under these filters".to_owned()));
    }
    let mut out = Vec::new();
    from_lines(&mut options, folded.lines(), &mut out).map_err(|e| QueryError::Page(e.to_string()))?;
    Ok(out)
}
