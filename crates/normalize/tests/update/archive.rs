//! The sample archive as pieces that can be moved: to other days, stretched over several of them, and under other ids.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

const DAY_NS: i64 = 86_400_000_000_000;
/// 2026-11-23, days after 1970-01-01.
const FIRST_DAY: i64 = 20_780;

/// A request of the archive.
#[derive(Debug, Clone)]
pub struct Piece {
    /// Which copy of a scenario it is of.
    pub copy: usize,
    /// 0 for logs, 1 for traces, 2 for metrics.
    pub signal: u8,
    /// Its first time.
    pub time: i64,
    /// One line of JSON.
    pub line: String,
}

/// What one program sent.
#[derive(Debug, Default)]
struct Scenario {
    /// Signal and request.
    requests: Vec<(u8, Value)>,
    first: i64,
    last: i64,
}

/// All of them.
#[derive(Debug)]
pub struct Archive(Vec<Scenario>);

/// How a copy differs from its scenario.
struct Change {
    copy: u64,
    from: i64,
    to: i64,
    factor: i64,
    /// Its ids are its own.
    renamed: bool,
    /// So is its process.
    own_process: bool,
    /// So are its MCP servers.
    own_servers: bool,
    /// Its service is called so.
    service: Option<&'static str>,
}

impl Archive {
    /// Reads the samples.
    pub fn read() -> Archive {
        let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../data");
        let mut scenarios: BTreeMap<String, Scenario> = BTreeMap::new();
        for path in ["sample", "agents", "conventions"].into_iter().flat_map(|folder| files(&data.join(folder))) {
            let name = path.to_string_lossy().into_owned();
            let Some((signal, scenario)) = ["logs.", "traces.", "metrics."].iter().zip(0..).find_map(|(word, signal)| {
                let (scenario, _) = name.rsplit_once(word)?;
                Some((signal, scenario.to_owned()))
            }) else {
                continue;
            };
            let Some(text) = text(&path) else { continue };
            let scenario = scenarios.entry(scenario).or_default();
            scenario.requests.extend(text.lines().map(|line| (signal, serde_json::from_str(line).unwrap())));
        }
        let mut scenarios: Vec<Scenario> = scenarios.into_values().collect();
        for scenario in &mut scenarios {
            let mut times = Vec::new();
            scenario.requests.iter().for_each(|(_, request)| all_times(request, &mut times));
            (scenario.first, scenario.last) = (times.iter().copied().min().unwrap_or(0), times.iter().copied().max().unwrap_or(0));
        }
        scenarios.retain(|scenario| scenario.first > 0);
        assert!(scenarios.len() > 15, "{} scenarios", scenarios.len());
        Archive(scenarios)
    }

    /// A scenario whole on a day, under ids of its own; one in five goes on over midnight.
    pub fn copy_of(&self, random: &mut fastrand::Rng, copy: usize, day: i64) -> Vec<Piece> {
        let scenario = &self.0[random.usize(0..self.0.len())];
        let (length, start) = (scenario.last - scenario.first, (FIRST_DAY + day) * DAY_NS);
        let to = if random.u8(0..5) == 0 { start - random.i64(0..length.max(1)) } else { start + random.i64(0..DAY_NS - length.min(DAY_NS - 1)) };
        let copied = random.u64(..);
        let change =
            Change { copy: copied, from: scenario.first, to, factor: 1, renamed: true, own_process: true, own_servers: false, service: None };
        let piece = |(signal, request): &(u8, Value)| {
            let mut request = request.clone();
            change.apply(&mut request);
            Piece { copy, signal: *signal, time: to, line: request.to_string() }
        };
        scenario.requests.iter().map(piece).collect()
    }

    /// A scenario somewhere else: whole or without much of it, in requests or record by record.
    pub fn copy(&self, random: &mut fastrand::Rng, copy: usize) -> Vec<Piece> {
        let scenario = &self.0[random.usize(0..self.0.len())];
        let factor = [1, 1, 300, 3000, 20_000][random.usize(0..5)];
        let day = (FIRST_DAY + random.i64(0..5)) * DAY_NS;
        let length = (scenario.last - scenario.first).max(1) * factor;
        // as often as not midnight comes while it goes on
        let to = if random.bool() { day - random.i64(0..length) } else { day + random.i64(0..DAY_NS) };
        let change = Change {
            copy: random.u64(..),
            from: scenario.first,
            to,
            factor,
            renamed: random.u8(0..5) > 0,
            own_process: random.bool(),
            own_servers: random.u8(0..8) == 0,
            service: (random.u8(0..10) == 0).then(|| ["acme", "my-agent"][random.usize(0..2)]),
        };
        let keep = random.u8(1..=4);
        let by_record = random.bool();
        let mut pieces = Vec::new();
        for (signal, request) in &scenario.requests {
            let requests = if by_record || keep < 4 { records(request) } else { vec![request.clone()] };
            for mut request in requests {
                if keep < 4 && random.u8(0..4) > keep && *signal == 1 {
                    continue;
                }
                change.apply(&mut request);
                let mut times = Vec::new();
                all_times(&request, &mut times);
                let time = times.into_iter().min().unwrap_or(0);
                pieces.push(Piece { copy, signal: *signal, time, line: request.to_string() });
            }
        }
        pieces
    }
}

impl Change {
    fn time(&self, time: i64) -> i64 {
        if time == 0 { 0 } else { self.to + (time - self.from) * self.factor }
    }

    fn apply(&self, value: &mut Value) {
        match value {
            Value::Object(map) => {
                let is_service = map.get("key").and_then(Value::as_str) == Some("service.name");
                for (key, value) in map.iter_mut() {
                    if key.ends_with("UnixNano") {
                        let time = nanos(value).unwrap_or(0);
                        *value = Value::String(self.time(time).to_string());
                    } else if let (true, "value", Some(service)) = (is_service, key.as_str(), self.service) {
                        *value = serde_json::json!({ "stringValue": service });
                    } else {
                        self.apply(value);
                    }
                }
            }
            Value::Array(values) => values.iter_mut().for_each(|value| self.apply(value)),
            Value::String(text) => *text = self.text(text),
            _ => {}
        }
    }

    fn text(&self, text: &str) -> String {
        if let Some(time) = moment(text) {
            return stamp(self.time(time));
        }
        let mut text = text.to_owned();
        if self.own_process && text.starts_with("copilot-otel-") {
            text.push_str(&format!("-{}", self.copy % 1000));
        }
        if self.own_servers {
            text = text.replace("ticketdesk", "ticketshelf").replace("demo", "demon");
        }
        if self.renamed { self.ids(&text) } else { text }
    }

    /// The text with other ids: hex of the usual lengths, and UUIDs.
    fn ids(&self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let is_id = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c) || c == '-';
        let mut rest = text;
        while let Some(start) = rest.find(is_id) {
            let (before, from) = rest.split_at(start);
            let (run, after) = from.split_at(from.find(|c| !is_id(c)).unwrap_or(from.len()));
            out.push_str(before);
            let digits = run.bytes().filter(|b| *b != b'-').count();
            let uuid = run.len() == 36 && run.bytes().filter(|b| *b == b'-').count() == 4;
            let plain = digits == run.len() && [16, 20, 32].contains(&digits);
            let inside = before.ends_with(|c: char| c.is_ascii_alphanumeric()) || after.starts_with(|c: char| c.is_ascii_alphanumeric());
            if (uuid || plain) && !inside {
                self.other(run, &mut out)
            } else {
                out.push_str(run)
            }
            rest = after;
        }
        out.push_str(rest);
        out
    }

    fn other(&self, id: &str, out: &mut String) {
        let seed = id.bytes().fold(self.copy, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        let mut random = fastrand::Rng::with_seed(seed);
        out.extend(id.chars().map(|c| if c == '-' { c } else { char::from_digit(random.u32(0..16), 16).unwrap() }));
    }
}

/// One request a record.
fn records(request: &Value) -> Vec<Value> {
    let mut requests = Vec::new();
    for (of_resources, of_scopes, list) in
        [("resourceLogs", "scopeLogs", "logRecords"), ("resourceSpans", "scopeSpans", "spans"), ("resourceMetrics", "scopeMetrics", "metrics")]
    {
        for resource in request[of_resources].as_array().into_iter().flatten() {
            let around = without(resource, of_scopes);
            for scope in resource[of_scopes].as_array().into_iter().flatten() {
                let within = without(scope, list);
                for record in scope[list].as_array().into_iter().flatten() {
                    let (mut one, mut around) = (within.clone(), around.clone());
                    one[list] = Value::Array(vec![record.clone()]);
                    around[of_scopes] = Value::Array(vec![one]);
                    requests.push(serde_json::json!({ of_resources: [around] }));
                }
            }
        }
    }
    requests
}

fn without(object: &Value, key: &str) -> Value {
    Value::Object(object.as_object().unwrap().iter().filter(|(k, _)| *k != key).map(|(k, v)| (k.clone(), v.clone())).collect())
}

fn all_times(value: &Value, times: &mut Vec<i64>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                if key.ends_with("UnixNano") { times.extend(nanos(value).filter(|t| *t > 0)) } else { all_times(value, times) }
            }
        }
        Value::Array(values) => values.iter().for_each(|value| all_times(value, times)),
        _ => {}
    }
}

fn nanos(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// A time in RFC 3339, in UTC.
fn moment(text: &str) -> Option<i64> {
    let (date, rest) = text.strip_suffix('Z')?.split_once('T')?;
    let day = i64::from(tracemill_model::date::day_named(date)?);
    let (clock, fraction) = rest.split_once('.').unwrap_or((rest, "0"));
    let mut seconds = 0;
    for part in clock.split(':') {
        seconds = seconds * 60 + part.parse::<i64>().ok()?;
    }
    let nanos: i64 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
    Some(day * DAY_NS + seconds * 1_000_000_000 + nanos)
}

fn stamp(time: i64) -> String {
    let (day, rest) = (time.div_euclid(DAY_NS), time.rem_euclid(DAY_NS));
    let seconds = rest / 1_000_000_000;
    let date = tracemill_model::date::day_name(day as i32);
    format!("{date}T{:02}:{:02}:{:02}.{:09}Z", seconds / 3600, seconds / 60 % 60, seconds % 60, rest % 1_000_000_000)
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

/// The text of a file of JSON lines; `None` for one in another form.
fn text(path: &Path) -> Option<String> {
    let bytes = fs::read(path).unwrap();
    let mut text = String::new();
    let name = path.to_string_lossy();
    if name.ends_with(".jsonl.gz") {
        flate2::read::GzDecoder::new(bytes.as_slice()).read_to_string(&mut text).unwrap();
    } else if name.ends_with(".jsonl.zst") {
        text = String::from_utf8(zstd::decode_all(bytes.as_slice()).unwrap()).unwrap();
    } else if name.ends_with(".jsonl") {
        text = String::from_utf8(bytes).unwrap();
    } else {
        return None;
    }
    Some(text)
}
