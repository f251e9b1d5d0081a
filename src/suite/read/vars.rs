//! Variables: declared in the suite, given on the command line.

use std::collections::HashMap;

use crate::diagnostic::{Code, Level, nearest};
use crate::ir::Type;
use crate::suite::keys;
use crate::suite::read::{Reader, is_name};
use crate::suite::yaml::{Content, Node};

impl Reader<'_> {
    /// Remarks on variables that nothing asks for; those of an included file serve other suites too.
    pub(super) fn unused_variables(&mut self, root: &Node) {
        for entry in root.get("vars").and_then(Node::entries).unwrap_or(&[]) {
            if self.sources.is_suite(entry.key_span.start) && !self.variables.is_used(&entry.key) {
                let message = format!("nothing uses the variable `{}`", entry.key);
                self.report(Level::Note, Code::Doubtful, entry.key_span.clone(), message).help =
                    Some(format!("write `${{{0}}}` in a value or `:{0}` in SQL, or remove it", entry.key));
            }
        }
    }

    pub(super) fn read_variables(&mut self, root: &Node) {
        let env = self.request.env;
        let declared = match root.get("vars") {
            Some(node) => self.map(node, "vars").unwrap_or(&[]).to_vec(),
            None => Vec::new(),
        };
        let given: HashMap<&str, &str> =
            self.request.vars.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        // Timezone and "now" may name the variables before the first that is made of them.
        let mut settled = false;
        for entry in &declared {
            let name = entry.key.clone();
            if !is_name(&name, |c| c.is_alphanumeric() || c == '_') || name == "as_of" {
                self.error(
                    Code::BadValue,
                    entry.key_span.clone(),
                    format!("`{name}` cannot be the name of a variable"),
                )
                .help = Some("letters, digits and `_`".to_owned());
                continue;
            }
            let mut kind = Type::String;
            let mut default: Option<(String, bool)> = None;
            let mut sound = true;
            let default_node = match &entry.value.content {
                Content::Map(_) => {
                    if ["as_of", "floor", "format"].iter().any(|key| entry.value.get(key).is_some()) {
                        if !settled {
                            self.settle_now(root);
                            settled = true;
                        }
                        self.date_variable(entry, given.get(name.as_str()).copied());
                        continue;
                    }
                    self.check_keys(&entry.value, keys::VARIABLE, "a variable");
                    if let Some(node) = entry.value.get("type") {
                        let allowed =
                            [Type::String, Type::Integer, Type::Decimal, Type::Boolean, Type::Date, Type::Timestamp];
                        match self.one_of(node, &allowed.map(Type::name)).and_then(|word| word.parse().ok()) {
                            Some(found) => kind = found,
                            None => sound = false,
                        }
                    }
                    entry.value.get("default")
                }
                Content::Null(_) => None,
                _ => Some(&entry.value),
            };
            if let Some(node) = default_node {
                match self.text(node).map(|text| self.variables.fill(&text, env)) {
                    Some(Ok(filled)) => default = Some((filled.text, filled.secret)),
                    Some(Err(wrong)) => {
                        if !given.contains_key(name.as_str()) {
                            self.error(Code::BadVariable, node.span.clone(), wrong.message).help = wrong.help;
                            sound = false;
                        }
                    }
                    None => sound = false,
                }
            }
            let value = match given.get(name.as_str()) {
                Some(text) => Some(((*text).to_owned(), false)),
                None => default,
            };
            match value {
                Some((text, secret)) => {
                    if let Err(wrong) = self.variables.set(&name, kind, text, secret) {
                        self.error(Code::BadVariable, entry.key_span.clone(), wrong.message).help = wrong.help;
                        self.variables.set_unsound(&name, kind);
                    }
                }
                None if sound => {
                    self.variables.set_unsound(&name, kind);
                    self.error(
                        Code::BadVariable,
                        entry.key_span.clone(),
                        format!("the variable `{name}` is not given"),
                    )
                    .help = Some(format!("run with `--var {name}=…`, or give it a `default`"));
                }
                None => self.variables.set_unsound(&name, kind),
            }
        }
        for (name, _) in self.request.vars {
            if !declared.iter().any(|entry| entry.key == *name) {
                let near = nearest(name, declared.iter().map(|entry| entry.key.as_str()));
                let help = near.map(|near| format!("did you mean `--var {near}=…`?"));
                self.error(Code::BadVariable, 0..0, format!("`--var {name}`: this suite declares no such variable"))
                    .help = help.or_else(|| Some(format!("declare it: `vars: {{{name}: …}}`")));
            }
        }
    }
}
