//! Templates of `line_format` and `label_format`: the language of Go's `text/template` with Loki's functions
//! (Grafana Loki, "Template functions"). Border: text in, tree out; the labels are given when it is executed.

mod dates;
mod execute;
mod functions;
mod printf;
#[cfg(test)]
mod tests;
mod value;

pub(crate) use execute::Context;
pub(crate) use value::Value;

use crate::scanner::{Fault, unquoted};

/// Brackets and blocks of a template at most: each can lie within the one before it.
const MAX_NESTED: usize = 150;

/// A template.
#[derive(Debug)]
pub(crate) struct Template(Vec<Node>);

/// A piece of a template.
#[derive(Debug)]
enum Node {
    /// Text as it is.
    Text(String),
    /// `{{ … }}`: the value is written, unless it is kept in a variable.
    Action(Option<String>, Pipeline),
    /// `if` with its other branch.
    If(Pipeline, Vec<Node>, Vec<Node>),
    /// `with`.
    With(Option<String>, Pipeline, Vec<Node>, Vec<Node>),
    /// `range`, with the variables of index and element.
    Range(Vec<String>, Pipeline, Vec<Node>, Vec<Node>),
}

/// Commands, each given the value of the one before as its last argument.
#[derive(Debug)]
struct Pipeline(Vec<Vec<Operand>>);

/// A word of a command.
#[derive(Debug)]
enum Operand {
    /// `.a.b`; none for `.` itself.
    Field(Vec<String>),
    /// `$a.b`.
    Variable(String, Vec<String>),
    /// A text, number or truth value.
    Literal(Value),
    /// A function.
    Function(&'static str),
    /// `( … ).a`.
    Nested(Pipeline, Vec<String>),
}

impl Template {
    /// Parses; the fault's place is 0, where the template stands is known to the caller.
    pub fn parse(text: &str) -> Result<Template, Fault> {
        let mut parser = Parser { words: words(text)?, at: 0 };
        let (nodes, end) = parser.nodes()?;
        match end {
            End::Text => Ok(Template(nodes)),
            _ => Err(fault("unexpected {{end}} or {{else}}")),
        }
    }
}

fn fault(reason: impl std::fmt::Display) -> Fault {
    Fault { at: 0, reason: format!("invalid template: {reason}"), instead: None }
}

/// A template's words: text, or the tokens of an action.
enum Word {
    Text(String),
    Action(Vec<Token>),
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    /// A name or keyword.
    Word(String),
    /// `.a.b`, also behind `)`.
    Field(Vec<String>),
    /// `$a.b`.
    Variable(String, Vec<String>),
    /// A text or number.
    Literal(Value),
    /// `(`, `)`, `|`, `,`, `:=`, `=`.
    Sign(&'static str),
}

fn words(text: &str) -> Result<Vec<Word>, Fault> {
    let (mut words, mut rest, mut trim, mut nested) = (Vec::new(), text, false, 0);
    loop {
        let open = rest.find("{{");
        let mut before = &rest[..open.unwrap_or(rest.len())];
        if trim {
            before = before.trim_start();
        }
        let Some(open) = open else {
            words.push(Word::Text(before.to_string()));
            return Ok(words);
        };
        let mut inside = &rest[open + 2..];
        if inside.starts_with("- ") || inside.starts_with("-\n") {
            before = before.trim_end();
            inside = &inside[1..];
        }
        words.push(Word::Text(before.to_string()));
        if let Some(comment) = inside.trim_start().strip_prefix("/*") {
            let end = comment.find("*/").ok_or_else(|| fault("unclosed comment"))?;
            inside = &comment[end + 2..];
        }
        let mut tokens = Vec::new();
        loop {
            inside = inside.trim_start_matches(|c: char| c.is_whitespace());
            if let Some(after) = inside.strip_prefix("}}") {
                (rest, trim) = (after, false);
                break;
            }
            if let Some(after) = inside.strip_prefix("-}}") {
                (rest, trim) = (after, true);
                break;
            }
            if inside.is_empty() {
                return Err(fault("unclosed action"));
            }
            let (token, length) = token(inside)?;
            let opens = matches!(&token, Token::Word(word) if matches!(word.as_str(), "if" | "with" | "range")) || token == Token::Sign("(");
            nested += usize::from(opens);
            if nested > MAX_NESTED {
                return Err(fault(format!("more than {MAX_NESTED} brackets and blocks")));
            }
            tokens.push(token);
            inside = &inside[length..];
        }
        if !tokens.is_empty() {
            words.push(Word::Action(tokens));
        }
    }
}

fn token(text: &str) -> Result<(Token, usize), Fault> {
    for sign in [":=", "=", "|", "(", ")", ","] {
        if text.starts_with(sign) {
            return Ok((Token::Sign(sign), sign.len()));
        }
    }
    let name = |from: &str| from.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(from.len());
    let fields = |mut rest: &str| {
        let (mut fields, mut length) = (Vec::new(), 0);
        while let Some(field) = rest.strip_prefix('.') {
            let end = name(field);
            if end == 0 {
                break;
            }
            fields.push(field[..end].to_string());
            length += end + 1;
            rest = &field[end..];
        }
        (fields, length)
    };
    let first = text.chars().next().unwrap_or(' ');
    match first {
        '"' => unquoted(text).map(|(value, length)| (Token::Literal(Value::Text(value)), length)).map_err(|(_, reason)| fault(reason)),
        '`' => {
            let end = text[1..].find('`').ok_or_else(|| fault("unterminated raw quoted string"))?;
            Ok((Token::Literal(Value::Text(text[1..=end].to_string())), end + 2))
        }
        '\'' => {
            let character = text.chars().nth(1).filter(|_| text.chars().nth(2) == Some('\'')).ok_or_else(|| fault("malformed character constant"))?;
            Ok((Token::Literal(Value::Int(i64::from(u32::from(character)))), character.len_utf8() + 2))
        }
        '$' => {
            let end = name(&text[1..]) + 1;
            let (path, length) = fields(&text[end..]);
            Ok((Token::Variable(text[1..end].to_string(), path), end + length))
        }
        '.' if !text[1..].starts_with(|c: char| c.is_ascii_digit()) => {
            let (path, length) = fields(text);
            Ok((Token::Field(path), length.max(1)))
        }
        c if c.is_ascii_digit() || c == '-' || c == '+' || c == '.' => {
            let end = text[1..].find(|c: char| !(c.is_alphanumeric() || c == '.' || c == '_')).map_or(text.len(), |n| n + 1);
            let word = &text[..end];
            let value = word.parse().map(Value::Int).ok().or_else(|| crate::number::parse(word).map(Value::Float));
            value.map(|value| (Token::Literal(value), end)).ok_or_else(|| fault(format!("bad number syntax: {word:?}")))
        }
        c if c.is_alphabetic() || c == '_' => {
            let end = name(text);
            Ok((Token::Word(text[..end].to_string()), end))
        }
        c => Err(fault(format!("unexpected {c:?} in command"))),
    }
}

/// Where a list of nodes ended.
enum End {
    Text,
    Keyword,
    Else(Vec<Token>),
}

struct Parser {
    words: Vec<Word>,
    at: usize,
}

impl Parser {
    fn nodes(&mut self) -> Result<(Vec<Node>, End), Fault> {
        let mut nodes = Vec::new();
        while let Some(word) = self.words.get_mut(self.at) {
            self.at += 1;
            let tokens = match word {
                Word::Text(text) => {
                    nodes.push(Node::Text(std::mem::take(text)));
                    continue;
                }
                Word::Action(tokens) => std::mem::take(tokens),
            };
            let keyword = match tokens.first() {
                Some(Token::Word(word)) => word.clone(),
                _ => String::new(),
            };
            match keyword.as_str() {
                "end" => return Ok((nodes, End::Keyword)),
                "else" => return Ok((nodes, End::Else(tokens[1..].to_vec()))),
                "if" | "with" | "range" => nodes.push(self.block(&keyword, &tokens[1..])?),
                "define" | "template" | "block" | "break" | "continue" => {
                    let instead = "write the template in one piece".to_string();
                    return Err(Fault { at: 0, reason: format!("`{keyword}` in a template"), instead: Some(instead) });
                }
                _ => {
                    let (variables, tokens) = declared(&tokens);
                    nodes.push(Node::Action(variables.into_iter().next(), pipeline(tokens)?));
                }
            }
        }
        Ok((nodes, End::Text))
    }

    fn block(&mut self, keyword: &str, tokens: &[Token]) -> Result<Node, Fault> {
        let (variables, tokens) = declared(tokens);
        let pipeline = pipeline(tokens)?;
        let (then, end) = self.nodes()?;
        let otherwise = match end {
            End::Keyword => Vec::new(),
            End::Text => return Err(fault(format!("unexpected end of the template in {{{{{keyword}}}}}"))),
            End::Else(more) => match more.split_first() {
                None => match self.nodes()? {
                    (nodes, End::Keyword) => nodes,
                    _ => return Err(fault("{{else}} without {{end}}")),
                },
                Some((Token::Word(next), rest)) if next == "if" || next == "with" => vec![self.block(&next.clone(), rest)?],
                Some(_) => return Err(fault("unexpected word behind else")),
            },
        };
        Ok(match keyword {
            "if" => Node::If(pipeline, then, otherwise),
            "with" => Node::With(variables.into_iter().next(), pipeline, then, otherwise),
            _ => Node::Range(variables, pipeline, then, otherwise),
        })
    }
}

/// The variables that an action sets, and what is behind.
fn declared(tokens: &[Token]) -> (Vec<String>, &[Token]) {
    let simple = |t: &Token| match t {
        Token::Variable(name, path) if path.is_empty() => Some(name.clone()),
        _ => None,
    };
    match tokens {
        [a, Token::Sign(":=" | "="), rest @ ..] => match simple(a) {
            Some(a) => (vec![a], rest),
            None => (Vec::new(), tokens),
        },
        [a, Token::Sign(","), b, Token::Sign(":="), rest @ ..] => match (simple(a), simple(b)) {
            (Some(a), Some(b)) => (vec![a, b], rest),
            _ => (Vec::new(), tokens),
        },
        _ => (Vec::new(), tokens),
    }
}

fn pipeline(tokens: &[Token]) -> Result<Pipeline, Fault> {
    let (pipeline, rest) = commands(tokens)?;
    if rest.is_empty() { Ok(pipeline) } else { Err(fault("unexpected `)` in command")) }
}

fn commands(mut tokens: &[Token]) -> Result<(Pipeline, &[Token]), Fault> {
    let mut commands = vec![Vec::new()];
    loop {
        let last = commands.len() - 1;
        let Some((token, rest)) = tokens.split_first() else { break };
        if *token == Token::Sign(")") {
            break;
        }
        tokens = rest;
        commands[last].push(match token {
            Token::Sign("|") => {
                commands.push(Vec::new());
                continue;
            }
            Token::Sign("(") => {
                let (nested, rest) = self::commands(tokens)?;
                let Some((Token::Sign(")"), rest)) = rest.split_first() else { return Err(fault("unclosed left paren")) };
                tokens = rest;
                let path = match tokens.split_first() {
                    Some((Token::Field(path), rest)) if !path.is_empty() => {
                        tokens = rest;
                        path.clone()
                    }
                    _ => Vec::new(),
                };
                Operand::Nested(nested, path)
            }
            Token::Sign(sign) => return Err(fault(format!("unexpected {sign:?} in command"))),
            Token::Field(path) => Operand::Field(path.clone()),
            Token::Variable(name, path) => Operand::Variable(name.clone(), path.clone()),
            Token::Literal(value) => Operand::Literal(value.clone()),
            Token::Word(word) => match word.as_str() {
                "true" | "false" => Operand::Literal(Value::Bool(word == "true")),
                "nil" => Operand::Literal(Value::Nil),
                word => Operand::Function(functions::known(word).ok_or_else(|| fault(format!("function {word:?} not defined")))?),
            },
        });
    }
    if commands.iter().any(Vec::is_empty) {
        return Err(fault("missing value for command"));
    }
    Ok((Pipeline(commands), tokens))
}
