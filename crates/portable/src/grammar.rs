//! From text to one query. Border: DuckDB's grammar as the parser knows it, and how the engine quotes names; meaning is the others' business.

use sqlparser::ast::{Query, Statement};
use sqlparser::dialect::DuckDbDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Token, Tokenizer};

use crate::{Engine, PortableError};

pub(crate) fn query(engine: Engine, sql: &str) -> Result<Query, PortableError> {
    let not_sql = |e: ParserError| PortableError::Parse(e.to_string());
    let dialect = DuckDbDialect {};
    let mut tokens = Tokenizer::new(&dialect, sql).tokenize_with_location().map_err(|e| not_sql(e.into()))?;
    if engine == Engine::Spark {
        for token in &mut tokens {
            // to Spark a text in double quotes is a text
            if let Token::Word(word) = &mut token.token
                && word.quote_style == Some('"')
                && !word.value.contains('`')
            {
                word.quote_style = Some('`');
            }
        }
    }
    let mut statements = Parser::new(&dialect).with_tokens_with_locations(tokens).parse_statements().map_err(not_sql)?;
    match (statements.pop(), statements.is_empty()) {
        (Some(Statement::Query(query)), true) => Ok(*query),
        _ => Err(PortableError::NotOneQuery),
    }
}
