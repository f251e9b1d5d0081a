//! The tables of the history of a team, and the steps that make them: what a step made is never changed, the next one is
//! another file.
//!
//! Steps are made under a lock, all of them or none, by whoever comes first and may; a database with more steps than this
//! version knows is left alone.

use tokio_postgres::Client;

use crate::team::database::{Wrong, quoted};

/// The steps, in their order.
const STEPS: [&str; 2] = [include_str!("schema/1.sql"), include_str!("schema/2.sql")];

/// Which step a database is at; 0 if it has no tables yet.
async fn step(client: &Client, schema: &str) -> Result<usize, Wrong> {
    let table = format!("{}.migration", quoted(schema));
    let is_there: bool = client.query_one("select to_regclass($1) is not null", &[&table]).await?.get(0);
    if !is_there {
        return Ok(0);
    }
    let newest: Option<i32> = client.query_one(&format!("select max(step) from {table}"), &[]).await?.get(0);
    Ok(usize::try_from(newest.unwrap_or(0)).unwrap_or(0))
}

/// Makes the tables that are not there.
pub(super) async fn prepare(client: &mut Client, schema: &str) -> Result<(), Wrong> {
    let mut at = step(client, schema).await?;
    if at < STEPS.len() {
        let made = make(client, schema).await;
        at = made.map_err(|wrong| {
            wrong.advised(&format!(
                "the tables of the history in the schema `{schema}` are at step {at} of {}, and this role could not make the \
                 rest: let one that may create them there run `tamiz history` once",
                STEPS.len()
            ))
        })?;
    }
    if at > STEPS.len() {
        return Err(Wrong::Other(format!(
            "its tables in the schema `{schema}` were made by a newer version of tamiz: they are at step {at}, and this one \
             knows {}; update this one",
            STEPS.len()
        )));
    }
    client.batch_execute(&format!("set search_path to {}", quoted(schema))).await?;
    Ok(())
}

/// Makes the steps that are missing, unless another process just did; gives the step it is at then.
async fn make(client: &mut Client, schema: &str) -> Result<usize, Wrong> {
    let name = quoted(schema);
    let work = client.transaction().await?;
    work.execute("select pg_advisory_xact_lock(hashtextextended('tamiz/' || $1 || '/schema', 0))", &[&schema]).await?;
    let is_there: bool = work.query_one("select to_regnamespace($1) is not null", &[&name]).await?.get(0);
    if !is_there {
        work.batch_execute(&format!("create schema {name}")).await?;
    }
    work.batch_execute(&format!(
        "set local search_path to {name};
         create table if not exists migration (step int primary key, made_at timestamptz not null default now())"
    ))
    .await?;
    let newest: Option<i32> = work.query_one("select max(step) from migration", &[]).await?.get(0);
    let at = usize::try_from(newest.unwrap_or(0)).unwrap_or(0);
    for (number, sql) in (1_i32..).zip(STEPS).skip(at) {
        work.batch_execute(sql).await?;
        work.execute("insert into migration (step) values ($1)", &[&number]).await?;
    }
    work.execute(
        "insert into document (name, text) values ('id', $1) on conflict do nothing",
        &[&uuid::Uuid::now_v7().to_string()],
    )
    .await?;
    work.commit().await?;
    Ok(at.max(STEPS.len()))
}
