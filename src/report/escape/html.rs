//! A page that is printed to a log.

use super::log;

/// Writes what a log would take for a command as character references, which mean the same to a browser.
#[must_use]
pub fn for_log(mut page: String) -> String {
    for command in log::COMMANDS {
        if page.contains(command) {
            page = page.replace(command, &command.replacen("##", "#&#35;", 1));
        }
    }
    page.split_inclusive('\n')
        .map(|line| match line.trim_start().strip_prefix("::") {
            Some(rest) => format!("{}&#58;:{rest}", &line[..line.len() - rest.len() - 2]),
            None => line.to_owned(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_reads_what_a_log_does_not() {
        assert_eq!(for_log("<p>\n  ::error::a ##vso[b]\n".to_owned()), "<p>\n  &#58;:error::a #&#35;vso[b]\n");
    }
}
