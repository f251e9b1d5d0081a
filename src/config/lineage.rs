//! `lineage`: where events of `OpenLineage` go with every check.

use url::Url;

use crate::config::keys;
use crate::config::read::Reader;
use crate::config::secret::Secret;
use crate::diagnostic::Code;
use crate::suite::yaml::Node;

/// Where events of `OpenLineage` go with every check.
#[derive(Clone, Debug)]
pub struct Lineage {
    /// The server.
    pub url: Url,
    /// The namespace of jobs, where the environment names none.
    pub namespace: Option<String>,
    /// The token that lets one in, where the environment has none.
    pub token: Option<Secret>,
}

impl Reader<'_> {
    pub(super) fn lineage(&mut self, node: &Node) -> Option<Lineage> {
        self.map(node, "lineage")?;
        self.check_keys(node, keys::LINEAGE, "`lineage`");
        let namespace = node.get("namespace").and_then(|node| self.setting(node));
        let token = node.get("token").and_then(|node| self.secret(node));
        let Some(address) = node.get("url") else {
            self.error(Code::MissingKey, node.span.clone(), "`lineage` has no `url`").help =
                Some("say which server takes the events: `lineage: {url: http://marquez:5000}`".to_owned());
            return None;
        };
        let text = self.url(address).and_then(|secret| match secret.expose() {
            Ok(text) => Some(text.to_owned()),
            Err(why) => {
                self.error(Code::BadVariable, address.span.clone(), why);
                None
            }
        })?;
        let Some(url) = Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https")) else {
            self.error(Code::BadValue, address.span.clone(), "this is no address of the web");
            return None;
        };
        Some(Lineage { url, namespace, token })
    }
}
