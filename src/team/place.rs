//! The database as a place of a history, laid out as a folder of reports is: what `carry` brings runs to and from.
//!
//! History files are the runs of a suite and month, put together as they are asked for. A run that was taken away does not come
//! back by being carried here again.

use tokio_postgres::{Client, Transaction};

use crate::error::Error;
use crate::history::merge::{Group, groups};
use crate::history::place::{Place, Version, is_plain};
use crate::history::{book_of, suite_of_breaker_book};
use crate::team::database::{Database, Wrong};

/// A run as its row is.
pub(super) struct Row<'a> {
    pub(super) suite: &'a str,
    pub(super) group: &'a Group,
}

impl Place for Database {
    fn history_files(&self) -> Result<Vec<String>, Error> {
        let rows = self.ask(&async |client: &mut Client| {
            let months = "select distinct suite || '-' || left(started_at, 7) || '.ndjson' from run where not gone";
            Ok(client.query(months, &[]).await?)
        });
        let rows = rows.map_err(|wrong| self.unreadable(&wrong))?;
        let mut books: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        books.sort();
        Ok(books)
    }

    fn files(&self, folder: &str) -> Result<Vec<String>, Error> {
        let rows = self.ask(&async |client: &mut Client| {
            Ok(client.query("select name from file where folder = $1 order by name collate \"C\"", &[&folder]).await?)
        });
        Ok(rows.map_err(|wrong| self.unreadable(&wrong))?.iter().map(|row| row.get(0)).collect())
    }

    fn read(&self, path: &str) -> Result<Option<(Vec<u8>, Version)>, Error> {
        let found = self.ask(&async |client: &mut Client| match path.split_once('/') {
            Some(("history", book)) => match (book_of(book), suite_of_breaker_book(book)) {
                (Some((suite, month)), _) => read_book(client, suite, month).await,
                (None, Some(suite)) => read_breaker(client, suite).await,
                (None, None) => Ok(None),
            },
            Some(("runs", rest)) => read_file(client, rest).await,
            _ => Ok(None),
        });
        let found = found.map_err(|wrong| self.unreadable(&wrong))?;
        // What is replaced here is added to, so nobody needs to know which version it was.
        Ok(found.map(|bytes| (bytes, Version(String::new()))))
    }

    fn write(&self, path: &str, bytes: &[u8]) -> Result<(), Error> {
        let Some((folder, name)) = path.strip_prefix("runs/").and_then(|rest| rest.split_once('/')) else {
            // The newest of a suite is known from its runs.
            return Ok(());
        };
        if !is_plain(path) {
            return Err(self.unwritable(&Wrong::Other(format!("`{}` is no name of a file", path.escape_debug()))));
        }
        let done = self.ask(&async |client: &mut Client| {
            let work = client.transaction().await?;
            keep_file(&work, folder, name, bytes).await?;
            Ok(work.commit().await?)
        });
        done.map_err(|wrong| self.unwritable(&wrong))
    }

    fn replace(&self, book: &str, _: Option<&Version>, bytes: &[u8]) -> Result<bool, Error> {
        let done = self.ask(&async |client: &mut Client| {
            let work = client.transaction().await?;
            if let Some((suite, _)) = book_of(book) {
                keep(&work, groups(bytes).iter().map(|group| Row { suite, group })).await?;
            } else if let Some(suite) = suite_of_breaker_book(book) {
                keep_breaker(&work, suite, bytes).await?;
            }
            Ok(work.commit().await?)
        });
        done.map(|()| true).map_err(|wrong| self.unwritable(&wrong))
    }
}

async fn read_book(client: &Client, suite: &str, month: &str) -> Result<Option<Vec<u8>>, Wrong> {
    let sql = "select rules || line from run where suite = $1 and left(started_at, 7) = $2 and not gone \
               order by started_at, id collate \"C\"";
    let rows = client.query(sql, &[&suite, &month]).await?;
    let text: Vec<u8> = rows.iter().flat_map(|row| row.get::<_, &str>(0).bytes()).collect();
    Ok((!rows.is_empty()).then_some(text))
}

async fn read_breaker(client: &Client, suite: &str) -> Result<Option<Vec<u8>>, Wrong> {
    let lines = breaker_lines(client, suite).await?;
    Ok((!lines.is_empty()).then(|| lines.concat().into_bytes()))
}

/// The changes of the breaker of a suite, in the order of the time that they say.
pub(super) async fn breaker_lines(client: &Client, suite: &str) -> Result<Vec<String>, Wrong> {
    let sql = "select line from breaker where suite = $1 order by line::json ->> 'at' collate \"C\", digest";
    Ok(client.query(sql, &[&suite]).await?.iter().map(|row| row.get(0)).collect())
}

async fn read_file(client: &Client, path: &str) -> Result<Option<Vec<u8>>, Wrong> {
    let Some((folder, name)) = path.split_once('/') else { return Ok(None) };
    let found = client.query_opt("select bytes from file where folder = $1 and name = $2", &[&folder, &name]).await?;
    Ok(found.map(|row| row.get(0)))
}

/// Adds runs that are not there. One at a time does, so that positions become visible in their order.
pub(super) async fn keep<'a>(work: &Transaction<'_>, runs: impl Iterator<Item = Row<'a>>) -> Result<u64, Wrong> {
    one_at_a_time(work).await?;
    let insert = work
        .prepare(
            "insert into run (id, suite, started_at, folder, line, rules, position)
             values ($1, $2, $3, $4, $5, $6, nextval('run_position'))
             on conflict (id) do update
             set line = excluded.line, rules = excluded.rules, position = excluded.position
             where not run.gone and length(excluded.rules || excluded.line) > length(run.rules || run.line)",
        )
        .await?;
    let mut kept = 0;
    for Row { suite, group } in runs {
        let wrong = |_| Wrong::Other(format!("the lines of the run {} are no text", group.key.id));
        let text = std::str::from_utf8(&group.text).map_err(wrong)?;
        let own = text.trim_end_matches('\n').rfind('\n').map_or(0, |end| end + 1);
        let (rules, line) = text.split_at(own);
        let key = &group.key;
        kept += work.execute(&insert, &[&key.id, &suite, &key.started_at, &key.folder, &line, &rules]).await?;
        // Since when rules fail was counted without this run, if it is not the newest.
        let forget = "delete from document where name = 'since/' || $1 and exists (
                          select from run where suite = $1 and not gone and (started_at, id) > ($2, $3))";
        work.execute(forget, &[&suite, &key.started_at, &key.id]).await?;
    }
    Ok(kept)
}

/// Waits until nobody else changes runs; until the transaction ends.
pub(super) async fn one_at_a_time(work: &Transaction<'_>) -> Result<(), Wrong> {
    work.execute("select pg_advisory_xact_lock(hashtextextended('tamiz/' || current_schema() || '/runs', 0))", &[])
        .await?;
    Ok(())
}

pub(super) async fn keep_file(work: &Transaction<'_>, folder: &str, name: &str, bytes: &[u8]) -> Result<(), Wrong> {
    // The files of a run that was taken away are not wanted any more.
    let insert = "insert into file (folder, name, bytes) select $1, $2, $3
                  where not exists (select from run where folder = $1 and gone)
                  on conflict (folder, name) do update set bytes = excluded.bytes";
    work.execute(insert, &[&folder, &name, &bytes]).await?;
    Ok(())
}

/// Adds the changes of a breaker that are not there.
pub(super) async fn keep_breaker(work: &Transaction<'_>, suite: &str, text: &[u8]) -> Result<(), Wrong> {
    for line in text.split_inclusive(|byte| *byte == b'\n').filter(|line| line.len() > 1 && line.ends_with(b"\n")) {
        let Ok(line) = std::str::from_utf8(line) else { continue };
        let digest = crate::history::place::version_of(line.as_bytes()).0;
        let insert = "insert into breaker (suite, digest, line) values ($1, $2, $3) on conflict do nothing";
        work.execute(insert, &[&suite, &digest, &line]).await?;
    }
    Ok(())
}
