//! The list of all destinations.

use prime_destination::{Destination, RequestDestination};

use crate::archive::Archive;
use crate::mixpanel::Mixpanel;
use crate::webhook::Webhook;

/// Every destination, in the order in which people are shown them.
pub fn catalog() -> &'static [&'static dyn Destination] {
    &[&Webhook, &Archive, &Mixpanel]
}

/// The destination with this metadata id.
pub fn find(metadata_id: &str) -> Option<&'static dyn Destination> {
    catalog().iter().copied().find(|destination| destination.metadata().id == metadata_id)
}

/// The destination with this metadata id, if it takes events as requests.
pub fn find_requests(metadata_id: &str) -> Option<&'static dyn RequestDestination> {
    const ALL: [&dyn RequestDestination; 2] = [&Webhook, &Mixpanel];
    ALL.into_iter().find(|destination| destination.metadata().id == metadata_id)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_entry_is_found_under_an_id_of_its_own() {
        let ids: HashSet<_> = catalog().iter().map(|destination| destination.metadata().id).collect();
        assert_eq!(ids.len(), catalog().len());
        assert!(ids.into_iter().all(|id| find(id).is_some_and(|found| found.metadata().id == id)));
        assert!(find("nothing").is_none() && find_requests("archive").is_none() && find_requests("webhook").is_some());
        assert!(find_requests("mixpanel").is_some());
    }

    #[test]
    fn every_entry_and_every_setting_explains_itself() {
        for destination in catalog() {
            let metadata = destination.metadata();
            assert!(metadata.description.ends_with('.'), "{}", metadata.id);
            let names: HashSet<_> = metadata.options.iter().map(|option| option.name).collect();
            assert_eq!(names.len(), metadata.options.len(), "{}", metadata.id);
            for option in metadata.options {
                assert!(option.description.ends_with('.') && !option.label.is_empty(), "{}", option.name);
            }
        }
    }
}
