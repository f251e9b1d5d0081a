//! Plain text that no log of a CI service takes for a command.
//!
//! A line that begins with `::`, and `##[`, `##vso[` and `##teamcity[` anywhere, are commands to them: one character of each is
//! written out.

/// What begins a command anywhere in a line.
pub(super) const COMMANDS: [&str; 3] = ["##[", "##vso[", "##teamcity["];

/// Makes lines harmless.
pub(in crate::report) fn lines(mut text: String) -> String {
    for command in COMMANDS {
        if text.contains(command) {
            text = text.replace(command, &command.replacen("##", "#\\u{23}", 1));
        }
    }
    text.split_inclusive('\n')
        .map(|line| match line.trim_start().strip_prefix("::") {
            Some(rest) => format!("{}\\u{{3a}}:{rest}", &line[..line.len() - rest.len() - 2]),
            None => line.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_written_out() {
        assert_eq!(lines("a\n \u{a0}::error::b\n".to_owned()), "a\n \u{a0}\\u{3a}:error::b\n");
        assert_eq!(lines("a ##vso[x] ##[y] ###".to_owned()), "a #\\u{23}vso[x] #\\u{23}[y] ###");
    }

    #[test]
    fn other_text_stays() {
        assert_eq!(lines("std::fmt # [b]\nc".to_owned()), "std::fmt # [b]\nc");
    }
}
