use std::collections::HashMap;
use std::sync::Arc;

use prime_event::{DestinationId, SourceId, Timestamp, WorkspaceId, WriteKey};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde_json::{Value, json};

use crate::definitions::{Definitions, DeliveryRules, Destination, Label, Settings, Source, WriteKeyDefinition};
use crate::destinations;
use crate::error::{ControlError, Resource};
use crate::ledger::{Author, Entry, record};
use crate::secret::{random_id, random_write_key};
use crate::store::ControlStore;
use crate::validation::{checked_name, checked_slug};

/// The catalogue's id of the archive, the destination that every source has from its start.
pub const ARCHIVE_METADATA_ID: &str = "archive";

/// A source has one key in use and one that takes over; the rest is room for slow roll-outs.
const WRITE_KEYS_MAX: u32 = 10;

/// What a new source is made from.
#[derive(Clone, Debug, Default)]
pub struct NewSource {
    pub slug: String,
    /// The slug when absent.
    pub name: Option<String>,
    pub enabled: bool,
    pub metadata_id: String,
    pub settings: Settings,
    /// Leaves out the archive on local disk that a source is otherwise created with.
    pub disconnect_archive: bool,
}

/// What changes in a source; an absent value stays as it is.
#[derive(Clone, Debug, Default)]
pub struct SourcePatch {
    pub slug: Option<String>,
    pub name: Option<String>,
    pub enabled: Option<bool>,
    pub settings: Option<Settings>,
    pub labels: Option<Vec<Label>>,
}

impl ControlStore {
    /// Creates a source with one write key. A slug already taken in the workspace is refused. Blocking.
    pub fn create_source(
        &self,
        workspace: &WorkspaceId,
        new: NewSource,
        by: &Author,
    ) -> Result<Arc<Source>, ControlError> {
        let id = self.change(|transaction| insert(transaction, workspace, &new, by))?;
        self.expect_source(&id)
    }

    /// Blocking.
    pub fn update_source(
        &self,
        workspace: &WorkspaceId,
        id: &SourceId,
        patch: SourcePatch,
        by: &Author,
    ) -> Result<Arc<Source>, ControlError> {
        self.change(|transaction| update(transaction, workspace, id, &patch, by))?;
        self.expect_source(id)
    }

    /// Deletes a source with its write keys and destinations. Events already in the log stay there. Blocking.
    pub fn delete_source(&self, workspace: &WorkspaceId, id: &SourceId, by: &Author) -> Result<(), ControlError> {
        self.change(|transaction| {
            let name = name_of(transaction, workspace, id)?;
            transaction.execute("DELETE FROM sources WHERE id = ?1", params![id.as_str()])?;
            record(transaction, by, &entry(workspace, "deleted", id, &name, json!({})))
        })
    }

    /// Gives a source one more write key, switched on. Blocking.
    pub fn add_write_key(
        &self,
        workspace: &WorkspaceId,
        source: &SourceId,
        by: &Author,
    ) -> Result<WriteKeyDefinition, ControlError> {
        self.change(|transaction| {
            let name = name_of(transaction, workspace, source)?;
            let count: u32 = transaction.query_row(
                "SELECT count(*) FROM write_keys WHERE source = ?1",
                params![source.as_str()],
                |row| row.get(0),
            )?;
            if count >= WRITE_KEYS_MAX {
                return Err(ControlError::invalid(
                    "writeKeys",
                    "The source has ten write keys, which is the most; delete one that is no longer used.",
                ));
            }
            let key = insert_key(transaction, source, by.at)?;
            record(transaction, by, &key_entry(workspace, "created", source, &name, json!({})))?;
            Ok(key)
        })
    }

    /// Switches one write key on or off. Blocking.
    pub fn set_write_key_enabled(
        &self,
        workspace: &WorkspaceId,
        source: &SourceId,
        key: &str,
        enabled: bool,
        by: &Author,
    ) -> Result<Arc<Source>, ControlError> {
        self.change(|transaction| {
            let name = name_of(transaction, workspace, source)?;
            let changed = transaction.execute(
                "UPDATE write_keys SET enabled = ?3 WHERE source = ?1 AND key = ?2",
                params![source.as_str(), key, enabled],
            )?;
            found_key(changed)?;
            let change = json!({ "enabled": enabled });
            record(transaction, by, &key_entry(workspace, "modified", source, &name, change))
        })?;
        self.expect_source(source)
    }

    /// Deletes one write key; the last one may go too. Blocking.
    pub fn delete_write_key(
        &self,
        workspace: &WorkspaceId,
        source: &SourceId,
        key: &str,
        by: &Author,
    ) -> Result<(), ControlError> {
        self.change(|transaction| {
            let name = name_of(transaction, workspace, source)?;
            let changed = transaction
                .execute("DELETE FROM write_keys WHERE source = ?1 AND key = ?2", params![source.as_str(), key])?;
            found_key(changed)?;
            record(transaction, by, &key_entry(workspace, "deleted", source, &name, json!({})))
        })
    }

    fn expect_source(&self, id: &SourceId) -> Result<Arc<Source>, ControlError> {
        let definitions: Arc<Definitions> = self.definitions();
        definitions.source(id).cloned().ok_or_else(|| ControlError::not_found(Resource::Source, id.as_str()))
    }
}

pub(crate) fn insert(
    transaction: &Transaction<'_>,
    workspace: &WorkspaceId,
    new: &NewSource,
    by: &Author,
) -> Result<SourceId, ControlError> {
    let slug = free_slug(transaction, workspace, &new.slug, None)?;
    let name = checked_name("name", new.name.as_deref().unwrap_or(slug))?;
    let id = SourceId::from(random_id());
    transaction.execute(
        "INSERT INTO sources (id, workspace, slug, name, enabled, metadata_id, settings, labels, created_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, '[]', ?8)",
        params![
            id.as_str(),
            workspace.as_str(),
            slug,
            name,
            new.enabled,
            new.metadata_id,
            Value::Object(new.settings.clone()).to_string(),
            by.at.as_millis(),
        ],
    )?;
    insert_key(transaction, &id, by.at)?;
    let change = json!({
        "slug": slug, "name": name, "enabled": new.enabled, "metadataId": new.metadata_id, "settings": new.settings,
    });
    record(transaction, by, &entry(workspace, "created", &id, &name, change))?;
    if !new.disconnect_archive {
        destinations::insert(transaction, &local_archive(workspace, &id, by.at), &[], by)?;
    }
    Ok(id)
}

fn local_archive(workspace: &WorkspaceId, source: &SourceId, now: Timestamp) -> Destination {
    let mut settings = Settings::new();
    settings.insert("location".into(), "local".into());
    Destination {
        id: DestinationId::from(random_id()),
        workspace: workspace.clone(),
        source: source.clone(),
        name: "Archive on local disk".into(),
        enabled: true,
        metadata_id: ARCHIVE_METADATA_ID.into(),
        settings,
        delivery: DeliveryRules::default(),
        created_at: now,
    }
}

fn insert_key(
    transaction: &Transaction<'_>,
    source: &SourceId,
    now: Timestamp,
) -> Result<WriteKeyDefinition, ControlError> {
    let key = random_write_key();
    transaction.execute(
        "INSERT INTO write_keys (key, source, enabled, created_at) VALUES (?1, ?2, 1, ?3)",
        params![key.as_str(), source.as_str(), now.as_millis()],
    )?;
    Ok(WriteKeyDefinition { key, enabled: true, created_at: now })
}

fn update(
    transaction: &Transaction<'_>,
    workspace: &WorkspaceId,
    id: &SourceId,
    patch: &SourcePatch,
    by: &Author,
) -> Result<(), ControlError> {
    let mut name = name_of(transaction, workspace, id)?;
    let mut change = serde_json::Map::new();
    let mut set = |column: &str, field: &str, stored: &dyn rusqlite::ToSql, shown: Value| {
        change.insert(field.to_owned(), shown);
        transaction.execute(&format!("UPDATE sources SET {column} = ?2 WHERE id = ?1"), params![id.as_str(), stored])
    };
    if let Some(slug) = &patch.slug {
        let slug = free_slug(transaction, workspace, slug, Some(id))?;
        set("slug", "slug", &slug, json!(slug))?;
    }
    if let Some(new) = &patch.name {
        name = checked_name("name", new)?;
        set("name", "name", &name, json!(name))?;
    }
    if let Some(enabled) = patch.enabled {
        set("enabled", "enabled", &enabled, json!(enabled))?;
    }
    if let Some(settings) = &patch.settings {
        set("settings", "settings", &Value::Object(settings.clone()).to_string(), json!(settings))?;
    }
    if let Some(labels) = &patch.labels {
        let labels = json!(labels);
        set("labels", "labels", &labels.to_string(), labels)?;
    }
    record(transaction, by, &entry(workspace, "modified", id, &name, Value::Object(change)))
}

fn free_slug<'a>(
    transaction: &Transaction<'_>,
    workspace: &WorkspaceId,
    slug: &'a str,
    except: Option<&SourceId>,
) -> Result<&'a str, ControlError> {
    let slug = checked_slug(slug)?;
    let taken: bool = transaction.query_row(
        "SELECT EXISTS (SELECT 1 FROM sources WHERE workspace = ?1 AND slug = ?2 AND id <> ?3)",
        params![workspace.as_str(), slug, except.map_or("", |id| id.as_str())],
        |row| row.get(0),
    )?;
    if taken {
        return Err(ControlError::invalid(
            "slug",
            format!("Another source of this workspace has the slug `{slug}`; choose another one."),
        ));
    }
    Ok(slug)
}

/// The name of a source, which proves that it is one of this workspace.
pub(crate) fn name_of(connection: &Connection, workspace: &WorkspaceId, id: &SourceId) -> Result<String, ControlError> {
    connection
        .query_row(
            "SELECT name FROM sources WHERE id = ?1 AND workspace = ?2",
            params![id.as_str(), workspace.as_str()],
            |row| row.get(0),
        )
        .optional()?
        .ok_or_else(|| ControlError::not_found(Resource::Source, id.as_str()))
}

fn found_key(changed: usize) -> Result<(), ControlError> {
    // The key that was asked for is a credential and stays out of the message.
    if changed == 0 { Err(ControlError::not_found(Resource::WriteKey, "given")) } else { Ok(()) }
}

fn entry<'a>(
    workspace: &'a WorkspaceId,
    verb: &'static str,
    id: &'a SourceId,
    name: &'a str,
    change: Value,
) -> Entry<'a> {
    Entry { workspace, verb, resource: Resource::Source, id: id.as_str(), name, change }
}

/// A write key is a credential: the ledger names its source in its place.
fn key_entry<'a>(
    workspace: &'a WorkspaceId,
    verb: &'static str,
    source: &'a SourceId,
    name: &'a str,
    change: Value,
) -> Entry<'a> {
    Entry { workspace, verb, resource: Resource::WriteKey, id: source.as_str(), name, change }
}

pub(crate) fn load(connection: &Connection) -> Result<Vec<Source>, ControlError> {
    let mut keys = load_keys(connection)?;
    let mut statement = connection.prepare_cached(
        "SELECT id, workspace, slug, name, enabled, metadata_id, settings, labels, created_at FROM sources
         ORDER BY created_at, rowid",
    )?;
    let rows = statement.query_map([], |row| Ok(read_source(row)))?;
    let mut sources = Vec::new();
    for row in rows {
        let mut source = row??;
        source.write_keys = keys.remove(&source.id).unwrap_or_default();
        sources.push(source);
    }
    Ok(sources)
}

fn read_source(row: &Row<'_>) -> Result<Source, ControlError> {
    let settings = stored_settings(&row.get::<_, String>(6)?)?;
    Ok(Source {
        id: SourceId::from(row.get::<_, String>(0)?),
        workspace: WorkspaceId::from(row.get::<_, String>(1)?),
        slug: row.get(2)?,
        name: row.get(3)?,
        enabled: row.get(4)?,
        metadata_id: row.get(5)?,
        oauth_required: settings.get("oauthRequired") == Some(&Value::Bool(true)),
        settings,
        write_keys: Vec::new(),
        labels: serde_json::from_str(&row.get::<_, String>(7)?)
            .map_err(|_| ControlError::Damaged { what: "list of labels" })?,
        created_at: Timestamp::from_millis(row.get(8)?),
    })
}

pub(crate) fn stored_settings(text: &str) -> Result<Settings, ControlError> {
    serde_json::from_str(text).map_err(|_| ControlError::Damaged { what: "object of settings" })
}

fn load_keys(connection: &Connection) -> Result<HashMap<SourceId, Vec<WriteKeyDefinition>>, ControlError> {
    let mut statement = connection
        .prepare_cached("SELECT source, key, enabled, created_at FROM write_keys ORDER BY created_at, rowid")?;
    let mut rows = statement.query([])?;
    let mut keys: HashMap<SourceId, Vec<WriteKeyDefinition>> = HashMap::new();
    while let Some(row) = rows.next()? {
        let key = WriteKeyDefinition {
            key: WriteKey::from(row.get::<_, String>(1)?),
            enabled: row.get(2)?,
            created_at: Timestamp::from_millis(row.get(3)?),
        };
        keys.entry(SourceId::from(row.get::<_, String>(0)?)).or_default().push(key);
    }
    Ok(keys)
}
