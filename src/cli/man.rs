//! `tamiz man`: manual pages in roff, made from the command line's own definition.

use std::path::PathBuf;

use clap::Args;
use clap_mangen::Man as Page;

use crate::cli::print;
use crate::error::{Error, Exit};
use crate::history::write_whole;

/// Print the manual page of the program, or write the pages of all commands.
///
/// Without a folder, the page of `tamiz` goes to standard output. With one, `tamiz.1`, `tamiz-check.1` and so on are
/// written there.
#[derive(Args)]
#[command(after_help = "Examples:\n  tamiz man | man -l -\n  tamiz man ~/.local/share/man/man1")]
pub(super) struct Man {
    /// The folder to write all pages to.
    #[arg(value_name = "DIR")]
    folder: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let mut command = crate::cli::command();
        command.build();
        let Some(folder) = self.folder else {
            print(&roff(command)?)?;
            return Ok(Exit::Passed);
        };
        let mut pages = vec![("tamiz.1".to_owned(), command.clone())];
        for below in command.get_subcommands().filter(|below| below.get_name() != "help") {
            let name = format!("tamiz-{}", below.get_name());
            pages.push((format!("{name}.1"), below.clone().display_name(name)));
        }
        let mut said = String::new();
        for (file, command) in pages {
            let path = folder.join(file);
            write_whole(&path, roff(command)?.as_bytes(), false)?;
            said += &format!("{}\n", path.display());
        }
        print(&said)?;
        Ok(Exit::Passed)
    }
}

fn roff(command: clap::Command) -> Result<String, Error> {
    let mut page = Vec::new();
    Page::new(command).render(&mut page).map_err(|error| Error::Render(error.to_string()))?;
    String::from_utf8(page).map_err(|error| Error::Render(error.to_string()))
}
