//! The sentences about problems.

use crate::problem::{Fix, Problem, ProblemKind};

/// What is wrong, and what to do.
pub(super) fn sentence(problem: &Problem) -> String {
    let what = what(&problem.kind);
    let is_of_types = matches!(
        problem.kind,
        ProblemKind::TypesChanged { .. } | ProblemKind::NotGenerated { is_released: false, .. }
    );
    match &problem.fix {
        Some(Fix::Run(command)) if is_of_types => format!("{what}; if the types are right, run `{command}`"),
        Some(Fix::Run(command)) => format!("{what}; run `{command}`"),
        Some(Fix::Restore) => format!("{what}; restore it from the history"),
        Some(Fix::Remove) => format!("{what}; remove it"),
        Some(Fix::Add) => format!("{what}; add one"),
        Some(Fix::Agree) => format!("{what}; make them agree"),
        None => what,
    }
}

/// The unified diff of a generated file.
pub(super) fn diff(problem: &Problem) -> Option<&str> {
    match &problem.kind {
        ProblemKind::TypesChanged { diff } | ProblemKind::NotGenerated { diff, .. } => diff.as_deref(),
        _ => None,
    }
}

fn what(kind: &ProblemKind) -> String {
    match kind {
        ProblemKind::TypesChanged { .. } => "the types are no longer what was released".to_owned(),
        ProblemKind::NotGenerated { is_released, diff } => {
            let what = if diff.is_some() { "is not what the types say" } else { "is missing" };
            let released = if *is_released { ", and not what was released" } else { "" };
            format!("{what}{released}")
        }
        ProblemKind::LeftOver => "was generated, and no contract has it any more".to_owned(),
        ProblemKind::BadRelease { cause } | ProblemKind::BadContract { cause } => cause.clone(),
        ProblemKind::UnknownVersion { key, version } => {
            format!("compatibility.{key} is {version}: no released version, and no later one")
        }
        ProblemKind::VersionTooLow { baseline, least_version } => {
            format!("the contract differs from {baseline}: that is at least version {least_version}")
        }
        ProblemKind::NotReleased { version } => format!("{version} is not released"),
        ProblemKind::ForgottenVersion => "is neither released nor what the contract is now".to_owned(),
        ProblemKind::ReleaseGone { version } => format!("{version} was released and is gone from here"),
        ProblemKind::ReleaseChanged => "was released, and is not as it was".to_owned(),
        ProblemKind::SettingDiffers { key, in_file, in_type } => {
            format!("{key} is {in_file} here and {in_type} in the Rust type")
        }
        ProblemKind::OtherMajor { version, number } => {
            format!("the version {version} has to begin with the topic's own number, {number}")
        }
        ProblemKind::FieldNotDescribed { field } => format!("[felt] has no line for the field {field:?}"),
        ProblemKind::NoSuchField { field } => format!("[felt] describes {field:?}, which is no field"),
        ProblemKind::NoExample { valid } => {
            format!(
                "has no example of {} record in an .ndjson file",
                if *valid { "a valid" } else { "an invalid" }
            )
        }
        ProblemKind::NoRecord { cause, more } => format!("is no record line: {cause}{}", also(*more)),
        ProblemKind::BadExample { valid: true, finding, more } => {
            let finding = finding.iter().map(ToString::to_string).collect::<String>();
            format!("is an example of a valid record, but: {finding}{}", also(*more))
        }
        ProblemKind::BadExample { valid: false, finding: Some(finding), more } => {
            format!("has to be refused by schema and type alike, but: {finding}{}", also(*more))
        }
        ProblemKind::BadExample { valid: false, finding: None, more } => {
            format!("is an example of an invalid record, but nothing refuses it{}", also(*more))
        }
    }
}

fn also(more: usize) -> String {
    if more > 0 { format!("; the same goes for {more} more lines") } else { String::new() }
}
