//! `tamiz completions`: scripts that complete commands and flags.

use clap::Args;
use clap_complete::Shell;

use crate::cli::print;
use crate::error::{Error, Exit};

/// Print a script that completes commands and flags in a shell.
///
/// For bash: `tamiz completions bash > ~/.local/share/bash-completion/completions/tamiz`. For zsh, a file `_tamiz` in a
/// folder of `$fpath`; for fish, `~/.config/fish/completions/tamiz.fish`.
#[derive(Args)]
#[command(after_help = "Example:\n  tamiz completions zsh > ~/.zfunc/_tamiz")]
pub(super) struct Completions {
    /// The shell.
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut crate::cli::command(), "tamiz", &mut script);
        print(&String::from_utf8_lossy(&script))?;
        Ok(Exit::Passed)
    }
}
