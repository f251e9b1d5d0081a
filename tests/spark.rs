//! A client of Spark Connect against real servers: Sail, and Apache Spark whose streams end all the time.

use std::sync::LazyLock;

use tamiz::engine::sql::spark::{Address, Answered, Client, Rows, Settings};
use tamiz::outcome::Fault;

fn client(address: &str) -> Client {
    Client::connect(&Address::parse(address, None).unwrap(), &Settings::default()).unwrap()
}

fn ask(client: &Client, sql: &str) -> Result<(Answered, Rows), Fault> {
    let mut rows = Rows::new();
    let answered = client.query(sql, &|| Ok(()), &mut |some| {
        rows.extend(some);
        Ok(())
    })?;
    Ok((answered, rows))
}

#[test]
fn hand() {
    let a = std::env::var("HAND").unwrap();
    let client = client(&a);
    println!("{:?}", client.version());
    for sql in std::fs::read_to_string("/tmp/hand.sql").unwrap().split("\n;\n") {
        println!("-- {sql}");
        match ask(&client, sql) {
            Ok((answered, rows)) => println!("{answered:?}\n   {} {:?}", rows.len(), rows.first()),
            Err(fault) => println!("{fault:?}"),
        }
    }
}
