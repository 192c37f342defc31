pub(crate) const MANIFEST: &str = "manifest";
pub(crate) const TABLE: &str = "table";
const TEMPORARY: &str = ".new";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    Manifest,
    Table,
    IdLog(u64),
    Sealed(u64),
    Temporary,
}

pub(crate) fn id_log(epoch: u64) -> String {
    format!("epoch-{epoch:016x}.ids")
}

pub(crate) fn sealed(epoch: u64) -> String {
    format!("sealed-{epoch:016x}.ids")
}

pub(crate) fn temporary(name: &str) -> String {
    format!("{name}{TEMPORARY}")
}

impl Name {
    /// None for what is not ours.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        if name.ends_with(TEMPORARY) {
            return Some(Self::Temporary);
        }
        let numbered = |prefix: &str| {
            let digits = name.strip_prefix(prefix)?.strip_suffix(".ids")?;
            (digits.len() == 16).then(|| u64::from_str_radix(digits, 16).ok())?
        };
        match name {
            MANIFEST => Some(Self::Manifest),
            TABLE => Some(Self::Table),
            _ => numbered("epoch-").map(Self::IdLog).or_else(|| numbered("sealed-").map(Self::Sealed)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_written() {
        assert_eq!(Name::parse(&id_log(0xabc)), Some(Name::IdLog(0xabc)));
        assert_eq!(Name::parse(&sealed(u64::MAX)), Some(Name::Sealed(u64::MAX)));
        assert_eq!(Name::parse(&temporary(&sealed(1))), Some(Name::Temporary));
        assert_eq!(Name::parse(MANIFEST), Some(Name::Manifest));
        assert_eq!(Name::parse("lost+found"), None);
        assert_eq!(Name::parse("epoch-1.ids"), None);
    }
}
