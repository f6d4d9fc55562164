//! PromQL's functions (Prometheus 3, "Query functions"). Border: which takes what; ranges and histograms are computed in files of their own.

mod buckets;
mod labels;
mod range;
#[cfg(test)]
mod tests;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use promql_parser::parser::{Call, Expr};

use super::evaluate::{Now, Range, Run, unique, unnamed, wrong};
use crate::error::Error;
use crate::labels::Labels;
use crate::vector::{Sample, Value};

/// Functions that are not evaluated, with what to ask instead.
pub(super) fn missing(name: &str) -> Option<&'static str> {
    Some(match name {
        "info" => "join with `* on (job, instance) group_left (…) target_info`",
        "sort_by_label" | "sort_by_label_desc" => "sort the rows of the answer by the label's column",
        "double_exponential_smoothing" | "holt_winters" => "use avg_over_time, deriv or predict_linear",
        "histogram_quantiles" => "ask for each quantile with histogram_quantile",
        "mad_over_time" => "use stddev_over_time or quantile_over_time",
        "ts_of_max_over_time" | "ts_of_min_over_time" | "ts_of_last_over_time" | "ts_of_first_over_time" => {
            "select the samples themselves, as in `x[1h]`"
        }
        "step" | "range" | "start" | "end" | "max_of" | "min_of" | "integral" => "write the number itself",
        _ => return None,
    })
}

/// Calls a function at a moment.
pub(super) fn call(run: &Run, call: &Call, time: i64) -> Result<Now, Error> {
    let arguments: Vec<&Expr> = call.args.args.iter().map(|a| inside(a)).collect();
    let name = call.func.name;
    let number = |n: usize| run.scalar(arguments[n], time);
    let vector = |n: usize| run.vector(arguments[n], time);
    let mapped = |samples: Vec<Sample>, f: &dyn Fn(f64) -> f64| {
        let made = samples.into_iter().filter_map(|s| Some(Sample::float(unnamed(&s.labels), f(s.value.float()?))));
        unique(made.collect()).map(Now::Vector)
    };
    if let Some(f) = of_number(name) {
        return mapped(vector(0)?, &f);
    }
    if let Some(part) = date_part(name) {
        let samples = if arguments.is_empty() { vec![Sample::float(Labels::default(), time as f64 / 1e3)] } else { vector(0)? };
        return mapped(samples, &|seconds| Timestamp::from_second(seconds as i64).map_or(f64::NAN, &part));
    }
    Ok(match name {
        "time" => Now::Scalar(time as f64 / 1e3),
        "pi" => Now::Scalar(std::f64::consts::PI),
        "vector" => Now::Vector(vec![Sample::float(Labels::default(), number(0)?)]),
        "scalar" => {
            let samples = vector(0)?;
            let mut floats = samples.iter().filter_map(|s| s.value.float());
            Now::Scalar(match (floats.next(), floats.next()) {
                (Some(value), None) => value,
                _ => f64::NAN,
            })
        }
        "timestamp" => Now::Vector(unique(match arguments[0] {
            // of a selector the samples' own times, of everything else the moment
            Expr::VectorSelector(selector) => run.instant(selector, time, |labels, at, _| Sample::float(unnamed(&labels), at as f64 / 1e3)),
            other => run.vector(other, time)?.into_iter().map(|s| Sample::float(unnamed(&s.labels), time as f64 / 1e3)).collect(),
        })?),
        "absent" => Now::Vector(if vector(0)?.is_empty() { vec![Sample::float(labels::of_selector(arguments[0]), 1.0)] } else { Vec::new() }),
        "sort" | "sort_desc" => {
            let mut samples: Vec<Sample> = vector(0)?.into_iter().filter(|s| s.value.float().is_some()).collect();
            let key = |s: &Sample| s.value.float().unwrap_or(f64::NAN);
            samples.sort_by(|a, b| {
                let order = if name == "sort" { key(a).total_cmp(&key(b)) } else { key(b).total_cmp(&key(a)) };
                // NaN stands last, whichever way is sorted
                key(a).is_nan().cmp(&key(b).is_nan()).then(order)
            });
            Now::Vector(samples)
        }
        "clamp" => {
            let (low, high) = (number(1)?, number(2)?);
            return if low > high {
                Ok(Now::Vector(Vec::new()))
            } else {
                mapped(vector(0)?, &|v| if low.is_nan() || high.is_nan() { f64::NAN } else { v.clamp(low, high) })
            };
        }
        "clamp_max" => {
            let high = number(1)?;
            return mapped(vector(0)?, &|v| if high.is_nan() { f64::NAN } else { v.min(high) });
        }
        "clamp_min" => {
            let low = number(1)?;
            return mapped(vector(0)?, &|v| if low.is_nan() { f64::NAN } else { v.max(low) });
        }
        "round" => {
            let to = if arguments.len() > 1 { 1.0 / number(1)? } else { 1.0 };
            return mapped(vector(0)?, &|v| (v * to + 0.5).floor() / to);
        }
        "label_replace" => Now::Vector(unique(labels::replace(vector(0)?, &texts(run, &arguments[1..], time)?)?)?),
        "label_join" => Now::Vector(unique(labels::join(vector(0)?, &texts(run, &arguments[1..], time)?)?)?),
        "histogram_quantile" => {
            let q = number(0)?;
            Now::Vector(buckets::of_both(vector(1)?, |h| h.quantile(q), |b| buckets::quantile(q, b)))
        }
        "histogram_fraction" => {
            let (low, high) = (number(0)?, number(1)?);
            Now::Vector(buckets::of_both(vector(2)?, |h| h.fraction(low, high), |b| buckets::fraction(low, high, b)))
        }
        "histogram_count" | "histogram_sum" | "histogram_avg" | "histogram_stddev" | "histogram_stdvar" => {
            let made = vector(0)?.into_iter().filter_map(|s| match &s.value {
                Value::Float(_) => None,
                Value::Histogram(h) => Some(Sample::float(
                    unnamed(&s.labels),
                    match name {
                        "histogram_count" => h.count,
                        "histogram_sum" => h.sum,
                        "histogram_avg" => h.sum / h.count,
                        "histogram_stdvar" => h.variance(),
                        _ => h.variance().sqrt(),
                    },
                )),
            });
            Now::Vector(unique(made.collect())?)
        }
        name => return over_time(run, name, &arguments, time),
    })
}

/// Functions of a range.
fn over_time(run: &Run, name: &str, arguments: &[&Expr], time: i64) -> Result<Now, Error> {
    let place = usize::from(name == "quantile_over_time");
    let Some(argument) = arguments.get(place) else { return Err(wrong(format!("`{name}` needs a range"))) };
    let (ranges, end, length) = match argument {
        Expr::MatrixSelector(selector) => {
            let (ranges, end) = run.matrix(selector, time);
            (ranges, end, selector.range)
        }
        Expr::Subquery(subquery) => {
            let (ranges, end) = run.subquery(subquery, time)?;
            (ranges, end, subquery.range)
        }
        _ => return Err(wrong(format!("`{name}` needs a range, as in `{name}(x[5m])`"))),
    };
    if name == "absent_over_time" {
        return Ok(Now::Vector(if ranges.is_empty() { vec![Sample::float(labels::of_selector(argument), 1.0)] } else { Vec::new() }));
    }
    let parameter = match name {
        "quantile_over_time" => run.scalar(arguments[0], time)?,
        "predict_linear" => run.scalar(arguments[1], time)?,
        _ => 0.0,
    };
    let over = range::Over { end, length: i64::try_from(length.as_millis()).unwrap_or(i64::MAX), parameter, time };
    let keeps_name = matches!(name, "last_over_time" | "first_over_time");
    let mut made = Vec::with_capacity(ranges.len());
    let comparing = matches!(name, "rate" | "increase" | "delta" | "irate" | "idelta" | "deriv" | "predict_linear");
    for Range { labels, samples } in ranges {
        if comparing && samples.len() == 1 {
            let mut hints = run.hints.borrow_mut();
            let _ = hints.single.insert(labels.clone());
            hints.comparing = name.to_owned();
        }
        if let Some(value) = over.value(name, &samples)? {
            made.push(Sample { labels: if keeps_name { labels } else { unnamed(&labels) }, value });
        }
    }
    unique(made).map(Now::Vector)
}

/// An argument without the brackets around it.
fn inside(expr: &Expr) -> &Expr {
    match expr {
        Expr::Paren(p) => inside(&p.expr),
        other => other,
    }
}

fn texts(run: &Run, arguments: &[&Expr], time: i64) -> Result<Vec<String>, Error> {
    let text = |e: &&Expr| match run.at(e, time)? {
        Now::Text(text) => Ok(text),
        _ => Err(wrong("a text was expected")),
    };
    arguments.iter().map(text).collect()
}

fn of_number(name: &str) -> Option<fn(f64) -> f64> {
    Some(match name {
        "abs" => f64::abs,
        "ceil" => f64::ceil,
        "floor" => f64::floor,
        "exp" => f64::exp,
        "ln" => f64::ln,
        "log2" => f64::log2,
        "log10" => f64::log10,
        "sqrt" => f64::sqrt,
        "sgn" => |v| if v == 0.0 || v.is_nan() { v } else { v.signum() },
        "deg" => f64::to_degrees,
        "rad" => f64::to_radians,
        "sin" => f64::sin,
        "cos" => f64::cos,
        "tan" => f64::tan,
        "asin" => f64::asin,
        "acos" => f64::acos,
        "atan" => f64::atan,
        "sinh" => f64::sinh,
        "cosh" => f64::cosh,
        "tanh" => f64::tanh,
        "asinh" => f64::asinh,
        "acosh" => f64::acosh,
        "atanh" => f64::atanh,
        _ => return None,
    })
}

fn date_part(name: &str) -> Option<fn(Timestamp) -> f64> {
    Some(match name {
        "minute" => |t| f64::from(t.to_zoned(TimeZone::UTC).minute()),
        "hour" => |t| f64::from(t.to_zoned(TimeZone::UTC).hour()),
        "day_of_month" => |t| f64::from(t.to_zoned(TimeZone::UTC).day()),
        "day_of_week" => |t| f64::from(t.to_zoned(TimeZone::UTC).weekday().to_sunday_zero_offset()),
        "day_of_year" => |t| f64::from(t.to_zoned(TimeZone::UTC).day_of_year()),
        "days_in_month" => |t| f64::from(t.to_zoned(TimeZone::UTC).days_in_month()),
        "month" => |t| f64::from(t.to_zoned(TimeZone::UTC).month()),
        "year" => |t| f64::from(t.to_zoned(TimeZone::UTC).year()),
        _ => return None,
    })
}
