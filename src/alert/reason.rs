//! Why something is told now, or is not; the words are those of Alertmanager.

use serde::{Deserialize, Serialize};

/// Why something is told, or is not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Nothing was told of this group.
    FirstNotification,
    /// A problem came to the group, or became worse.
    NewAlertsInGroup,
    /// No problem is left.
    AllResolved,
    /// A problem is over, and others are not.
    NewResolved,
    /// Nothing has changed for as long as the route says.
    RepeatIntervalElapsed,
    /// Nothing has changed.
    DoNotNotify,
    /// What a mute keeps quiet.
    Muted,
    /// A newer run of the suite has told already.
    Superseded,
    /// Somebody asked for a test.
    Test,
}

/// What is known of a group before it is decided about.
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact by itself")]
pub struct Standing {
    /// Whether anything was told of it.
    pub told: bool,
    /// Whether there is a problem now.
    pub firing: bool,
    /// Whether one of them was not told, or was told as less bad.
    pub news: bool,
    /// Whether one that was told is over.
    pub fixed: bool,
    /// Whether nothing is known now of one that was told.
    pub unknown: bool,
    /// Whether it is told that problems are over.
    pub tells_end: bool,
    /// Whether it was told so long ago that it is to be told again.
    pub due: bool,
}

impl Reason {
    /// Decides.
    #[must_use]
    pub const fn of(group: Standing) -> Self {
        match group {
            Standing { told: false, firing: true, .. } => Self::FirstNotification,
            Standing { told: false, .. } => Self::DoNotNotify,
            Standing { news: true, .. } => Self::NewAlertsInGroup,
            Standing { firing: false, unknown: false, tells_end: true, .. } => Self::AllResolved,
            Standing { fixed: true, tells_end: true, .. } => Self::NewResolved,
            Standing { firing: true, due: true, .. } => Self::RepeatIntervalElapsed,
            _ => Self::DoNotNotify,
        }
    }

    /// The word for it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::FirstNotification => "first_notification",
            Self::NewAlertsInGroup => "new_alerts_in_group",
            Self::AllResolved => "all_resolved",
            Self::NewResolved => "new_resolved",
            Self::RepeatIntervalElapsed => "repeat_interval_elapsed",
            Self::DoNotNotify => "do_not_notify",
            Self::Muted => "muted",
            Self::Superseded => "superseded",
            Self::Test => "test",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_changed_is_told_and_what_did_not_is_told_when_it_is_due() {
        let told = Standing { told: true, firing: true, tells_end: true, ..Standing::default() };
        let reason = |group| Reason::of(group);
        assert_eq!(reason(Standing { told: false, ..told }), Reason::FirstNotification);
        assert_eq!(reason(told), Reason::DoNotNotify);
        assert_eq!(reason(Standing { due: true, ..told }), Reason::RepeatIntervalElapsed);
        assert_eq!(reason(Standing { news: true, due: true, ..told }), Reason::NewAlertsInGroup);
        assert_eq!(reason(Standing { fixed: true, ..told }), Reason::NewResolved);
        assert_eq!(reason(Standing { firing: false, fixed: true, ..told }), Reason::AllResolved);
        assert_eq!(reason(Standing { firing: false, fixed: true, tells_end: false, ..told }), Reason::DoNotNotify);
        assert_eq!(reason(Standing { firing: false, unknown: true, due: true, ..told }), Reason::DoNotNotify);
        assert_eq!(reason(Standing::default()), Reason::DoNotNotify);
    }
}
