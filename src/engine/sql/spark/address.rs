//! Where a server of Spark Connect is: `sc://host:15002/;token=…;use_ssl=true;user_id=ana;x-databricks-cluster-id=…`.
//!
//! `use_ssl` encrypts, and a `token` does unless the server is this machine; one that would be sent in clear elsewhere is
//! refused. Parameters whose names begin with `x-` go with each call as headers. What is shown of an address holds no secret.
//! Reaching the server is the business of the client.

use std::fmt;
use std::net::IpAddr;

use percent_encoding::percent_decode_str;
use url::{Host, Url};

/// How such an address begins.
pub const SCHEME: &str = "sc";

/// The port where servers listen if nobody says.
const PORT: u16 = 15002;

/// Where a server is, and how it is to be asked.
#[derive(Clone, PartialEq, Eq)]
pub struct Address {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) encrypts: bool,
    pub(super) token: Option<String>,
    pub(super) user: Option<String>,
    pub(super) headers: Vec<(String, String)>,
}

impl Address {
    /// Reads an address; `token` is for one that has none.
    ///
    /// # Errors
    /// What is wrong with it, without the address, which may hold a secret.
    pub fn parse(text: &str, token: Option<&str>) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|error| format!("it is no URL: {error}"))?;
        if url.scheme() != SCHEME {
            return Err(format!("`{}://` is no address of Spark Connect; one begins with sc://", url.scheme()));
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err("it has more than a host, a port and parameters after `/;`".to_owned());
        }
        let host = match url.host() {
            Some(Host::Domain(host)) => decoded(host)?,
            Some(host) => host.to_string(),
            None => return Err("it names no host".to_owned()),
        };
        let mut address = Self {
            host,
            port: url.port().unwrap_or(PORT),
            encrypts: false,
            token: None,
            user: None,
            headers: Vec::new(),
        };
        let mut said = None;
        for (name, value) in parameters(url.path())? {
            match name.as_str() {
                "token" => address.token = Some(value).filter(|token| !token.is_empty()),
                "user_id" => address.user = Some(value).filter(|user| !user.is_empty()),
                "use_ssl" => {
                    let value = value.to_ascii_lowercase();
                    said = Some(value.parse::<bool>().map_err(|_| "`use_ssl` is neither true nor false")?);
                }
                _ if name.starts_with("x-") => address.headers.push((name, value)),
                _ => {
                    return Err(
                        "a parameter is none of token, use_ssl, user_id and names that begin with x-".to_owned()
                    );
                }
            }
        }
        address.token = address.token.or_else(|| token.map(str::to_owned)).filter(|token| !token.is_empty());
        let is_risky = address.token.is_some() && !address.is_here();
        if is_risky && said == Some(false) {
            return Err(
                "a token is not sent to another machine without encryption; take `use_ssl=false` away".to_owned()
            );
        }
        address.encrypts = said.unwrap_or(is_risky);
        Ok(address)
    }

    /// Whether the server is this machine.
    fn is_here(&self) -> bool {
        let address = self.host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        address.map_or_else(|_| self.host.eq_ignore_ascii_case("localhost"), |address| address.is_loopback())
    }

    /// What must never be shown.
    pub(super) fn secrets(&self) -> impl Iterator<Item = &str> {
        self.token.iter().chain(self.headers.iter().map(|(_, value)| value)).map(String::as_str)
    }
}

/// The parameters after `/;`.
fn parameters(path: &str) -> Result<Vec<(String, String)>, String> {
    let path = path.strip_prefix('/').unwrap_or(path);
    if path.is_empty() {
        return Ok(Vec::new());
    }
    let list = path.strip_prefix(';').ok_or("its parameters do not follow `/;`")?;
    let mut parameters = Vec::new();
    for parameter in list.split(';').filter(|parameter| !parameter.is_empty()) {
        let (name, value) = parameter.split_once('=').ok_or("a parameter is not `name=value`")?;
        parameters.push((decoded(name)?.to_ascii_lowercase(), decoded(value)?));
    }
    Ok(parameters)
}

fn decoded(text: &str) -> Result<String, String> {
    let decoded = percent_decode_str(text).decode_utf8().map_err(|_| "a part of it is no UTF-8")?;
    if decoded.chars().any(char::is_control) {
        return Err("a part of it holds a control character".to_owned());
    }
    Ok(decoded.into_owned())
}

/// Without secrets.
impl fmt::Display for Address {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(into, "{SCHEME}://{}:{}/", self.host, self.port)?;
        if self.encrypts {
            into.write_str(";use_ssl=true")?;
        }
        if let Some(user) = &self.user {
            write!(into, ";user_id={user}")?;
        }
        if self.token.is_some() {
            into.write_str(";token=***")?;
        }
        self.headers.iter().try_for_each(|(name, _)| write!(into, ";{name}=***"))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        into.debug_tuple("Address").field(&self.to_string()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Address {
        Address::parse(text, None).unwrap()
    }

    #[test]
    fn an_address_says_where_and_how() {
        let plain = read("sc://spark");
        assert_eq!((plain.host.as_str(), plain.port, plain.encrypts), ("spark", 15002, false));
        assert_eq!(plain.to_string(), "sc://spark:15002/");
        let full = read("sc://h:443/;token=a%3Bb;use_ssl=true;user_id=ana;X-Databricks-Cluster-Id=0-1");
        assert_eq!((full.host.as_str(), full.port, full.encrypts), ("h", 443, true));
        assert_eq!((full.token.as_deref(), full.user.as_deref()), (Some("a;b"), Some("ana")));
        assert_eq!(full.headers, [("x-databricks-cluster-id".to_owned(), "0-1".to_owned())]);
        assert_eq!(read("sc://[::1]:7/;").host, "[::1]");
    }

    #[test]
    fn an_address_shows_no_secret() {
        let address = read("sc://h:443/;token=s3cret;user_id=ana;x-key=s3cret");
        assert_eq!(address.to_string(), "sc://h:443/;use_ssl=true;user_id=ana;token=***;x-key=***");
        assert!(!format!("{address:?}").contains("s3cret"));
        assert_eq!(address.secrets().collect::<Vec<_>>(), ["s3cret", "s3cret"]);
    }

    #[test]
    fn a_token_goes_in_clear_to_this_machine_alone() {
        for here in ["127.0.0.1", "localhost", "[::1]"] {
            assert!(!read(&format!("sc://{here}/;token=t")).encrypts, "{here}");
        }
        assert!(read("sc://h/;token=t").encrypts);
        assert!(read("sc://127.0.0.1/;token=t;use_ssl=true").encrypts);
        assert!(Address::parse("sc://h/;use_ssl=false", Some("t")).unwrap_err().starts_with("a token is not sent"));
        assert!(Address::parse("sc://h/;token=t;use_ssl=false", None).is_err());
        let given = Address::parse("sc://h/;use_ssl=true", Some("t")).unwrap();
        assert_eq!(given.token.as_deref(), Some("t"));
        assert_eq!(Address::parse("sc://h/;token=own", Some("t")).unwrap().token.as_deref(), Some("own"));
    }

    #[test]
    fn what_is_wrong_is_said_without_the_secret() {
        for text in [
            "http://h/;token=s3cret",
            "sc://",
            "sc:///;token=s3cret",
            "sc://h/token=s3cret",
            "sc://h/;s3cret",
            "sc://h/;password=s3cret",
            "sc://h/;token=a;s3cret=",
            "sc://h/;token=s3cret;use_ssl=perhaps",
            "sc://ana:s3cret@h/",
            "sc://h/?token=s3cret",
            "sc://h/;token=s3cret%0A",
            "sc://h/;token=s3cret%ff",
            "sc://h:s3cret/",
            "s3cret",
        ] {
            let why = Address::parse(text, None).unwrap_err();
            assert!(!why.contains("s3cret"), "{why}");
        }
    }
}
