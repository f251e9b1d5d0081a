//! The keys of `tamiz.yaml`, level by level.

/// Keys of the file.
pub const CONFIG: &[&str] =
    &["tamiz", "report", "history", "connections", "retention", "masks", "lineage", "defaults", "serve", "alerts"];

/// Keys of `report`.
pub const REPORT: &[&str] = &["url"];

/// Keys of a connection that is a map.
pub const CONNECTION: &[&str] = &["url", "password", "timeout", "ca"];

/// Keys of `retention`.
pub const RETENTION: &[&str] =
    &["runs", "days", "failed_days", "daily", "weekly", "monthly", "last_passed", "last_failed"];

/// Keys of `masks`.
pub const MASKS: &[&str] = &["mask", "detect", "samples", "columns"];

/// Keys of `lineage`.
pub const LINEAGE: &[&str] = &["url", "namespace", "token"];

/// Keys of `defaults`.
pub const DEFAULTS: &[&str] = &["lang", "fail_on", "samples", "memory", "retries", "labels", "output"];

/// Keys of `serve`.
pub const SERVE: &[&str] = &["token"];

/// Keys of `alerts`.
pub const ALERTS: &[&str] = &[
    "lang",
    "environment",
    "timeout",
    "repeat",
    "group_by",
    "resolved",
    "items",
    "breaker",
    "channels",
    "routes",
    "escalate",
    "mutes",
];

/// Keys of `breaker`.
pub const BREAKER: &[&str] = &["failures", "rest"];

/// Keys that every channel takes.
pub const CHANNEL: &[&str] = &["type", "lang", "fallback"];

/// The kinds of channels, each with its own keys.
pub const KINDS: &[(&str, &[&str])] = &[
    ("slack", &["url"]),
    ("teams", &["url"]),
    ("pagerduty", &["routing_key", "url"]),
    ("email", &["smtp", "user", "password", "tls", "from", "to"]),
    ("webhook", &["url", "secret", "signature"]),
    ("alertmanager", &["url", "token", "every"]),
];

/// Keys of a route.
pub const ROUTE: &[&str] = &["match", "to", "continue", "repeat", "group_by", "resolved"];

/// Keys of `match`.
pub const MATCH: &[&str] = &["severity", "status", "suite", "dataset", "rule", "tag", "owner"];

/// What problems may be grouped by; the suite always is.
pub const GROUP_BY: &[&str] = &["suite", "dataset", "owner", "severity", "rule"];

/// Keys of an escalation.
pub const ESCALATE: &[&str] = &["more_than", "severity", "within", "by", "to"];

/// What the failures of an escalation may be counted by.
pub const ESCALATE_BY: &[&str] = &["suite", "dataset"];

/// Keys of a mute.
pub const MUTE: &[&str] = &["match", "until", "reason"];

/// Keys of a secret.
pub const SECRET: &[&str] = &["env", "file"];

/// Every table of keys, by what the keys are of: the schema has each of them, which a test holds.
pub const TABLES: &[(&str, &[&str])] = &[
    ("config", CONFIG),
    ("report", REPORT),
    ("connection", CONNECTION),
    ("retention", RETENTION),
    ("masks", MASKS),
    ("lineage", LINEAGE),
    ("defaults", DEFAULTS),
    ("serve", SERVE),
    ("alerts", ALERTS),
    ("breaker", BREAKER),
    ("channel", CHANNEL),
    ("route", ROUTE),
    ("match", MATCH),
    ("escalate", ESCALATE),
    ("mute", MUTE),
    ("secret", SECRET),
];
