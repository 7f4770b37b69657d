//! Which continuous integration a project uses.

use crate::tree::Tree;

/// Where the gate could run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ci {
    /// `.github/workflows`.
    GitHub,
    /// `.gitlab-ci.yml`.
    GitLab,
    /// Another one, which runs commands.
    Other(&'static str),
    /// `.pre-commit-config.yaml`: on the developer's machine.
    PreCommit,
}

const FILES: &[(&str, Ci)] = &[
    (".github/workflows/*.{yml,yaml}", Ci::GitHub),
    (".gitlab-ci.{yml,yaml}", Ci::GitLab),
    (".circleci/config.yml", Ci::Other("CircleCI")),
    ("Jenkinsfile", Ci::Other("Jenkins")),
    ("azure-pipelines.yml", Ci::Other("Azure Pipelines")),
    ("bitbucket-pipelines.yml", Ci::Other("Bitbucket Pipelines")),
    (".buildkite/*.{yml,yaml}", Ci::Other("Buildkite")),
    (".drone.yml", Ci::Other("Drone")),
    (".woodpecker.yml", Ci::Other("Woodpecker")),
    (".woodpecker/*.{yml,yaml}", Ci::Other("Woodpecker")),
    (".travis.yml", Ci::Other("Travis CI")),
    (".pre-commit-config.yaml", Ci::PreCommit),
];

/// Every one that the project has, with the file that says so.
pub fn find(tree: &Tree) -> Vec<(Ci, String)> {
    FILES
        .iter()
        .filter_map(|(path, ci)| tree.matching(path).first().map(|file| (*ci, (*file).to_owned())))
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_patterns_are_patterns() {
        for (path, _) in super::FILES {
            assert!(crate::tree::matcher(path).is_some(), "{path}");
        }
    }
}
