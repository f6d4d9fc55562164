//! What tells whether two expressions of a statement are the same, however they are spelled. Border: text for comparison only.

use std::ops::ControlFlow;

use polars::prelude::PlSmallStr;
use sqlparser::ast::{Expr, Ident, ObjectNamePart, visit_expressions_mut};
use sqlparser::tokenizer::Span;

use super::block::Block;

/// An expression's fingerprint in a block: its columns by their names in the plan, its functions in lowercase, without needless parentheses.
pub(super) fn of(expr: &Expr, block: &Block) -> String {
    let mut copy = expr.clone();
    let _ = visit_expressions_mut(&mut copy, |part| {
        while let Expr::Nested(inner) = part {
            *part = inner.as_ref().clone();
        }
        let name = match part {
            Expr::Identifier(name) => vec![name.clone()],
            Expr::CompoundIdentifier(names) => names.clone(),
            Expr::Function(function) => {
                for part in &mut function.name.0 {
                    if let ObjectNamePart::Identifier(name) = part {
                        name.value = name.value.to_lowercase();
                    }
                }
                return ControlFlow::<()>::Continue(());
            }
            _ => return ControlFlow::Continue(()),
        };
        if let Ok(Some(found)) = block.find_anywhere(&name) {
            *part = column(&found.id);
        }
        ControlFlow::Continue(())
    });
    copy.to_string()
}

/// A column of the plan as fingerprints write it.
pub(super) fn column(id: &PlSmallStr) -> Expr {
    Expr::Identifier(Ident { value: id.to_string(), quote_style: Some('"'), span: Span::empty() })
}
