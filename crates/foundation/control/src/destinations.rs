use std::sync::Arc;

use prime_event::{DestinationId, SourceId, Timestamp, WorkspaceId};
use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde_json::{Value, json};

use crate::definitions::{DeliveryRules, Destination, Settings};
use crate::error::{ControlError, Resource};
use crate::ledger::{Author, Entry, record};
use crate::secret::random_id;
use crate::sources::{name_of as source_name, stored_settings};
use crate::store::ControlStore;
use crate::validation::checked_name;

/// What a new destination is made from. The caller has checked the settings against the catalogue.
#[derive(Clone, Debug, Default)]
pub struct NewDestination {
    pub name: String,
    pub enabled: bool,
    pub metadata_id: String,
    pub settings: Settings,
    pub delivery: DeliveryRules,
    /// Names of settings whose values stay out of the ledger.
    pub secret_settings: Vec<String>,
}

/// What changes in a destination; an absent value stays as it is. `settings` replaces all settings.
#[derive(Clone, Debug, Default)]
pub struct DestinationPatch {
    pub name: Option<String>,
    pub enabled: Option<bool>,
    pub settings: Option<Settings>,
    pub delivery: Option<DeliveryRules>,
    /// Names of settings whose values stay out of the ledger.
    pub secret_settings: Vec<String>,
}

impl ControlStore {
    /// Connects a destination to a source. Blocking.
    pub fn create_destination(
        &self,
        workspace: &WorkspaceId,
        source: &SourceId,
        new: NewDestination,
        by: &Author,
    ) -> Result<Arc<Destination>, ControlError> {
        let destination = Destination {
            id: DestinationId::from(random_id()),
            workspace: workspace.clone(),
            source: source.clone(),
            name: checked_name("name", &new.name)?,
            enabled: new.enabled,
            metadata_id: new.metadata_id,
            settings: new.settings,
            delivery: checked_rules(new.delivery)?,
            created_at: by.at,
        };
        self.change(|transaction| {
            source_name(transaction, workspace, source)?;
            insert(transaction, &destination, &new.secret_settings, by)
        })?;
        self.expect_destination(&destination.id)
    }

    /// Blocking.
    pub fn update_destination(
        &self,
        workspace: &WorkspaceId,
        id: &DestinationId,
        patch: DestinationPatch,
        by: &Author,
    ) -> Result<Arc<Destination>, ControlError> {
        self.change(|transaction| update(transaction, workspace, id, &patch, by))?;
        self.expect_destination(id)
    }

    /// Blocking.
    pub fn delete_destination(
        &self,
        workspace: &WorkspaceId,
        id: &DestinationId,
        by: &Author,
    ) -> Result<(), ControlError> {
        self.change(|transaction| {
            let name = name_of(transaction, workspace, id)?;
            transaction.execute("DELETE FROM destinations WHERE id = ?1", params![id.as_str()])?;
            record(transaction, by, &entry(workspace, "deleted", id, &name, json!({})))
        })
    }

    fn expect_destination(&self, id: &DestinationId) -> Result<Arc<Destination>, ControlError> {
        let definitions = self.definitions();
        definitions.destination(id).cloned().ok_or_else(|| ControlError::not_found(Resource::Destination, id.as_str()))
    }
}

pub(crate) fn insert(
    transaction: &Transaction<'_>,
    destination: &Destination,
    secrets: &[String],
    by: &Author,
) -> Result<(), ControlError> {
    transaction.execute(
        "INSERT INTO destinations (id, workspace, source, name, enabled, metadata_id, settings, created_at,
            in_order, events_per_second_max)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        params![
            destination.id.as_str(),
            destination.workspace.as_str(),
            destination.source.as_str(),
            destination.name,
            destination.enabled,
            destination.metadata_id,
            Value::Object(destination.settings.clone()).to_string(),
            destination.created_at.as_millis(),
            destination.delivery.in_order,
            destination.delivery.events_per_second_max,
        ],
    )?;
    let change = json!({
        "sourceId": destination.source,
        "name": destination.name,
        "enabled": destination.enabled,
        "metadataId": destination.metadata_id,
        "settings": without_secrets(&destination.settings, secrets),
        "delivery": destination.delivery,
    });
    record(transaction, by, &entry(&destination.workspace, "created", &destination.id, &destination.name, change))
}

fn update(
    transaction: &Transaction<'_>,
    workspace: &WorkspaceId,
    id: &DestinationId,
    patch: &DestinationPatch,
    by: &Author,
) -> Result<(), ControlError> {
    let mut name = name_of(transaction, workspace, id)?;
    let mut change = serde_json::Map::new();
    let mut set = |column: &str, stored: &dyn rusqlite::ToSql, shown: Value| {
        change.insert(column.to_owned(), shown);
        transaction
            .execute(&format!("UPDATE destinations SET {column} = ?2 WHERE id = ?1"), params![id.as_str(), stored])
    };
    if let Some(new) = &patch.name {
        name = checked_name("name", new)?;
        set("name", &name, json!(name))?;
    }
    if let Some(enabled) = patch.enabled {
        set("enabled", &enabled, json!(enabled))?;
    }
    if let Some(settings) = &patch.settings {
        let shown = Value::Object(without_secrets(settings, &patch.secret_settings));
        set("settings", &Value::Object(settings.clone()).to_string(), shown)?;
    }
    if let Some(rules) = patch.delivery {
        let DeliveryRules { in_order, events_per_second_max } = checked_rules(rules)?;
        set("in_order", &in_order, json!(in_order))?;
        set("events_per_second_max", &events_per_second_max, json!(events_per_second_max))?;
    }
    record(transaction, by, &entry(workspace, "modified", id, &name, Value::Object(change)))
}

fn checked_rules(rules: DeliveryRules) -> Result<DeliveryRules, ControlError> {
    match rules.events_per_second_max {
        Some(0) => {
            let message = "Send at least 1 event a second; to send none, switch the destination off.";
            Err(ControlError::invalid("delivery.eventsPerSecondMax", message))
        }
        _ => Ok(rules),
    }
}

fn without_secrets(settings: &Settings, secrets: &[String]) -> Settings {
    let mut shown = settings.clone();
    for name in secrets {
        if let Some(value) = shown.get_mut(name) {
            *value = Value::from("********");
        }
    }
    shown
}

fn name_of(connection: &Connection, workspace: &WorkspaceId, id: &DestinationId) -> Result<String, ControlError> {
    connection
        .query_row(
            "SELECT name FROM destinations WHERE id = ?1 AND workspace = ?2",
            params![id.as_str(), workspace.as_str()],
            |row| row.get(0),
        )
        .optional()?
        .ok_or_else(|| ControlError::not_found(Resource::Destination, id.as_str()))
}

fn entry<'a>(
    workspace: &'a WorkspaceId,
    verb: &'static str,
    id: &'a DestinationId,
    name: &'a str,
    change: Value,
) -> Entry<'a> {
    Entry { workspace, verb, resource: Resource::Destination, id: id.as_str(), name, change }
}

pub(crate) fn load(connection: &Connection) -> Result<Vec<Destination>, ControlError> {
    let mut statement = connection.prepare_cached(
        "SELECT id, workspace, source, name, enabled, metadata_id, settings, created_at, in_order, events_per_second_max
         FROM destinations
         ORDER BY created_at, rowid",
    )?;
    let rows = statement.query_map([], |row| Ok(read_destination(row)))?;
    rows.map(|row| row?).collect()
}

fn read_destination(row: &Row<'_>) -> Result<Destination, ControlError> {
    Ok(Destination {
        id: DestinationId::from(row.get::<_, String>(0)?),
        workspace: WorkspaceId::from(row.get::<_, String>(1)?),
        source: SourceId::from(row.get::<_, String>(2)?),
        name: row.get(3)?,
        enabled: row.get(4)?,
        metadata_id: row.get(5)?,
        settings: stored_settings(&row.get::<_, String>(6)?)?,
        created_at: Timestamp::from_millis(row.get(7)?),
        delivery: DeliveryRules { in_order: row.get(8)?, events_per_second_max: row.get(9)? },
    })
}
