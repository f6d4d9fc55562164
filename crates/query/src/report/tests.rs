use super::*;

const TEXT: &str = "-- title: T\n-- answers: a\n-- by: model, day, user\n-- columns:\n--   model text the model\n--   n  int64  how many\n-- note: x\n\
    SELECT /*by*/ model /*end*/, COUNT(*) AS n FROM model_calls GROUP BY /*by*/model/*end*/\n";

#[test]
fn a_header_is_read() {
    let report = Report::parse("t", TEXT, "t.sql").unwrap();
    assert_eq!((report.title.as_str(), report.answers.as_str()), ("T", "a"));
    assert_eq!(report.columns[1], ReportColumn { name: "n".into(), type_name: "int64".into(), doc: "how many".into() });
    assert_eq!(report.columns.len(), 2);
}

#[test]
fn by_replaces_the_marked_columns() {
    let report = Report::parse("t", TEXT, "t.sql").unwrap();
    assert_eq!(report.by(), ["model", "day", "user", "team", "project", "repository", "branch", "cost_center", "label.NAME"]);
    for word in ["cost_center", "cost-center", "cost_centre", "cost-centre"] {
        assert_eq!(report.grouping(&[format!("{word},label.a.b")], false).unwrap().in_sql(), ["by_cost_center", "by_label_a_b"]);
    }
    let by = report.grouping(&["day,user".to_owned(), "user_id".to_owned()], false).unwrap().in_sql();
    assert_eq!(by, ["by_day", "by_user_id"]);
    assert!(report.sql(&by).ends_with("SELECT by_day, by_user_id, COUNT(*) AS n FROM model_calls GROUP BY by_day, by_user_id\n"));
    let refused = report.grouping(&["colour".to_owned()], false).unwrap_err();
    assert!(refused.is_usage() && refused.to_string().contains("model, day, user"), "{refused}");
}

#[test]
fn the_own_grouping_stands_unless_it_depends_on_the_zone_or_is_to_be_cut() {
    let report = Report::parse("t", TEXT, "t.sql").unwrap();
    let own = |report: &Report, words: &[String], top| report.grouping(words, top).unwrap().in_sql();
    assert!(own(&report, &[], false).is_empty() && own(&report, &["model".to_owned()], false).is_empty());
    assert_eq!(own(&report, &[], true), ["by_model"]);
    let daily = Report::parse("t", &TEXT.replace("/*by*/model/*end*/", "/*by*/ day /*end*/"), "t.sql").unwrap();
    assert_eq!(own(&daily, &[], false), ["by_day"]);
}

#[test]
fn a_list_becomes_a_table_of_sums() {
    let text = "-- title: T\n-- answers: a\n-- by: model\n-- rank: n\n-- columns:\n--   time timestamp when\n-- grouped columns:\n--   n int64 how many\n\
        /*own*/ SELECT time FROM model_calls ORDER BY time /*else SELECT {by}, COUNT(*) AS n FROM model_calls GROUP BY {by} */\n";
    let report = Report::parse("t", text, "t.sql").unwrap();
    assert_eq!(report.grouped[0].name, "n");
    assert!(report.sql(&["by_model".into()]).ends_with("\nSELECT by_model, COUNT(*) AS n FROM model_calls GROUP BY by_model\n"));
    assert_eq!(report.sql(&[]), text);
    assert!(report.grouping(&[], true).unwrap_err().is_usage());
}

#[test]
fn what_is_of_conversations_is_said_only_where_it_leads_to_one() {
    let metrics = Report::parse("t", &TEXT.replace("model_calls", "metric_deltas"), "t.sql").unwrap();
    assert_eq!(metrics.by(), ["model", "day", "user"]);
    let joined = TEXT.replace("model_calls", "model_calls JOIN metric_deltas USING (model)");
    assert_eq!(Report::parse("t", &joined, "t.sql").unwrap().by().len(), 3);
    let lookup = joined.replace("-- by", "-- lookups: metric_deltas\n-- parameters: since, user, environment\n-- by");
    let lookup = Report::parse("t", &lookup, "t.sql").unwrap();
    assert_eq!(lookup.by().len(), 9);
    assert_eq!(lookup.parameters, ["since", "user", "team", "project", "repository", "branch", "cost-center", "environment"]);
}

#[test]
fn a_folder_adds_its_files() {
    let folder = std::env::temp_dir().join(format!("tracemill-query-{}-reports", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("ours.sql"), TEXT).unwrap();
    std::fs::write(folder.join("notes.txt"), "no report").unwrap();
    let names: Vec<_> = from_dir(&folder).unwrap().into_iter().map(|r| r.name).collect();
    std::fs::remove_dir_all(&folder).unwrap();
    assert_eq!(names, ["ours"]);
    assert!(from_dir(&folder).unwrap_err().is_usage());
}

#[test]
fn a_bad_header_says_what_is_missing() {
    for (bad, want) in [
        (TEXT.replace("-- title: T\n", ""), "title"),
        (TEXT.replace("/*end*/", ""), "/*end*/"),
        (TEXT.replace("text the model", ""), "column line"),
        (TEXT.replace("-- columns", "-- rank: colour\n-- columns"), "colour"),
    ] {
        let error = Report::parse("t", &bad, "t.sql").unwrap_err().to_string();
        assert!(error.contains(want) && error.starts_with("t.sql: "), "{error}");
    }
}
