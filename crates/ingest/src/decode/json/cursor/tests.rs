use super::*;

#[test]
fn strings_are_borrowed_or_unescaped() {
    let text = r#" "plain é" "a\"\\\/\b\f\n\r\tA\ud83d\ude00" "\ud83d" "#;
    let mut cursor = Cursor::new(text);
    assert!(matches!(cursor.string().unwrap(), Cow::Borrowed("plain é")));
    assert_eq!(cursor.string().unwrap(), "a\"\\/\u{8}\u{c}\n\r\tA😀");
    assert_eq!(cursor.string().unwrap(), "\u{fffd}");
    for bad in ["\"", "\"\\", "\"\\x\"", "\"\\u12\"", "\"a\nb\"", "x"] {
        assert!(Cursor::new(bad).string().is_err(), "{bad:?}");
    }
}

#[test]
fn skip_takes_exactly_one_value() {
    for text in ["{\"a\":[1,{\"b\":null}],\"c\":\"}\"}", "[]", "{}", "-1.5e3", "\"x\\\"\"", "true", "[[],[{}]]"] {
        let padded = format!("{text} ,");
        let mut cursor = Cursor::new(&padded);
        cursor.skip().unwrap();
        assert_eq!(cursor.position(), text.len(), "{text}");
    }
    for bad in ["{", "[1 2]", "{\"a\" 1}", "{a:1}", "[1,]x", "{\"a\":1,}", "nul", "", "{\"a\":}"] {
        assert!(Cursor::new(bad).skip().is_err(), "{bad}");
    }
}

#[test]
fn deep_nesting_is_refused_without_recursion() {
    let deep = "[".repeat(200_000);
    assert!(Cursor::new(&deep).skip().unwrap_err().to_string().contains("nested deeper"));
}

#[test]
fn objects_and_arrays_are_walked() {
    let mut cursor = Cursor::new(r#"{"a":[1, 2],"b":null}"#);
    assert!(cursor.begin_object().unwrap());
    let mut first = true;
    assert_eq!(cursor.key(&mut first).unwrap().as_deref(), Some("a"));
    assert!(cursor.begin_array().unwrap());
    let (mut first_element, mut sum) = (true, 0);
    while cursor.element(&mut first_element).unwrap() {
        sum += cursor.number().unwrap().parse::<i32>().unwrap();
    }
    assert_eq!(sum, 3);
    assert_eq!(cursor.key(&mut first).unwrap().as_deref(), Some("b"));
    assert!(!cursor.begin_object().unwrap());
    assert_eq!(cursor.key(&mut first).unwrap(), None);
}
