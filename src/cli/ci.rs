//! Continuous-integration services: how a job of one is known, and where it says what of itself.

use crate::cli::output::Format;
use crate::outcome::Ci;

/// A service.
pub(super) struct Provider {
    name: &'static str,
    /// The variable that its jobs have, and no others.
    flag: &'static str,
    /// Where the commit stands; the first of these that says something counts.
    commit: &'static [&'static str],
    /// Where the branch stands: of a merge request, its source.
    branch: &'static [&'static str],
    /// The address of the job, with variables between braces.
    url: &'static str,
    /// Where the path of the checked-out repository stands.
    root: &'static str,
    /// The output that is chosen by itself.
    pub(super) output: Option<Format>,
}

const PROVIDERS: [Provider; 13] = [
    Provider {
        name: "github",
        flag: "GITHUB_ACTIONS",
        commit: &["GITHUB_SHA"],
        branch: &["GITHUB_HEAD_REF", "GITHUB_REF_NAME"],
        url: "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}",
        root: "GITHUB_WORKSPACE",
        output: Some(Format::Github),
    },
    Provider {
        name: "gitlab",
        flag: "GITLAB_CI",
        commit: &["CI_COMMIT_SHA"],
        branch: &["CI_MERGE_REQUEST_SOURCE_BRANCH_NAME", "CI_COMMIT_REF_NAME"],
        url: "{CI_JOB_URL}",
        root: "CI_PROJECT_DIR",
        output: None,
    },
    Provider {
        name: "jenkins",
        flag: "JENKINS_URL",
        commit: &["GIT_COMMIT"],
        branch: &["CHANGE_BRANCH", "GIT_BRANCH", "BRANCH_NAME"],
        url: "{BUILD_URL}",
        root: "WORKSPACE",
        output: None,
    },
    Provider {
        name: "azure",
        flag: "TF_BUILD",
        commit: &["BUILD_SOURCEVERSION"],
        branch: &["SYSTEM_PULLREQUEST_SOURCEBRANCH", "BUILD_SOURCEBRANCH", "BUILD_SOURCEBRANCHNAME"],
        url: "{SYSTEM_TEAMFOUNDATIONCOLLECTIONURI}{SYSTEM_TEAMPROJECTID}/_build/results?buildId={BUILD_BUILDID}",
        root: "BUILD_SOURCESDIRECTORY",
        output: Some(Format::Azure),
    },
    Provider {
        name: "bitbucket",
        flag: "BITBUCKET_BUILD_NUMBER",
        commit: &["BITBUCKET_COMMIT"],
        branch: &["BITBUCKET_BRANCH"],
        url: "https://bitbucket.org/{BITBUCKET_REPO_FULL_NAME}/pipelines/results/{BITBUCKET_BUILD_NUMBER}",
        root: "BITBUCKET_CLONE_DIR",
        output: None,
    },
    Provider {
        name: "buildkite",
        flag: "BUILDKITE",
        commit: &["BUILDKITE_COMMIT"],
        branch: &["BUILDKITE_BRANCH"],
        url: "{BUILDKITE_BUILD_URL}",
        root: "BUILDKITE_BUILD_CHECKOUT_PATH",
        output: None,
    },
    Provider {
        name: "circleci",
        flag: "CIRCLECI",
        commit: &["CIRCLE_SHA1"],
        branch: &["CIRCLE_BRANCH"],
        url: "{CIRCLE_BUILD_URL}",
        root: "CIRCLE_WORKING_DIRECTORY",
        output: None,
    },
    Provider {
        name: "travis",
        flag: "TRAVIS",
        commit: &["TRAVIS_COMMIT"],
        branch: &["TRAVIS_PULL_REQUEST_BRANCH", "TRAVIS_BRANCH"],
        url: "{TRAVIS_JOB_WEB_URL}",
        root: "TRAVIS_BUILD_DIR",
        output: None,
    },
    Provider {
        name: "drone",
        flag: "DRONE",
        commit: &["DRONE_COMMIT_SHA"],
        branch: &["DRONE_SOURCE_BRANCH", "DRONE_BRANCH"],
        url: "{DRONE_BUILD_LINK}",
        root: "DRONE_WORKSPACE",
        output: None,
    },
    Provider {
        name: "woodpecker",
        flag: "CI_PIPELINE_FORGE_URL",
        commit: &["CI_COMMIT_SHA"],
        branch: &["CI_COMMIT_SOURCE_BRANCH", "CI_COMMIT_BRANCH"],
        url: "{CI_PIPELINE_URL}",
        root: "CI_WORKSPACE",
        output: None,
    },
    Provider {
        name: "codebuild",
        flag: "CODEBUILD_BUILD_ID",
        commit: &["CODEBUILD_RESOLVED_SOURCE_VERSION"],
        branch: &["CODEBUILD_WEBHOOK_HEAD_REF"],
        url: "{CODEBUILD_BUILD_URL}",
        root: "CODEBUILD_SRC_DIR",
        output: None,
    },
    Provider {
        name: "teamcity",
        flag: "TEAMCITY_VERSION",
        commit: &["BUILD_VCS_NUMBER"],
        branch: &[],
        url: "{BUILD_URL}",
        root: "",
        output: None,
    },
    // Whoever says no more than that it is one.
    Provider { name: "unknown", flag: "CI", commit: &[], branch: &[], url: "", root: "", output: None },
];

/// The service whose job this is, if it is one; `env` looks up variables.
pub(super) fn provider(env: &dyn Fn(&str) -> Option<String>) -> Option<&'static Provider> {
    let is_set = |flag: &str| env(flag).is_some_and(|value| !matches!(value.as_str(), "" | "0" | "false" | "False"));
    PROVIDERS.iter().find(|provider| is_set(provider.flag))
}

impl Provider {
    /// What the record says of the job.
    pub(super) fn job(&self, env: &dyn Fn(&str) -> Option<String>) -> Ci {
        let first = |names: &[&str]| names.iter().find_map(|name| said(env, name));
        let branch = first(self.branch).map(|branch| branch.trim_start_matches("refs/heads/").to_owned());
        Ci { provider: self.name.to_owned(), commit: first(self.commit), branch, url: fill(self.url, env) }
    }

    /// The folder of the checked-out repository.
    pub(super) fn root(&self, env: &dyn Fn(&str) -> Option<String>) -> Option<String> {
        said(env, self.root)
    }
}

fn said(env: &dyn Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    env(name).filter(|value| !name.is_empty() && !value.is_empty())
}

/// A pattern with its variables; none if one of them is not there, or there is none in it.
fn fill(pattern: &str, env: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let mut parts = pattern.split('{');
    let mut text = parts.next().unwrap_or_default().to_owned();
    let mut filled = false;
    for part in parts {
        let (name, rest) = part.split_once('}')?;
        text += &said(env, name)?;
        text += rest;
        filled = true;
    }
    filled.then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn job(variables: &[(&str, &str)]) -> Option<Ci> {
        let env = |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        provider(&env).map(|provider| provider.job(&env))
    }

    #[test]
    fn a_job_says_its_commit_branch_and_address() {
        let github = [
            ("CI", "true"),
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_SHA", "a1"),
            ("GITHUB_HEAD_REF", ""),
            ("GITHUB_REF_NAME", "main"),
            ("GITHUB_SERVER_URL", "https://git.example"),
            ("GITHUB_REPOSITORY", "o/r"),
            ("GITHUB_RUN_ID", "7"),
        ];
        let said = |text: &str| Some(text.to_owned());
        let expected = Ci {
            provider: "github".to_owned(),
            commit: said("a1"),
            branch: said("main"),
            url: said("https://git.example/o/r/actions/runs/7"),
        };
        assert_eq!(job(&github), Some(expected));
        let azure = job(&[("TF_BUILD", "True"), ("BUILD_SOURCEBRANCH", "refs/heads/a/b")]).unwrap();
        assert_eq!((azure.provider.as_str(), azure.branch, azure.url), ("azure", said("a/b"), None));
    }

    #[test]
    fn what_is_no_job_is_none() {
        assert_eq!(job(&[]), None);
        assert_eq!(job(&[("CI", "false")]), None);
        assert_eq!(job(&[("CI", "1")]).unwrap(), Ci { provider: "unknown".to_owned(), ..Ci::default() });
    }

    #[test]
    fn every_service_has_a_name_and_a_flag_of_its_own() {
        for (index, one) in PROVIDERS.iter().enumerate() {
            assert!(PROVIDERS[..index].iter().all(|other| other.name != one.name && other.flag != one.flag));
        }
    }
}
