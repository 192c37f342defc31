//! Lists in pages, by cursors that survive additions and deletions.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use crate::error::ApiError;

const COUNT_DEFAULT: usize = 50;
const COUNT_MAX: usize = 200;

/// Which page of a list.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct PageQuery {
    /// How many entries: 1 to 200.
    #[serde(rename = "pagination[count]")]
    #[param(minimum = 1, maximum = 200, default = 50)]
    count: Option<usize>,
    /// Where the page begins: `next` of the page before.
    #[serde(rename = "pagination[cursor]")]
    cursor: Option<String>,
}

/// Where a page stands in its list.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Pagination)]
pub(crate) struct PageInfo {
    /// The cursor of this page; empty for the first one.
    current: String,
    /// The cursor of the next page; null on the last one.
    next: Option<String>,
    /// How many entries the whole list has, where that is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    total_entries: Option<usize>,
}

/// What orders a list: no two entries are equal in it, and it never changes for one entry.
pub(crate) type SortKey = (i64, String);

impl PageQuery {
    /// For lists that count their pages in their own way.
    pub(crate) fn at(cursor: Option<String>) -> Self {
        Self { count: None, cursor }
    }

    pub(crate) fn count(&self) -> Result<usize, ApiError> {
        match self.count {
            None => Ok(COUNT_DEFAULT),
            Some(count) if (1..=COUNT_MAX).contains(&count) => Ok(count),
            Some(_) => Err(ApiError::field("pagination[count]", "A page has 1 to 200 entries; ask for that many.")),
        }
    }

    /// The number that the cursor holds, for lists that are ordered by one.
    pub(crate) fn position(&self) -> Result<Option<u64>, ApiError> {
        self.decoded()?.map(|text| text.parse().map_err(|_| foreign_cursor())).transpose()
    }

    /// What the cursor holds, for lists that are ordered by names of their own.
    pub(crate) fn text(&self) -> Result<Option<String>, ApiError> {
        self.decoded()
    }

    /// The numbers that the cursor holds, for streams of as many partitions.
    pub(crate) fn positions(&self, partitions: usize) -> Result<Option<Vec<u64>>, ApiError> {
        let Some(text) = self.decoded()? else { return Ok(None) };
        let numbers: Option<Vec<u64>> = text.split(',').map(|number| number.parse().ok()).collect();
        numbers.filter(|numbers| numbers.len() == partitions).map(Some).ok_or_else(foreign_cursor)
    }

    /// The page of a list that is held whole. `key` orders it.
    pub(crate) fn page<T>(
        &self,
        mut entries: Vec<T>,
        key: impl Fn(&T) -> SortKey,
    ) -> Result<(Vec<T>, PageInfo), ApiError> {
        let count = self.count()?;
        let total = entries.len();
        entries.sort_by_cached_key(&key);
        if let Some(after) = self.after()? {
            entries.retain(|entry| key(entry) > after);
        }
        let more = entries.len() > count;
        entries.truncate(count);
        let next = entries.last().filter(|_| more).map(|last| encoded(&key(last)));
        Ok((entries, self.info(next, Some(total))))
    }

    /// Frames a page whose next cursor is a number.
    pub(crate) fn info_at(&self, next: Option<u64>) -> PageInfo {
        self.info(next.map(|position| URL_SAFE_NO_PAD.encode(position.to_string())), None)
    }

    /// Frames a page whose next cursor is a number for each partition.
    pub(crate) fn info_at_all(&self, next: Option<Vec<u64>>) -> PageInfo {
        let text = |next: Vec<u64>| next.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        self.info(next.map(|next| URL_SAFE_NO_PAD.encode(text(next))), None)
    }

    /// Frames a page whose next cursor is a name.
    pub(crate) fn info_at_text(&self, next: Option<String>) -> PageInfo {
        self.info(next.map(|name| URL_SAFE_NO_PAD.encode(name)), None)
    }

    /// Frames a page of a list that makes its own cursors.
    pub(crate) fn info_of(&self, next: Option<String>) -> PageInfo {
        self.info(next, None)
    }

    fn info(&self, next: Option<String>, total_entries: Option<usize>) -> PageInfo {
        PageInfo { current: self.cursor.clone().unwrap_or_default(), next, total_entries }
    }

    fn after(&self) -> Result<Option<SortKey>, ApiError> {
        let Some(text) = self.decoded()? else { return Ok(None) };
        let (at, id) = text.split_once('.').ok_or_else(foreign_cursor)?;
        Ok(Some((at.parse().map_err(|_| foreign_cursor())?, id.to_owned())))
    }

    fn decoded(&self) -> Result<Option<String>, ApiError> {
        let Some(cursor) = self.cursor.as_deref().filter(|cursor| !cursor.is_empty()) else { return Ok(None) };
        let bytes = URL_SAFE_NO_PAD.decode(cursor).map_err(|_| foreign_cursor())?;
        String::from_utf8(bytes).map(Some).map_err(|_| foreign_cursor())
    }
}

fn encoded((at, id): &SortKey) -> String {
    URL_SAFE_NO_PAD.encode(format!("{at}.{id}"))
}

fn foreign_cursor() -> ApiError {
    ApiError::field("pagination[cursor]", "This is not a cursor of this list; use `next` of the page before.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(entry: &i64) -> SortKey {
        (*entry / 2, entry.to_string())
    }

    #[test]
    fn following_the_cursors_visits_everything_once_while_entries_come_and_go() {
        let mut list: Vec<i64> = (0..10).collect();
        let mut query = PageQuery { count: Some(3), cursor: None };
        let mut seen = Vec::new();
        loop {
            let (page, info) = query.page(list.clone(), key).unwrap();
            seen.extend(page);
            list.retain(|entry| !seen.contains(entry));
            let Some(next) = info.next else { break };
            query.cursor = Some(next);
        }
        assert_eq!(seen, (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn the_last_page_has_no_next_even_when_it_is_full() {
        let (page, info) = PageQuery { count: Some(5), cursor: None }.page((0..5).collect(), key).unwrap();
        assert_eq!((page.len(), info.next, info.total_entries), (5, None, Some(5)));
    }

    #[test]
    fn counts_out_of_bounds_and_foreign_cursors_are_refused() {
        for count in [0, 201] {
            assert!(PageQuery { count: Some(count), cursor: None }.count().is_err());
        }
        for cursor in ["%%%", "bm90aGluZw"] {
            let query = PageQuery { count: None, cursor: Some(cursor.into()) };
            assert!(query.page(vec![1], key).is_err() && query.position().is_err(), "{cursor}");
            assert!(query.positions(2).is_err(), "{cursor}");
        }
    }

    #[test]
    fn a_cursor_of_another_number_of_partitions_is_refused() {
        let next = PageQuery::default().info_at_all(Some(vec![7, 0, 12])).next;
        let query = PageQuery { count: None, cursor: next };
        assert_eq!(query.positions(3).unwrap(), Some(vec![7, 0, 12]));
        assert!(query.positions(2).is_err() && query.position().is_err());
    }
}
