//! Django's fields as columns (`django/db/backends/postgresql/base.py`, `data_types` and `data_type_check_constraints`), and the names that
//! its schema editor makes (`django/db/backends/base/schema.py`, `_create_index_name`).

use super::alembic::Told;
use super::code::{Call, Callee, Node, Value};
use super::sql;
use md5::{Digest, Md5};

/// A field of a model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Field {
    pub name: String,
    pub column: String,
    /// The type; that of a reference is filled in from what it refers to.
    pub type_: String,
    pub null: bool,
    pub key: bool,
    pub unique: bool,
    pub index: bool,
    /// A key that counts itself.
    pub auto: bool,
    /// What its check says, with `{}` for the column.
    pub check: Option<&'static str>,
    pub collation: Option<String>,
    pub default: Option<String>,
    pub comment: Option<String>,
    /// `app.model` that it refers to, and the field there.
    pub refers: Option<(String, Option<String>)>,
    /// Whether a reference is held by a constraint.
    pub constrained: bool,
    /// Whether it refers to many, with a table of its own unless one is named.
    pub many: bool,
    pub through: bool,
    pub table: Option<String>,
}

const POSITIVE: &str = "{} >= 0";

fn named_text(call: &Call, name: &str) -> Told<Option<String>> {
    super::alembic_table::optional_text(call, name)
}

fn truth(call: &Call, name: &str, otherwise: bool) -> Told<bool> {
    Ok(super::alembic_table::optional_truth(call, name)?.unwrap_or(otherwise))
}

fn digits(call: &Call, name: &str) -> Told<Option<String>> {
    match call.named(name).map(|node| &node.value) {
        None | Some(Value::None) => Ok(None),
        Some(Value::Int(digits)) => Ok(Some(digits.clone())),
        Some(_) => Err(format!("{name} is no literal")),
    }
}

fn varying(call: &Call, otherwise: Option<&str>) -> Told<String> {
    let length = digits(call, "max_length")?.or_else(|| otherwise.map(str::to_owned));
    Ok(length.map_or_else(|| "varchar".to_owned(), |length| format!("varchar({length})")))
}

/// `models.CharField(…)`. `app` is the label of the model's application.
pub(super) fn field(name: &str, node: &Node, app: &str) -> Told<Field> {
    let Value::Call(call) = &node.value else { return Err(format!("field {name} is {}", node.word())) };
    let Callee::Name(path) = &call.of else { return Err(format!("field {name} is {}", node.word())) };
    if call.spread {
        return Err(format!("the arguments of field {name} are spread"));
    }
    let (module, class) = path.rsplit_once('.').unwrap_or(("", path));
    if !module.starts_with("django.") {
        return Err(format!("field {name} is a {path}, which is not Django's own"));
    }
    let mut field = Field {
        name: name.to_owned(),
        column: named_text(call, "db_column")?.unwrap_or_else(|| name.to_owned()),
        type_: String::new(),
        null: truth(call, "null", false)?,
        key: truth(call, "primary_key", false)?,
        unique: truth(call, "unique", false)?,
        index: truth(call, "db_index", false)?,
        auto: false,
        check: None,
        collation: named_text(call, "db_collation")?,
        default: None,
        comment: named_text(call, "db_comment")?.filter(|text| !text.is_empty()),
        refers: None,
        constrained: true,
        many: false,
        through: false,
        table: None,
    };
    if let Some(node) = call.named("db_default") {
        field.default = Some(literal(node).map_err(|why| format!("db_default of {name}: {why}"))?);
    }
    let plain = |text: &str| text.to_owned();
    field.type_ = match class {
        "AutoField" | "BigAutoField" | "SmallAutoField" => {
            field.auto = true;
            plain(match class {
                "AutoField" => "integer",
                "BigAutoField" => "bigint",
                _ => "smallint",
            })
        }
        "BinaryField" => plain("bytea"),
        "BooleanField" => plain("boolean"),
        "NullBooleanField" => {
            field.null = true;
            plain("boolean")
        }
        "CharField" => varying(call, None)?,
        "EmailField" => varying(call, Some("254"))?,
        "URLField" => varying(call, Some("200"))?,
        "FileField" | "ImageField" | "FilePathField" => varying(call, Some("100"))?,
        "SlugField" => {
            field.index = truth(call, "db_index", true)?;
            varying(call, Some("50"))?
        }
        "DateField" => plain("date"),
        "DateTimeField" => plain("timestamp with time zone"),
        "DecimalField" => match (digits(call, "max_digits")?, digits(call, "decimal_places")?) {
            (Some(all), Some(places)) => format!("numeric({all}, {places})"),
            _ => return Err(format!("field {name} does not say its digits")),
        },
        "DurationField" => plain("interval"),
        "FloatField" => plain("double precision"),
        "IntegerField" => plain("integer"),
        "BigIntegerField" => plain("bigint"),
        "SmallIntegerField" => plain("smallint"),
        "PositiveIntegerField" | "PositiveBigIntegerField" | "PositiveSmallIntegerField" => {
            field.check = Some(POSITIVE);
            plain(match class {
                "PositiveIntegerField" => "integer",
                "PositiveBigIntegerField" => "bigint",
                _ => "smallint",
            })
        }
        "GenericIPAddressField" | "IPAddressField" => plain("inet"),
        "JSONField" => plain("jsonb"),
        "TextField" => plain("text"),
        "TimeField" => plain("time"),
        "UUIDField" => plain("uuid"),
        "HStoreField" => plain("hstore"),
        "SearchVectorField" => plain("tsvector"),
        "IntegerRangeField" => plain("int4range"),
        "BigIntegerRangeField" => plain("int8range"),
        "DecimalRangeField" => plain("numrange"),
        "DateTimeRangeField" => plain("tstzrange"),
        "DateRangeField" => plain("daterange"),
        "ArrayField" => {
            let base = call.argument(0, "base_field").ok_or("an array names no field")?;
            let base = self::field(name, base, app)?;
            if base.check.is_some() || base.refers.is_some() {
                return Err(format!("field {name} is an array of what has a check or refers to something"));
            }
            format!("{}[{}]", base.type_, digits(call, "size")?.unwrap_or_default())
        }
        "ForeignKey" | "OneToOneField" => {
            field.refers = Some((target(call, app)?, named_text(call, "to_field")?));
            field.constrained = truth(call, "db_constraint", true)?;
            field.index = truth(call, "db_index", true)?;
            field.unique |= class == "OneToOneField";
            if call.named("db_column").is_none() {
                field.column = format!("{name}_id");
            }
            String::new()
        }
        "ManyToManyField" => {
            field.refers = Some((target(call, app)?, None));
            field.many = true;
            field.through = call.named("through").is_some();
            field.constrained = truth(call, "db_constraint", true)?;
            field.table = named_text(call, "db_table")?;
            String::new()
        }
        other => return Err(format!("field {name} is a {other}, which is not read")),
    };
    Ok(field)
}

/// `'app.Model'`, `'Model'`, `settings.AUTH_USER_MODEL`: as `app.model`.
fn target(call: &Call, app: &str) -> Told<String> {
    let node = call.argument(0, "to").ok_or("a reference names no model")?;
    match &node.value {
        Value::Text(text) => Ok(model_id(text, app)),
        Value::Name(name) if name.ends_with("settings.AUTH_USER_MODEL") => {
            Ok("settings.AUTH_USER_MODEL".to_owned())
        }
        _ => Err(format!("a reference is to {}", node.word())),
    }
}

/// `app.Model` in lower case, as Django looks models up.
pub(super) fn model_id(text: &str, app: &str) -> String {
    match text.split_once('.') {
        Some((app, model)) => format!("{app}.{}", model.to_lowercase()),
        None => format!("{app}.{}", text.to_lowercase()),
    }
}

/// A literal as SQL.
pub(super) fn literal(node: &Node) -> Told<String> {
    match &node.value {
        Value::None => Ok("NULL".to_owned()),
        Value::Bool(truth) => Ok(truth.to_string()),
        Value::Int(digits) | Value::Float(digits) => Ok(digits.clone()),
        Value::Text(text) => Ok(sql::literal(text)),
        Value::Call(call) if call.last() == "Decimal" => {
            let text = call.arguments.first().and_then(Node::text);
            let number =
                text.filter(|text| text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-')));
            number.map(str::to_owned).ok_or_else(|| "a decimal is no literal".to_owned())
        }
        Value::Call(call) if call.last() == "Now" && call.arguments.is_empty() => {
            Ok("STATEMENT_TIMESTAMP()".to_owned())
        }
        _ => Err(format!("it is {}", node.word())),
    }
}

impl Field {
    /// The operators for `LIKE` of a text that is looked up (`django/db/backends/postgresql/schema.py`, `_create_like_index_sql`).
    pub fn pattern(&self) -> Option<&'static str> {
        if !(self.index || self.unique || self.key) || self.type_.contains('[') || self.collation.is_some() {
            None
        } else if self.type_.starts_with("varchar") {
            Some("varchar_pattern_ops")
        } else if self.type_.starts_with("text") {
            Some("text_pattern_ops")
        } else {
            None
        }
    }

    /// Whether it has an index of its own, beside what a constraint brings.
    pub fn indexed(&self) -> bool {
        self.index && !self.unique && !self.key
    }

    /// As it stands in a table.
    pub fn sql(&self, identity: bool) -> String {
        let mut out = format!("{} {}", sql::name(&self.column), self.type_);
        if let Some(collation) = &self.collation {
            out += &format!(" COLLATE {}", sql::name(collation));
        }
        if let Some(default) = &self.default {
            out += &format!(" DEFAULT {default}");
        }
        out += if self.null { " NULL" } else { " NOT NULL" };
        if self.key {
            out += " PRIMARY KEY";
        } else if self.unique {
            out += " UNIQUE";
        }
        if self.auto && identity {
            out += " GENERATED BY DEFAULT AS IDENTITY";
        }
        if let Some(check) = self.check {
            out += &format!(" CHECK ({})", check.replace("{}", &sql::name(&self.column)));
        }
        out
    }
}

/// The name of an index or a constraint: the table, the columns, eight digits of a hash, and what it is.
pub(super) fn made_name(table: &str, columns: &[&str], suffix: &str) -> String {
    const LONGEST: usize = 63;
    let mut hash = Md5::new();
    for part in std::iter::once(&table).chain(columns) {
        hash.update(part.as_bytes());
    }
    let digest: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    let cut = |text: &str, length: usize| text.chars().take(length).collect::<String>();
    let mut end = format!("{}{suffix}", cut(&digest, 8));
    let joined = columns.join("_");
    let whole = format!("{table}_{joined}_{end}");
    if whole.chars().count() <= LONGEST {
        return whole;
    }
    if end.chars().count() > LONGEST / 3 {
        end = cut(&end, LONGEST / 3);
    }
    let other = (LONGEST - end.chars().count()) / 2 - 1;
    let name = format!("{}_{}_{end}", cut(table, other), cut(&joined, other));
    if name.starts_with(|c: char| c == '_' || c.is_ascii_digit()) {
        return format!("D{}", cut(&name, name.chars().count() - 1));
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_schema_editor() {
        // As Django itself names them, in every project that has these applications.
        assert_eq!(made_name("auth_user_groups", &["user_id"], ""), "auth_user_groups_user_id_6a12ed8b");
        assert_eq!(made_name("auth_user", &["username"], "_like"), "auth_user_username_6821ab7c_like");
        assert_eq!(
            made_name("django_content_type", &["app_label", "model"], "_uniq"),
            "django_content_type_app_label_model_76bd3d3b_uniq"
        );
        assert_eq!(
            made_name("django_admin_log", &["content_type_id"], "_fk_django_content_type_id"),
            "django_admin_log_content_type_id_c4bce8eb_fk_django_co"
        );
        assert_eq!(
            made_name("auth_group_permissions", &["permission_id"], "_fk_auth_permission_id"),
            "auth_group_permissio_permission_id_84c5c92e_fk_auth_perm"
        );
    }
}
