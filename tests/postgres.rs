//! A real PostgreSQL, which Debian has, as a server of tests.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Whether it is there; it is installed where the servers of tests are asked for.
#[expect(clippy::print_stderr, reason = "a test that is left out says so")]
pub(crate) fn is_there() -> bool {
    if programs().is_some() {
        return true;
    }
    if std::env::var_os("TAMIZ_SERVERS").is_none() {
        eprintln!("skipped: there is no PostgreSQL, and TAMIZ_SERVERS is not set, which asks for one to be installed");
        return false;
    }
    let install = "apt-get update -qq && apt-get install -y -qq --no-install-recommends postgresql";
    let ran = Command::new("sh").args(["-c", install]).output().unwrap();
    assert!(ran.status.success() && programs().is_some(), "{}", String::from_utf8_lossy(&ran.stderr));
    true
}

/// The folder of its programs, of the newest version.
fn programs() -> Option<PathBuf> {
    let found = glob::glob("/usr/lib/postgresql/*/bin/initdb").unwrap().filter_map(Result::ok);
    found.max_by_key(|path| {
        let version = path.components().rev().nth(2).and_then(|part| part.as_os_str().to_str()?.parse::<u32>().ok());
        version.unwrap_or(0)
    })?;
    let newest = glob::glob("/usr/lib/postgresql/*/bin").unwrap().filter_map(Result::ok).max()?;
    Some(newest)
}

/// A server with the roles `tamiz`, who may do everything, and `nadie`, who may do nothing and has the password `s3cret`.
pub(crate) struct Postgres {
    folder: tempfile::TempDir,
    child: Option<Child>,
    pub(crate) port: u16,
    /// How large its files may become, in KiB, if they may not become as large as they like.
    limit: Option<u32>,
}

impl Drop for Postgres {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Postgres {
    /// Makes and starts one.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut server = Self { folder, child: None, port, limit: None };
        if as_its_user(Path::new("chown")).is_some() {
            run(Command::new("chown").arg("postgres").arg(server.folder.path()));
        }
        run(server.program("initdb").args([
            "-U",
            "tamiz",
            "-A",
            "trust",
            "--no-sync",
            "--wal-segsize=1",
            "-E",
            "UTF8",
            "--locale=C",
        ]));
        let data = server.folder.path().join("data");
        let access = "local all all trust\nhost all nadie all scram-sha-256\nhost all all all trust\n";
        fs::write(data.join("pg_hba.conf"), access).unwrap();
        server.set("fsync = off");
        server.set("max_connections = 200");
        server.again();
        server.sql("create role nadie login password 's3cret'");
        server
    }

    /// The URL of its database for the tests of a schema.
    pub(crate) fn url(&self, schema: &str) -> String {
        format!("postgres://tamiz@127.0.0.1:{}/postgres?schema={schema}", self.port)
    }

    /// Changes a setting, for its next start.
    pub(crate) fn set(&self, setting: &str) {
        let mut settings =
            fs::File::options().append(true).open(self.folder.path().join("data/postgresql.conf")).unwrap();
        writeln!(settings, "{setting}").unwrap();
    }

    /// Gives it files of other folders, which it alone may read.
    pub(crate) fn give(&self, files: &[(&str, &Path)]) {
        for (name, folder) in files {
            let to = self.folder.path().join("data").join(name);
            fs::copy(folder.join(name), &to).unwrap();
            run(Command::new("chmod").arg("600").arg(&to));
            if as_its_user(Path::new("chown")).is_some() {
                run(Command::new("chown").arg("postgres").arg(&to));
            }
        }
    }

    /// From its next start on no file of it may become larger than so much, as if the disk were full.
    pub(crate) fn limit(&mut self, kib: Option<u32>) {
        self.limit = kib;
    }

    /// Starts it after it was stopped.
    pub(crate) fn again(&mut self) {
        let (folder, port) = (self.folder.path().to_owned(), self.port.to_string());
        let mut command = self.program("postgres");
        if let Some(kib) = self.limit {
            let mut limited = Command::new("sh");
            limited.args(["-c", &format!("ulimit -f {}; exec \"$0\" \"$@\"", kib * 2)]).arg(command.get_program());
            limited.args(command.get_args()).current_dir("/").stdin(Stdio::null());
            command = limited;
        }
        command.arg("-p").arg(port).arg("-k").arg(&folder).args(["-c", "listen_addresses=127.0.0.1"]);
        let log = fs::File::options().create(true).append(true).open(folder.join("log")).unwrap();
        self.child = Some(command.stdout(Stdio::null()).stderr(log).spawn().unwrap());
        let start = Instant::now();
        while !self.psql("select 1").status().unwrap().success() {
            let log = fs::read_to_string(folder.join("log")).unwrap_or_default();
            assert!(start.elapsed() < Duration::from_mins(2), "PostgreSQL does not answer: {log}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Stops it at once, as a power cut would its clients.
    pub(crate) fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = Command::new("kill").args(["-QUIT", &child.id().to_string()]).status();
            let _ = child.wait();
        }
    }

    /// What a statement says, without heads.
    pub(crate) fn sql(&self, sql: &str) -> String {
        let ran = self.psql(sql).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
        assert!(ran.status.success(), "{sql}: {}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8(ran.stdout).unwrap().trim_end().to_owned()
    }

    /// Runs a script, however long.
    pub(crate) fn sql_of(&self, script: &str) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(script.as_bytes()).unwrap();
        let mut command = self.psql("select 1");
        command.args(["-v", "ON_ERROR_STOP=1", "-f"]).arg(file.path());
        let ran = command.stderr(Stdio::piped()).output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    }

    fn psql(&self, sql: &str) -> Command {
        let mut command = Command::new(programs().unwrap().join("psql"));
        command.args(["-X", "-q", "-A", "-t", "-U", "tamiz", "-d", "postgres", "-h", "127.0.0.1", "-p"]);
        command.arg(self.port.to_string()).args(["-c", sql]).stdin(Stdio::null());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// One of its programs on its data, under a user that is not root.
    fn program(&self, name: &str) -> Command {
        let program = programs().unwrap().join(name);
        let mut command = as_its_user(&program).unwrap_or_else(|| Command::new(&program));
        command.arg("-D").arg(self.folder.path().join("data")).current_dir("/").stdin(Stdio::null());
        command
    }
}

/// A program under the user of PostgreSQL, which refuses to be run by root; none if this is not root.
fn as_its_user(program: &Path) -> Option<Command> {
    let id = Command::new("id").arg("-u").output().unwrap();
    (id.stdout.trim_ascii() == b"0").then(|| {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
        command
    })
}

fn run(command: &mut Command) {
    let ran = command.output().unwrap();
    assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
}
