//! How the profiles of a node stand: told by who keeps them, read by the metrics page, the API and the console.

use parking_lot::Mutex;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// The state of all profiles of a node, over all spaces.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProfilesStatus {
    pub identifiers: u64,
    pub profiles: u64,
    /// Identifiers that were taken for shared ones and are not used.
    pub quarantined: u64,
    /// Events that profiles have not taken yet.
    pub behind: u64,
    /// Since the start.
    pub applied: u64,
    /// Events, since the start, that were there already.
    pub repeated: u64,
    /// Events, since the start, that name nobody.
    pub unowned: u64,
    /// Events, since the start, that are beyond the contract's limits and leave no trace on profiles.
    pub dropped: u64,
    /// Events ever that came so late that their time of arrival counted.
    pub beyond_horizon: u64,
    /// Memory of the tables of identity.
    pub memory_bytes: u64,
    pub disk_bytes: u64,
}

#[derive(Default)]
pub(crate) struct ProfilesGauges {
    status: Mutex<Option<ProfilesStatus>>,
    identifiers: Gauge,
    profiles: Gauge,
    quarantined: Gauge,
    behind: Gauge,
    applied: Gauge,
    repeated: Gauge,
    unowned: Gauge,
    dropped: Gauge,
    beyond_horizon: Gauge,
    memory_bytes: Gauge,
    disk_bytes: Gauge,
}

impl ProfilesGauges {
    pub(crate) fn registered(registry: &mut Registry) -> Self {
        let gauges = Self::default();
        let all = [
            ("profiles_identifiers", "Identifiers that are known", &gauges.identifiers),
            ("profiles", "People and accounts", &gauges.profiles),
            ("profiles_quarantined", "Identifiers taken for shared ones and not used", &gauges.quarantined),
            ("profiles_behind", "Events that profiles have not taken yet", &gauges.behind),
            ("profiles_applied", "Events taken into profiles since the start", &gauges.applied),
            ("profiles_repeated", "Events since the start that profiles had already", &gauges.repeated),
            ("profiles_unowned", "Events since the start that name nobody", &gauges.unowned),
            ("profiles_dropped", "Events since the start that are beyond the limits of profiles", &gauges.dropped),
            (
                "profiles_beyond_horizon",
                "Events so late that their arrival counted as their time",
                &gauges.beyond_horizon,
            ),
            ("profiles_memory_bytes", "Memory of the tables of identity", &gauges.memory_bytes),
            ("profiles_disk_bytes", "Bytes of profiles on disk", &gauges.disk_bytes),
        ];
        for (name, help, gauge) in all {
            registry.register(name, help, gauge.clone());
        }
        gauges
    }

    pub(crate) fn record(&self, status: ProfilesStatus) {
        let set = |gauge: &Gauge, value: u64| gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        set(&self.identifiers, status.identifiers);
        set(&self.profiles, status.profiles);
        set(&self.quarantined, status.quarantined);
        set(&self.behind, status.behind);
        set(&self.applied, status.applied);
        set(&self.repeated, status.repeated);
        set(&self.unowned, status.unowned);
        set(&self.dropped, status.dropped);
        set(&self.beyond_horizon, status.beyond_horizon);
        set(&self.memory_bytes, status.memory_bytes);
        set(&self.disk_bytes, status.disk_bytes);
        *self.status.lock() = Some(status);
    }

    pub(crate) fn status(&self) -> Option<ProfilesStatus> {
        *self.status.lock()
    }
}
