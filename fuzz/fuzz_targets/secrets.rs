//! What is looked through for secrets: any text, and JSON that holds it, as a value, as a key and as JSON within JSON. What is redacted is JSON as before.
#![no_main]

use std::cell::RefCell;
use std::sync::Arc;

use serde_json::{Value, json};
use tracemill_secrets::{Cells, Kinds, Replaced, Rules, Whole};

thread_local! {
    static CELLS: RefCell<Cells> = RefCell::new({
        let mut whole = Whole::default();
        whole.add("prompt", ["prompt"]);
        Cells::new(Arc::new(Rules::embedded().expect("the program's own rules")), Kinds::ALL, Arc::new(whole))
    });
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    CELLS.with_borrow_mut(|cells| {
        let (mut found, mut kinds) = (Vec::new(), Replaced::default());
        cells.find_text("body", text, &mut found);
        let redacted = cells.redact_text(text, &mut kinds);
        let secrets = found.iter().filter(|spot| spot.secret.is_some()).count();
        assert_eq!(redacted.is_some(), secrets > 0);
        let _ = redacted.map(|once| cells.redact_text(&once, &mut kinds));
        let within = json!({"arguments": text}).to_string();
        let list = json!([{"key": text}, [text]]);
        for whole in [json!({"a": text, "prompt": text, "l": list}), json!({"output": within}), json!({text: {"bytesValue": "aGVsbG8="}})] {
            let whole = whole.to_string();
            let mut spots = Vec::new();
            cells.find_json("attributes", &whole, &mut spots);
            if let Some(redacted) = cells.redact_json(&whole, &mut kinds) {
                assert!(serde_json::from_str::<Value>(&redacted).is_ok(), "{redacted}");
            }
        }
        // and what is no JSON at all
        let _ = cells.redact_json(text, &mut kinds);
        cells.find_json("attributes", text, &mut found);
    });
});
