//! The database as a place of a history, laid out as a folder of reports is: what `carry` brings runs to and from.
//!
//! History files are the runs of a suite and month, put together as they are asked for. A run that was taken away does not come
//! back by being carried here again.

use std::collections::BTreeSet;

use tokio_postgres::{Client, Transaction};

use crate::error::Error;
use crate::history::merge::{Group, groups};
use crate::history::place::{Place, Version, is_plain, version_of};
use crate::history::{book_of, suite_of_breaker_book};
use crate::team::database::{Database, Wrong};

/// How many runs are added at once.
const BATCH: usize = 500;

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
        let done = if let Some((suite, _)) = book_of(book) {
            self.add(suite, &groups(bytes))
        } else if let Some(suite) = suite_of_breaker_book(book) {
            self.ask(&async |client: &mut Client| keep_breaker(client, suite, bytes).await)
        } else {
            Ok(())
        };
        done.map(|()| true).map_err(|wrong| self.unwritable(&wrong))
    }
}

impl Database {
    /// Adds the runs of a suite that are not there, or say more than those that are: so many at a time that nobody waits long.
    fn add(&self, suite: &str, runs: &[Group]) -> Result<(), Wrong> {
        for batch in runs.chunks(BATCH) {
            let (ids, sizes): (Vec<&str>, Vec<i64>) = batch
                .iter()
                .map(|group| (group.key.id.as_str(), i64::try_from(group.text.len()).unwrap_or(i64::MAX)))
                .unzip();
            let known = self.ask(&async |client: &mut Client| {
                let sql = "select run.id from run join unnest($1::text[], $2::bigint[]) as ours (id, size) using (id)
                           where gone or octet_length(rules) + octet_length(line) >= size";
                Ok(client.query(sql, &[&ids, &sizes]).await?)
            })?;
            let known: BTreeSet<&str> = known.iter().map(|row| row.get(0)).collect();
            let new = || batch.iter().filter(|group| !known.contains(group.key.id.as_str()));
            if new().next().is_some() {
                self.ask(&async |client: &mut Client| {
                    let work = client.transaction().await?;
                    keep(&work, suite, new()).await?;
                    Ok(work.commit().await?)
                })?;
            }
        }
        Ok(())
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
    let rows = client.query("select line from breaker where suite = $1 order by digest", &[&suite]).await?;
    let mut lines: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    lines.sort_by_key(|line| at(line));
    Ok(lines)
}

/// The time that a line says; none if it is no line of a breaker, or one that no text of the database can hold.
fn at(line: &str) -> Option<String> {
    let read: serde_json::Value = serde_json::from_str(line).ok()?;
    Some(read.get("at")?.as_str()?.to_owned()).filter(|_| !line.contains('\0'))
}

async fn read_file(client: &Client, path: &str) -> Result<Option<Vec<u8>>, Wrong> {
    let Some((folder, name)) = path.split_once('/') else { return Ok(None) };
    let found = client.query_opt("select bytes from file where folder = $1 and name = $2", &[&folder, &name]).await?;
    Ok(found.map(|row| row.get(0)))
}

/// Adds runs of a suite. One at a time does, so that positions become visible in their order.
pub(super) async fn keep<'a>(
    work: &Transaction<'_>,
    suite: &str,
    runs: impl Iterator<Item = &'a Group>,
) -> Result<(), Wrong> {
    one_at_a_time(work).await?;
    let (mut ids, mut moments, mut folders, mut lines, mut rules) = (vec![], vec![], vec![], vec![], vec![]);
    for group in runs {
        let wrong = |_| Wrong::Other(format!("the lines of the run {} are no text", group.key.id));
        let text = std::str::from_utf8(&group.text).map_err(wrong)?;
        let own = text.trim_end_matches('\n').rfind('\n').map_or(0, |end| end + 1);
        ids.push(group.key.id.as_str());
        moments.push(group.key.started_at.as_str());
        folders.push(group.key.folder.as_str());
        rules.push(&text[..own]);
        lines.push(&text[own..]);
    }
    let insert = "insert into run (id, suite, started_at, folder, line, rules, position)
                  select id, $1, started_at, folder, line, rules, nextval('run_position')
                  from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::text[])
                      as ours (id, started_at, folder, line, rules)
                  on conflict (id) do update
                  set line = excluded.line, rules = excluded.rules, position = excluded.position
                  where not run.gone and length(excluded.rules || excluded.line) > length(run.rules || run.line)";
    work.execute(insert, &[&suite, &ids, &moments, &folders, &lines, &rules]).await?;
    // Since when rules fail was counted without these runs, if there is a newer one.
    let forget = "delete from document where name = 'since/' || $1 and exists (
                      select from run where suite = $1 and not gone and started_at > (
                          select min(started_at) from run where id = any($2)) and not id = any($2))";
    work.execute(forget, &[&suite, &ids]).await?;
    Ok(())
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

/// Adds the changes of a breaker that are not there. A line that is none is left to who can mend it.
pub(super) async fn keep_breaker(client: &Client, suite: &str, text: &[u8]) -> Result<(), Wrong> {
    let whole = text.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n"));
    let lines: Vec<&str> =
        whole.filter_map(|line| std::str::from_utf8(line).ok().filter(|line| at(line).is_some())).collect();
    let digests: Vec<String> = lines.iter().map(|line| version_of(line.as_bytes()).0).collect();
    let known = client.query("select digest from breaker where suite = $1", &[&suite]).await?;
    let known: BTreeSet<&str> = known.iter().map(|row| row.get(0)).collect();
    let (new, digests): (Vec<&str>, Vec<&str>) =
        lines.into_iter().zip(digests.iter().map(String::as_str)).filter(|(_, digest)| !known.contains(digest)).unzip();
    if !new.is_empty() {
        let insert = "insert into breaker (suite, digest, line)
                      select $1, digest, line from unnest($2::text[], $3::text[]) as ours (digest, line)
                      on conflict do nothing";
        client.execute(insert, &[&suite, &digests, &new]).await?;
    }
    Ok(())
}
