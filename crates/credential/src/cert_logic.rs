//! CertLogic, the language of the EU's rules about certificates: a closed part of JsonLogic with dates. An expression
//! always ends; a fault in it counts as "no".
//!
//! After the specification of `ehn-dcc-development/dgc-business-rules`, 1.3.3.

use healthcode_core::time::{Day, Instant};
use serde_json::{Value, json};

/// Expressions within one another, at most; the deepest of the published rules has some twenty.
const DEEPEST: usize = 128;
/// Steps of one evaluation, at most: `reduce` within `reduce` would else take its time.
const MOST_STEPS: u32 = 200_000;
/// Bytes that one evaluation copies out of its data, at most, as [`weight`] counts them: an accumulator that `reduce` puts
/// twice into itself would else take all the memory there is, in thirty steps.
const MOST_COPIED_BYTES: usize = 16 << 20;

/// Why an expression has no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LogicFault {
    /// No such operation, or operands of the wrong number.
    #[error("{0:?} is no operation with so many operands")]
    Operation(String),
    /// An operand of the wrong type.
    #[error("{operation}: {problem}")]
    Operand {
        /// Where.
        operation: &'static str,
        /// What is wrong.
        problem: &'static str,
    },
    /// Not an expression at all.
    #[error("an expression is a text, a whole number, true, false, a list, or an object with one operation")]
    Expression,
    /// Too deep, or too long to evaluate.
    #[error("the expression is too deep or takes too many steps")]
    Size,
}

/// A value, or a date that was made of one.
#[derive(Debug, Clone, PartialEq)]
enum Val {
    Json(Value),
    Date(Instant),
}

/// Evaluates an expression over data; dates come out as texts in UTC with milliseconds.
///
/// ```
/// use healthcode_credential::cert_logic::evaluate;
/// use serde_json::json;
/// let logic = json!({ "not-before": [
///     { "plusTime": [{ "var": "external.validationClock" }, 0, "day"] },
///     { "plusTime": [{ "var": "payload.v.0.dt" }, 14, "day"] } ] });
/// let data = json!({ "payload": { "v": [{ "dt": "2021-06-01" }] }, "external": { "validationClock": "2021-06-15T00:00:00Z" } });
/// assert_eq!(evaluate(&logic, &data), Ok(json!(true)));
/// ```
pub fn evaluate(logic: &Value, data: &Value) -> Result<Value, LogicFault> {
    Ok(match (Run { steps: 0, copied: 0, depth: 0 }).eval(logic, data)? {
        Val::Json(value) => value,
        Val::Date(at) => {
            let text = at.to_string();
            text.strip_suffix('Z').map_or(text.clone(), |text| format!("{text}.000Z")).into()
        }
    })
}

struct Run {
    steps: u32,
    copied: usize,
    depth: usize,
}

/// About the bytes that a value takes; `None` for one that is nested deeper than [`DEEPEST`].
fn weight(value: &Value, depth: usize) -> Option<usize> {
    if depth > DEEPEST {
        return None;
    }
    Some(match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => 32,
        Value::String(text) => 32 + text.len(),
        Value::Array(items) => items.iter().try_fold(32, |sum, item| Some(sum + weight(item, depth + 1)?))?,
        // A map has room for eleven entries from the first one on.
        Value::Object(fields) => fields
            .iter()
            .try_fold(640, |sum, (name, field)| Some(sum + 24 + name.len() + weight(field, depth + 1)?))?,
    })
}

fn operand(operation: &'static str, problem: &'static str) -> LogicFault {
    LogicFault::Operand { operation, problem }
}

/// False, null, nothing, and what is empty.
fn is_falsy(value: &Val) -> bool {
    match value {
        Val::Date(_) => false,
        Val::Json(value) => match value {
            Value::Null => true,
            Value::Bool(bool) => !bool,
            Value::Number(number) => number.as_f64() == Some(0.0),
            Value::String(text) => text.is_empty(),
            Value::Array(items) => items.is_empty(),
            Value::Object(fields) => fields.is_empty(),
        },
    }
}

impl Run {
    fn eval(&mut self, logic: &Value, data: &Value) -> Result<Val, LogicFault> {
        self.steps += 1;
        if self.steps > MOST_STEPS || self.depth > DEEPEST {
            return Err(LogicFault::Size);
        }
        match logic {
            Value::String(_) | Value::Bool(_) => Ok(Val::Json(logic.clone())),
            Value::Number(number) if number.is_i64() => Ok(Val::Json(logic.clone())),
            Value::Array(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    values.push(self.json(item, data)?);
                }
                Ok(Val::Json(values.into()))
            }
            Value::Object(fields) if fields.len() == 1 => {
                let (name, operands) = fields.iter().next().ok_or(LogicFault::Expression)?;
                self.depth += 1;
                let value = self.operation(name, operands, data);
                self.depth -= 1;
                value
            }
            _ => Err(LogicFault::Expression),
        }
    }

    /// Counts a value that is about to be copied.
    fn copy(&mut self, value: &Value) -> Result<(), LogicFault> {
        self.copied += weight(value, 0).ok_or(LogicFault::Size)?;
        if self.copied > MOST_COPIED_BYTES { Err(LogicFault::Size) } else { Ok(()) }
    }

    /// The value as JSON; a date in a list has no form there.
    fn json(&mut self, logic: &Value, data: &Value) -> Result<Value, LogicFault> {
        match self.eval(logic, data)? {
            Val::Json(value) => Ok(value),
            Val::Date(_) => Err(operand("list", "a date stands only where dates are compared")),
        }
    }

    fn operation(&mut self, name: &str, operands: &Value, data: &Value) -> Result<Val, LogicFault> {
        if name == "var" {
            let path = operands.as_str().ok_or(operand("var", "the path is no text"))?;
            let Some(found) = find(data, path) else { return Ok(Val::Json(Value::Null)) };
            self.copy(found)?;
            return Ok(Val::Json(found.clone()));
        }
        let Value::Array(operands) = operands else { return Err(LogicFault::Operation(name.to_owned())) };
        match (name, &operands[..]) {
            ("if", [guard, then, other]) => {
                let chosen = if is_falsy(&self.eval(guard, data)?) { other } else { then };
                self.eval(chosen, data)
            }
            ("and", [first, rest @ ..]) if !rest.is_empty() => {
                let mut value = self.eval(first, data)?;
                for next in rest {
                    if is_falsy(&value) {
                        break;
                    }
                    value = self.eval(next, data)?;
                }
                Ok(value)
            }
            ("!", [one]) => Ok(Val::Json(is_falsy(&self.eval(one, data)?).into())),
            ("===", [one, other]) => Ok(Val::Json((self.eval(one, data)? == self.eval(other, data)?).into())),
            ("in", [one, all]) => {
                let (one, all) = (self.json(one, data)?, self.json(all, data)?);
                let all = all.as_array().ok_or(operand("in", "the right operand is no list"))?;
                Ok(Val::Json(all.contains(&one).into()))
            }
            ("+", [one, other]) => {
                let sum = self.int("+", one, data)?.checked_add(self.int("+", other, data)?);
                Ok(Val::Json(sum.ok_or(operand("+", "the sum is too large"))?.into()))
            }
            ("<" | ">" | "<=" | ">=", [_, _] | [_, _, _]) => self.compare_numbers(name, operands, data),
            ("after" | "before" | "not-after" | "not-before", [_, _] | [_, _, _]) => {
                self.compare_dates(name, operands, data)
            }
            ("plusTime", [date, amount, unit]) => self.plus_time(date, amount, unit, data),
            ("reduce", [list, lambda, initial]) => self.reduce(list, lambda, initial, data),
            ("extractFromUVCI", [uvci, index]) => self.extract(uvci, index, data),
            ("dccDateOfBirth", [date]) => {
                let date = self.json(date, data)?;
                let date = date.as_str().ok_or(operand("dccDateOfBirth", "it is no text"))?;
                date_of_birth(date).map(Val::Date).ok_or(operand("dccDateOfBirth", "it is no date"))
            }
            _ => Err(LogicFault::Operation(name.to_owned())),
        }
    }

    fn int(&mut self, operation: &'static str, logic: &Value, data: &Value) -> Result<i64, LogicFault> {
        let value = self.json(logic, data)?;
        value.as_i64().ok_or(operand(operation, "an operand is no whole number"))
    }

    fn compare_numbers(&mut self, name: &str, operands: &[Value], data: &Value) -> Result<Val, LogicFault> {
        let mut numbers = Vec::with_capacity(3);
        for one in operands {
            numbers.push(self.int("comparison", one, data)?);
        }
        let holds = numbers.windows(2).all(|pair| match name {
            "<" => pair[0] < pair[1],
            ">" => pair[0] > pair[1],
            "<=" => pair[0] <= pair[1],
            _ => pair[0] >= pair[1],
        });
        Ok(Val::Json(holds.into()))
    }

    fn compare_dates(&mut self, name: &str, operands: &[Value], data: &Value) -> Result<Val, LogicFault> {
        let mut dates = Vec::with_capacity(3);
        for one in operands {
            match self.eval(one, data)? {
                Val::Date(at) => dates.push(at),
                Val::Json(_) => return Err(operand("comparison of dates", "an operand is no date")),
            }
        }
        let holds = dates.windows(2).all(|pair| match name {
            "after" => pair[0] > pair[1],
            "before" => pair[0] < pair[1],
            "not-after" => pair[0] <= pair[1],
            _ => pair[0] >= pair[1],
        });
        Ok(Val::Json(holds.into()))
    }

    fn plus_time(
        &mut self,
        date: &Value,
        amount: &Value,
        unit: &Value,
        data: &Value,
    ) -> Result<Val, LogicFault> {
        let amount = amount.as_i64().ok_or(operand("plusTime", "the amount is no whole number"))?;
        let unit = unit.as_str().unwrap_or_default();
        let date = self.json(date, data)?;
        let at =
            date.as_str().and_then(date_time).ok_or(operand("plusTime", "the first operand is no date"))?;
        plus(at, amount, unit)
            .map(Val::Date)
            .ok_or(operand("plusTime", "no such unit, or a date out of range"))
    }

    fn reduce(
        &mut self,
        list: &Value,
        lambda: &Value,
        initial: &Value,
        data: &Value,
    ) -> Result<Val, LogicFault> {
        let mut value = self.json(initial, data)?;
        let items = match self.json(list, data)? {
            Value::Null => return Ok(Val::Json(value)),
            Value::Array(items) => items,
            _ => return Err(operand("reduce", "the first operand is no list")),
        };
        for current in items {
            self.copy(&value)?;
            self.copy(data)?;
            let scope = json!({ "accumulator": value, "current": current, "data": data });
            value = self.json(lambda, &scope)?;
        }
        Ok(Val::Json(value))
    }

    /// A fragment of the unique identifier of a certificate.
    fn extract(&mut self, uvci: &Value, index: &Value, data: &Value) -> Result<Val, LogicFault> {
        let index = index.as_u64().ok_or(operand("extractFromUVCI", "the index is no whole number"))?;
        let text = match self.json(uvci, data)? {
            Value::Null => return Ok(Val::Json(Value::Null)),
            Value::String(text) => text,
            _ => return Err(operand("extractFromUVCI", "the first operand is no text")),
        };
        let text = text.strip_prefix("URN:UVCI:").unwrap_or(&text);
        let fragment = text.split(['/', '#', ':']).nth(usize::try_from(index).unwrap_or(usize::MAX));
        Ok(Val::Json(fragment.map_or(Value::Null, Value::from)))
    }
}

/// What stands at a path of names and numbers between points; everything at the empty path.
fn find<'d>(data: &'d Value, path: &str) -> Option<&'d Value> {
    if path.is_empty() {
        return Some(data);
    }
    path.split('.').try_fold(data, |at, name| match at {
        Value::Object(fields) => fields.get(name),
        Value::Array(items) => items.get(name.parse::<usize>().ok()?),
        _ => None,
    })
}

/// A date, with time and offset or without, or only a year or a month, of which the first day is meant.
fn date_time(text: &str) -> Option<Instant> {
    let Some((date, time)) = text.split_once('T') else {
        return match text.len() {
            4 => midnight(&format!("{text}-01-01")),
            7 => midnight(&format!("{text}-01")),
            _ => midnight(text),
        };
    };
    let zone_at = time.find(['Z', '+', '-'])?;
    let (clock, zone) = time.split_at(zone_at);
    let clock = clock.split('.').next().unwrap_or_default();
    // Offsets are written +02:00, +0200 and +02.
    let zone = match (zone, zone.len()) {
        ("Z", _) => "Z".to_owned(),
        (zone, 3) => format!("{zone}:00"),
        (zone, 5) => format!("{}:{}", zone.get(..3)?, zone.get(3..)?),
        (zone, _) => zone.to_owned(),
    };
    Instant::parse(&format!("{date}T{clock}{zone}")).ok()
}

fn midnight(text: &str) -> Option<Instant> {
    let day = (text.len() == 10).then(|| Day::parse(text)).flatten()?;
    Some(Instant::from_seconds(i64::from(day.0) * 86_400))
}

/// In favour of its holder, whoever gave only a year or a month was born on the last day of it.
fn date_of_birth(text: &str) -> Option<Instant> {
    match text.len() {
        4 => midnight(&format!("{text}-12-31")),
        7 => plus(plus(midnight(&format!("{text}-01"))?, 1, "month")?, -1, "day"),
        _ => midnight(text),
    }
}

/// Adds calendar units in UTC; a day that a month has not runs over into the next one.
fn plus(at: Instant, amount: i64, unit: &str) -> Option<Instant> {
    let seconds = match unit {
        "year" | "month" => {
            let day = Day(i32::try_from(at.seconds().div_euclid(86_400)).ok()?);
            let (year, month, of_month) = day.ymd();
            let factor = if unit == "year" { 12 } else { 1 };
            let months = i64::from(year) * 12 + i64::from(month) - 1 + amount.checked_mul(factor)?;
            let year = i16::try_from(months.div_euclid(12)).ok().filter(|year| (0..=9_999).contains(year))?;
            let first = Day::from_ymd(year, (months.rem_euclid(12) + 1) as i8, 1)?;
            let moved = i64::from(first.0) + i64::from(of_month) - 1;
            return Some(Instant::from_seconds(moved * 86_400 + at.seconds().rem_euclid(86_400)));
        }
        "day" => 86_400,
        "hour" => 3_600,
        "minute" => 60,
        "second" => 1,
        _ => return None,
    };
    const FAR: i64 = 400_000_000_000;
    let moved = at.seconds().checked_add(amount.checked_mul(seconds)?)?;
    (moved.abs() < FAR).then(|| Instant::from_seconds(moved))
}
