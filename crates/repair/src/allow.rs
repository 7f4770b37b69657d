//! Consent by name: which drift the user allows that only adds but changes what clients may do.

use trueup_catalog::ObjectKey;
use trueup_diff::{glob, kind_word};

/// What sort of consent a drift needs. The word begins its selector.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Consent {
    /// A missing or disabled trigger.
    Trigger,
    /// A missing policy.
    Policy,
    /// Row security that is off.
    RowSecurity,
    /// A function or procedure that is replaced.
    Function,
    /// A view whose query is replaced.
    View,
    /// A missing cast.
    Cast,
    /// Members that an operator family lacks.
    Family,
    /// A missing or disabled event trigger.
    EventTrigger,
    /// A missing or disabled rule.
    Rule,
    /// A missing publication, or tables that it lacks.
    Publication,
    /// A type that gets wider.
    Widen,
    /// A privilege, or a default privilege.
    Grant,
    /// What looks renamed, and is new.
    New,
}

impl Consent {
    /// The word in selectors.
    pub fn word(self) -> &'static str {
        match self {
            Consent::Trigger => "trigger",
            Consent::Policy => "policy",
            Consent::RowSecurity => "row-security",
            Consent::Function => "function",
            Consent::View => "view",
            Consent::Cast => "cast",
            Consent::Family => "operator-family",
            Consent::EventTrigger => "event-trigger",
            Consent::Rule => "rule",
            Consent::Publication => "publication",
            Consent::Widen => "widen",
            Consent::Grant => "grant",
            Consent::New => "new",
        }
    }

    /// Whether it is about who may see or do what, rather than about what statements do.
    pub(crate) fn changes_access(self) -> bool {
        match self {
            Consent::Policy | Consent::RowSecurity | Consent::Grant => true,
            Consent::Trigger
            | Consent::Function
            | Consent::View
            | Consent::Cast
            | Consent::Family
            | Consent::EventTrigger
            | Consent::Rule
            | Consent::Publication
            | Consent::Widen
            | Consent::New => false,
        }
    }

    /// The selector that allows just this object: `trigger:public.orders.audit`,
    /// `widen:column:public.users.email`.
    pub fn selector(self, key: &ObjectKey) -> String {
        match self {
            Consent::Widen | Consent::Grant | Consent::New => {
                format!("{}:{}:{key}", self.word(), kind_word(key.kind))
            }
            Consent::Trigger
            | Consent::Policy
            | Consent::RowSecurity
            | Consent::Function
            | Consent::View
            | Consent::Cast
            | Consent::Family
            | Consent::EventTrigger
            | Consent::Rule
            | Consent::Publication => {
                format!("{}:{key}", self.word())
            }
        }
    }

    /// Whether one of the selectors allows it. A selector is `*`, a word, `word:object`,
    /// `word:kind:object` or `kind:object`; `*` in the object stands for any text. What looks renamed is allowed by its own word alone.
    pub(crate) fn is_allowed(self, key: &ObjectKey, selectors: &[String]) -> bool {
        let object = key.to_string();
        let kind = kind_word(key.kind);
        let with_kind = format!("{kind}:{object}");
        let own_word = self == Consent::New;
        selectors.iter().any(|selector| match selector.split_once(':') {
            None => (selector == "*" && !own_word) || selector == self.word(),
            Some((word, pattern)) if word == self.word() => {
                glob(pattern, &object) || glob(pattern, &with_kind)
            }
            Some((word, pattern)) => word == kind && !own_word && glob(pattern, &object),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use trueup_catalog::{ObjectKind, QualifiedName};

    #[test]
    fn selectors() {
        let key =
            ObjectKey::on_relation(ObjectKind::Column, QualifiedName::new("public", "users"), "email".into());
        let allowed = |s: &str| Consent::Widen.is_allowed(&key, &[s.to_owned()]);
        assert_eq!(Consent::Widen.selector(&key), "widen:column:public.users.email");
        assert!(allowed("widen:column:public.users.email"));
        assert!(allowed("widen:public.users.*"));
        assert!(allowed("widen"));
        assert!(allowed("*"));
        assert!(allowed("column:public.users.*"));
        assert!(!allowed("column"));
        assert!(!allowed("trigger"));
        assert!(!allowed("table:public.users.email"));
        assert!(!allowed("widen:public.orders.*"));
        assert!(!allowed("widening"));
    }

    #[test]
    fn what_looks_renamed_is_allowed_by_its_own_word_alone() {
        let key =
            ObjectKey::on_relation(ObjectKind::Column, QualifiedName::new("public", "users"), "email".into());
        let allowed = |s: &str| Consent::New.is_allowed(&key, &[s.to_owned()]);
        assert_eq!(Consent::New.selector(&key), "new:column:public.users.email");
        assert!(allowed("new:column:public.users.email"));
        assert!(allowed("new:public.users.*"));
        assert!(allowed("new"));
        assert!(!allowed("*"));
        assert!(!allowed("column:public.users.email"));
        assert!(!allowed("new:column:public.users.mail"));
    }
}
