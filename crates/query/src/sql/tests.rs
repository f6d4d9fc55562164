mod mutated;

use super::*;

#[test]
fn names_are_told_apart_as_duckdb_does() {
    let names = ["a", "A", "b", "a"];
    assert_eq!(title::distinct(names.into_iter()), ["a", "A_1", "b", "a_2"]);
}
