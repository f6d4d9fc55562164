//! The grammar: DuckDB's, where `->` and `->>` bind as tight as in DuckDB. Border: what the parser asks; meaning is the planner's business.

use std::any::TypeId;

use sqlparser::ast::Statement;
use sqlparser::dialect::{Dialect, DuckDbDialect};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, Tokenizer};

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

/// Operators of a statement at most: each lies within the next, and parser, planner and engine go as deep as they do. Lists may be longer.
const MOST_OPERATORS: usize = 2_000;

/// The statements of a text.
pub(super) fn parse(sql: &str) -> Result<Vec<Statement>, ParserError> {
    let grammar = Grammar(DuckDbDialect);
    let tokens = Tokenizer::new(&grammar, sql).tokenize()?;
    if tokens.split(|t| *t == Token::SemiColon).any(|statement| statement.iter().filter(|t| is_operator(t)).count() > MOST_OPERATORS) {
        return Err(ParserError::ParserError(format!("a statement of more than {MOST_OPERATORS} operators; write x IN (…) for many values")));
    }
    Parser::parse_sql(&grammar, sql)
}

fn is_operator(token: &Token) -> bool {
    match token {
        Token::Word(word) => {
            matches!(word.keyword, Keyword::AND | Keyword::OR | Keyword::NOT | Keyword::UNION | Keyword::EXCEPT | Keyword::INTERSECT)
        }
        Token::Number(..) | Token::Comma | Token::Period | Token::LParen | Token::RParen | Token::Whitespace(_) | Token::EOF => false,
        Token::SingleQuotedString(_) | Token::DoubleQuotedString(_) | Token::EscapedStringLiteral(_) | Token::DollarQuotedString(_) => false,
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_statement_has_an_end_to_its_operators() {
        let sum = |n: usize| format!("SELECT {}1", "1 + ".repeat(n));
        assert!(parse(&sum(MOST_OPERATORS - 1)).is_ok());
        for far in [sum(1_000_000), format!("SELECT {}true", "NOT ".repeat(100_000)), format!("SELECT 1 {}", "UNION SELECT 1 ".repeat(100_000))] {
            assert!(parse(&far).unwrap_err().to_string().contains("more than 2000 operators"));
        }
        assert!(parse(&format!("SELECT 1 WHERE 1 IN ({}2)", "1, ".repeat(100_000))).is_ok());
        assert!(parse(&format!("{};", sum(MOST_OPERATORS - 1)).repeat(2)).is_ok());
    }
}
