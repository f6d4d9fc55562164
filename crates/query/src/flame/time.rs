//! The stacks of attributed time: from a span up to the root of its trace. Border: `latency` has the time, `spans` the way up.

use std::collections::{BTreeMap, HashMap};

use super::{Flame, frame};
use crate::catalog::Catalog;
use crate::error::QueryError;
use crate::filters::Filters;
use crate::timeline::Cells;

/// What a stack can be put below, beside the columns of `latency` themselves.
const SHORT: [(&str, &str); 3] = [("conversation", "conversation_id"), ("turn", "turn_id"), ("tool", "tool_name")];
/// Columns of `latency` that are words.
const WORDS: [&str; 10] = ["agent", "model", "category", "conversation_id", "turn_id", "tool_name", "mcp_server", "phase", "anomaly", "name"];
/// Frames of one stack; a path that is longer is cut at its root.
const DEEPEST: usize = 400;

/// A row of `latency`.
struct Share {
    parent: Option<(String, String)>,
    name: String,
    /// Tool, with its server.
    tool: Option<String>,
    category: String,
    attributed_ns: i64,
    below: Vec<String>,
}

pub(super) fn flame(catalog: &Catalog, filters: &Filters, by: &[String]) -> Result<Flame, QueryError> {
    let columns = by.iter().map(|word| column(word)).collect::<Result<Vec<_>, _>>()?;
    let below: String = columns.iter().enumerate().map(|(n, column)| format!(", l.{column} AS below{n}")).collect();
    // a span that was delivered in two versions has one parent
    let sql = format!(
        "SELECT l.trace_id AS trace_id, l.span_id AS span_id, s.parent_span_id AS parent_span_id, l.name AS name, l.category AS category,
            l.tool_name AS tool_name, l.mcp_server AS mcp_server, l.attributed_ns AS attributed_ns{below}
        FROM latency l
        LEFT JOIN (SELECT trace_id, span_id, MAX(parent_span_id) AS parent_span_id FROM spans GROUP BY trace_id, span_id) s
            ON l.trace_id = s.trace_id AND l.span_id = s.span_id
        WHERE l.turn_id IS NOT NULL
        ORDER BY l.start_time, l.span_id, l.name"
    );
    let answer = catalog.with_lookups(&sql, filters, &["spans"])?;
    let mut shares = Vec::with_capacity(answer.height());
    let mut places: HashMap<(String, String), usize> = HashMap::new();
    for row in Cells::rows(&answer) {
        let trace = row.text("trace_id");
        if let (Some(trace), Some(span)) = (&trace, row.text("span_id")) {
            let _ = places.insert((trace.clone(), span), shares.len());
        }
        let tool = row.text("tool_name").map(|tool| row.text("mcp_server").map_or_else(|| tool.clone(), |server| format!("{server}/{tool}")));
        shares.push(Share {
            parent: trace.zip(row.text("parent_span_id")),
            name: row.text("name").or_else(|| row.text("category")).unwrap_or_default(),
            tool,
            category: row.text("category").unwrap_or_default(),
            attributed_ns: row.int("attributed_ns").unwrap_or(0),
            below: (0..columns.len()).map(|n| row.text(&format!("below{n}")).unwrap_or_else(|| "(none)".to_owned())).collect(),
        });
    }
    let mut flame = Flame { what: "attributed time of turns".to_owned(), unit: "ns".to_owned(), ..Flame::default() };
    let mut weights: BTreeMap<(String, String), i64> = BTreeMap::new();
    for share in shares.iter().filter(|s| s.attributed_ns != 0) {
        let mut stack: Vec<String> = share.below.clone();
        stack.extend(path(&shares, &places, share));
        if let Some(leaf) = stack.last() {
            *weights.entry((frame(leaf), share.category.clone())).or_insert(0) += share.attributed_ns;
        }
        flame.add(&stack, share.attributed_ns);
    }
    let mut greatest: BTreeMap<String, (i64, String)> = BTreeMap::new();
    for ((name, category), weight) in weights {
        let entry = greatest.entry(name).or_insert((i64::MIN, String::new()));
        if weight > entry.0 {
            *entry = (weight, category);
        }
    }
    flame.categories = greatest.into_iter().map(|(name, (_, category))| (name, category)).collect();
    Ok(flame)
}

fn column(word: &str) -> Result<&str, QueryError> {
    let column = SHORT.iter().find(|(short, _)| *short == word).map_or(word, |(_, column)| column);
    if WORDS.contains(&column) {
        return Ok(column);
    }
    let known = WORDS.iter().map(|w| (*w).to_owned()).collect();
    Err(QueryError::By { name: word.to_owned(), report: "flamegraph".to_owned(), known })
}

/// The names from the root down to the share's own. A tool is a frame of its own above the outermost of its spans.
fn path(shares: &[Share], places: &HashMap<(String, String), usize>, share: &Share) -> Vec<String> {
    let mut up: Vec<&Share> = vec![share];
    while let Some(parent) = up.last().and_then(|s| s.parent.as_ref()).and_then(|key| places.get(key)).map(|n| &shares[*n]) {
        // a span that is its own ancestor would go round for ever
        if up.len() == DEEPEST || up.iter().any(|s| std::ptr::eq(*s, parent)) {
            break;
        }
        up.push(parent);
    }
    let mut frames = Vec::with_capacity(up.len() + 1);
    let mut above: Option<&str> = None;
    for share in up.into_iter().rev() {
        if let Some(tool) = share.tool.as_deref().filter(|t| above != Some(t)) {
            frames.push(format!("tool {tool}"));
        }
        above = share.tool.as_deref();
        frames.push(share.name.clone());
    }
    frames
}
