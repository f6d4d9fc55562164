//! The grammar: DuckDB's, where `->` and `->>` bind as tight as in DuckDB. Border: what the parser asks; meaning is the planner's business.

use std::any::TypeId;

use sqlparser::ast::Statement;
use sqlparser::dialect::{Dialect, DuckDbDialect};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

/// Between what multiplies and a cast.
const ARROW: u8 = 45;

/// DuckDB's dialect as the parser knows it, but for what stands below.
#[derive(Debug)]
struct Grammar(DuckDbDialect);

/// Asks the dialect within.
macro_rules! as_duckdb {
    ($($rule:ident),*) => { $(fn $rule(&self) -> bool { self.0.$rule() })* };
}

impl Dialect for Grammar {
    // the parser asks in places for the dialect by its type
    fn dialect(&self) -> TypeId {
        TypeId::of::<DuckDbDialect>()
    }

    fn is_identifier_start(&self, c: char) -> bool {
        self.0.is_identifier_start(c)
    }

    fn is_identifier_part(&self, c: char) -> bool {
        self.0.is_identifier_part(c)
    }

    as_duckdb!(
        supports_trailing_commas,
        supports_filter_during_aggregation,
        supports_group_by_expr,
        supports_bitwise_shift_operators,
        supports_named_fn_args_with_assignment_operator,
        supports_dictionary_syntax,
        support_map_literal_syntax,
        allow_extract_single_quotes,
        supports_explain_with_utility_options,
        supports_array_typedef_with_brackets,
        supports_from_first_select,
        supports_order_by_all,
        supports_select_wildcard_exclude,
        supports_select_wildcard_replace,
        supports_notnull_operator,
        supports_comma_separated_trim
    );

    // `attributes -> 'key'` takes a value out, it is no function
    fn supports_lambda_functions(&self) -> bool {
        false
    }

    // `count_if(outcome = 'failed')` is a condition, not an argument with a name
    fn supports_named_fn_args_with_eq_operator(&self) -> bool {
        false
    }

    fn supports_select_wildcard_rename(&self) -> bool {
        true
    }

    fn get_next_precedence(&self, parser: &Parser) -> Option<Result<u8, ParserError>> {
        matches!(parser.peek_token().token, Token::Arrow | Token::LongArrow).then_some(Ok(ARROW))
    }
}

/// The statements of a text.
pub(super) fn parse(sql: &str) -> Result<Vec<Statement>, ParserError> {
    Parser::parse_sql(&Grammar(DuckDbDialect), sql)
}
