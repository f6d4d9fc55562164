use polars::prelude::*;

use super::*;

/// Every type, with what is awkward about each.
fn awkward() -> Answer {
    let time = DataType::Datetime(TimeUnit::Nanoseconds, Some(TimeZone::UTC));
    let times = Column::new("t".into(), [Some(1_795_369_212_209_923_746i64), Some(-1), None]).cast(&time).unwrap();
    let days = Column::new("d".into(), [Some(20_779i32), Some(0), None]).cast(&DataType::Date).unwrap();
    let lists = Column::new("l".into(), [Some(Series::new("".into(), [1i64, 2])), Some(Series::new_empty("".into(), &DataType::Int64)), None]);
    let mut frame = df!(
        "s" => [Some("a,\"b\"\n|\u{1b}[31mred"), Some(""), None],
        "i" => [Some(i64::MAX), Some(-1234567), None],
        "x" => [Some(0.1 + 0.2), Some(f64::NAN), None],
        "b" => [Some(true), Some(false), None],
    )
    .unwrap();
    for column in [times, days, lists] {
        let _ = frame.with_column(column).unwrap();
    }
    Answer::new(frame).unwrap()
}

fn text(format: Format) -> String {
    String::from_utf8(render(&awkward(), format, None).unwrap()).unwrap()
}

#[test]
fn csv() {
    let want = "s,i,x,b,t,d,l\n\"a,\"\"b\"\"\n|\u{1b}[31mred\",9223372036854775807,0.30000000000000004,true,2026-11-22T17:40:12.209923746Z,2026-11-22,\"[1,2]\"\n\
        \"\",-1234567,NaN,false,1969-12-31T23:59:59.999999999Z,1970-01-01,[]\n,,,,,,\n";
    assert_eq!(text(Format::Csv), want);
}

#[test]
fn json_is_exact() {
    let want = "[\n{\"s\":\"a,\\\"b\\\"\\n|\\u001b[31mred\",\"i\":9223372036854775807,\"x\":0.30000000000000004,\"b\":true,\"t\":\"2026-11-22T17:40:12.209923746Z\",\"d\":\"2026-11-22\",\"l\":[1,2]},\n\
        {\"s\":\"\",\"i\":-1234567,\"x\":\"NaN\",\"b\":false,\"t\":\"1969-12-31T23:59:59.999999999Z\",\"d\":\"1970-01-01\",\"l\":[]},\n\
        {\"s\":null,\"i\":null,\"x\":null,\"b\":null,\"t\":null,\"d\":null,\"l\":null}\n]\n";
    assert_eq!(text(Format::Json), want);
    assert_eq!(text(Format::Ndjson), want.trim_start_matches("[\n").trim_end_matches("\n]\n").replace("},\n", "}\n") + "\n");
}

#[test]
fn markdown_escapes() {
    let markdown = text(Format::Markdown);
    let lines: Vec<_> = markdown.lines().collect();
    assert_eq!(lines[1], "| --- | ---: | ---: | --- | --- | --- | --- |");
    assert!(lines[2].starts_with("| a,\"b\" \\|\\\\u{1b}\\[31mred | 9223372036854775807 |"), "{}", lines[2]);
    assert_eq!(lines.len(), 5);
}

#[test]
fn a_table_sends_no_escape_and_fits() {
    let whole = text(Format::Table);
    assert!(!whole.contains('\u{1b}') && whole.contains("9,223,372,036,854,775,807") && whole.contains("2026-11-22 17:40:12.209Z"), "{whole}");
    let narrow = String::from_utf8(render(&awkward(), Format::Table, Some(50)).unwrap()).unwrap();
    assert!(narrow.lines().all(|l| unicode_width::UnicodeWidthStr::width(l) <= 50 || l.starts_with("not shown")), "{narrow}");
    // the line under the header shows how wide it is: 19 for the text, 25 for the number, 3 for x would not fit
    assert!(narrow.contains("…") && narrow.contains("not shown for lack of width: b, t, d, l"), "{narrow}");
}

#[test]
fn parquet_reads_back_the_same() {
    let bytes = render(&awkward(), Format::Parquet, None).unwrap();
    let back = Answer::new(ParquetReader::new(std::io::Cursor::new(bytes)).finish().unwrap()).unwrap();
    assert_eq!(json::render(&back), json::render(&awkward()));
    assert_eq!(back.columns().map(|c| c.1).collect::<Vec<_>>(), awkward().columns().map(|c| c.1).collect::<Vec<_>>());
}

#[test]
fn nothing_is_an_answer_too() {
    let none = Answer::new(df!("a" => Vec::<i64>::new()).unwrap()).unwrap();
    let of = |format| String::from_utf8(render(&none, format, None).unwrap()).unwrap();
    assert_eq!((of(Format::Json).as_str(), of(Format::Ndjson).as_str(), of(Format::Csv).as_str()), ("[]\n", "", "a\n"));
}
