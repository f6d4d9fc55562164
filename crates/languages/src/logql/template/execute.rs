//! Execution of a template over one record. Border: values in, text out.

use jiff::Timestamp;

use super::functions;
use super::{Node, Operand, Pipeline, Template, Value};

/// Bytes of a text that a template makes, and of the texts in its variables: a few words could otherwise double one until memory is full.
pub(super) const MAX_TEXT: usize = 16 << 20;
/// Nodes that are executed for a record: a range over a number could otherwise go on for years.
const MAX_STEPS: u32 = 1_000_000;

/// What a template may ask of its record.
pub(crate) struct Context<'a> {
    /// A label's value.
    pub label: &'a dyn Fn(&str) -> Option<String>,
    /// The line.
    pub line: &'a str,
    /// When it was.
    pub time: i64,
}

impl Context<'_> {
    /// The record's time.
    pub fn timestamp(&self) -> Timestamp {
        Timestamp::from_nanosecond(i128::from(self.time)).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

impl Template {
    /// The text of a record; an error says which function could not be evaluated.
    pub fn execute(&self, context: &Context<'_>) -> Result<String, String> {
        let mut run = Run { context, out: String::new(), variables: vec![(String::new(), Value::Labels)], steps: 0 };
        run.nodes(&self.0, &Value::Labels)?;
        Ok(run.out)
    }
}

struct Run<'a> {
    context: &'a Context<'a>,
    out: String,
    variables: Vec<(String, Value)>,
    steps: u32,
}

impl Run<'_> {
    fn nodes(&mut self, nodes: &[Node], dot: &Value) -> Result<(), String> {
        let scope = self.variables.len();
        for node in nodes {
            self.step()?;
            self.node(node, dot)?;
            if self.out.len() > MAX_TEXT {
                return Err(format!("the text would be longer than {} MiB", MAX_TEXT >> 20));
            }
        }
        self.variables.truncate(scope);
        Ok(())
    }

    fn step(&mut self) -> Result<(), String> {
        self.steps += 1;
        if self.steps > MAX_STEPS { Err(format!("more than {MAX_STEPS} steps")) } else { Ok(()) }
    }

    fn node(&mut self, node: &Node, dot: &Value) -> Result<(), String> {
        match node {
            Node::Text(text) => self.out.push_str(text),
            Node::Action(None, pipeline) => {
                let value = self.pipeline(pipeline, dot)?;
                self.out.push_str(&value.text());
            }
            Node::Action(Some(variable), pipeline) => {
                let value = self.pipeline(pipeline, dot)?;
                self.variables.push((variable.clone(), value));
            }
            Node::If(pipeline, then, otherwise) => {
                let branch = if self.pipeline(pipeline, dot)?.is_true() { then } else { otherwise };
                self.nodes(branch, dot)?;
            }
            Node::With(variable, pipeline, then, otherwise) => {
                let value = self.pipeline(pipeline, dot)?;
                if !value.is_true() {
                    return self.nodes(otherwise, dot);
                }
                let scope = self.variables.len();
                self.variables.extend(variable.clone().map(|name| (name, value.clone())));
                self.nodes(then, &value)?;
                self.variables.truncate(scope);
            }
            Node::Range(variables, pipeline, each, none) => {
                let items: Vec<(Value, Value)> = match self.pipeline(pipeline, dot)? {
                    Value::List(elements) => elements.into_iter().enumerate().map(|(n, e)| (Value::Int(n as i64), e)).collect(),
                    Value::Map(fields) => fields.into_iter().map(|(k, v)| (Value::Text(k), v)).collect(),
                    Value::Int(count) if count > i64::from(MAX_STEPS) => return Err(format!("more than {MAX_STEPS} steps")),
                    Value::Int(count) => (0..count).map(|n| (Value::Int(n), Value::Int(n))).collect(),
                    Value::Nil => Vec::new(),
                    other => return Err(format!("range can't iterate over {}", other.text())),
                };
                if items.is_empty() {
                    return self.nodes(none, dot);
                }
                for (key, element) in items {
                    self.step()?;
                    let scope = self.variables.len();
                    match &variables[..] {
                        [one] => self.variables.push((one.clone(), element.clone())),
                        [index, one] => self.variables.extend([(index.clone(), key), (one.clone(), element.clone())]),
                        _ => {}
                    }
                    self.nodes(each, &element)?;
                    self.variables.truncate(scope);
                }
            }
        }
        Ok(())
    }

    fn pipeline(&mut self, pipeline: &Pipeline, dot: &Value) -> Result<Value, String> {
        let mut last = None;
        for command in &pipeline.0 {
            last = Some(self.command(command, last, dot)?);
        }
        Ok(last.unwrap_or(Value::Nil))
    }

    fn command(&mut self, command: &[Operand], piped: Option<Value>, dot: &Value) -> Result<Value, String> {
        let (first, rest) = command.split_first().ok_or("empty command")?;
        let Operand::Function(name) = first else {
            if !rest.is_empty() || piped.is_some() {
                return Err("can't give argument to non-function".to_string());
            }
            return self.operand(first, dot);
        };
        let mut arguments = Vec::with_capacity(rest.len() + 1);
        for operand in rest {
            let value = self.operand(operand, dot)?;
            // the rest of `and` and `or` is not evaluated once the result is known
            let decided = (*name == "and" && !value.is_true()) || (*name == "or" && value.is_true());
            arguments.push(value);
            if decided {
                return Ok(arguments.pop().unwrap_or(Value::Nil));
            }
        }
        arguments.extend(piped);
        let length = arguments.iter().map(Value::size).sum::<usize>();
        if length > MAX_TEXT {
            return Err(format!("{name}: the text would be longer than {} MiB", MAX_TEXT >> 20));
        }
        functions::call(name, arguments, self.context)
    }

    fn operand(&mut self, operand: &Operand, dot: &Value) -> Result<Value, String> {
        match operand {
            Operand::Literal(value) => Ok(value.clone()),
            Operand::Field(path) => self.path(dot.clone(), path),
            Operand::Variable(name, path) => {
                let found = self.variables.iter().rev().find(|(known, _)| known == name).map(|(_, value)| value.clone());
                self.path(found.ok_or_else(|| format!("undefined variable \"${name}\""))?, path)
            }
            Operand::Nested(pipeline, path) => {
                let value = self.pipeline(pipeline, dot)?;
                self.path(value, path)
            }
            Operand::Function(name) => functions::call(name, Vec::new(), self.context),
        }
    }

    fn path(&self, mut value: Value, path: &[String]) -> Result<Value, String> {
        for name in path {
            value = match value {
                Value::Labels => Value::Text((self.context.label)(name).unwrap_or_default()),
                Value::Map(fields) => fields.into_iter().find(|(k, _)| k == name).map_or(Value::Nil, |(_, v)| v),
                Value::Nil => return Err(format!("nil data; no entry for key {name:?}")),
                other => return Err(format!("can't evaluate field {name} in {}", other.text())),
            };
        }
        Ok(value)
    }
}
