//! What the class has none of: the figures and features that RDS tells of each class that can be
//! ordered (BC:rds.OrderableDBInstanceOption).

use aws_sdk_rds::types::{DbSnapshot, OrderableDbInstanceOption as Orderable};
use restore::plan::Obstacle;
use restore::request::{RdsTarget, StorageType};

use super::{engine, field, version};

/// A field, whether it asks for a feature, and whether a class has that.
type Feature = (&'static str, fn(&RdsTarget) -> bool, fn(&Orderable) -> Option<bool>);

const FEATURES: [Feature; 6] = [
    (
        "enableIamDatabaseAuthentication",
        |it| it.enable_iam_database_authentication == Some(true),
        Orderable::supports_iam_database_authentication,
    ),
    (
        "enablePerformanceInsights",
        |it| it.enable_performance_insights == Some(true),
        Orderable::supports_performance_insights,
    ),
    (
        "monitoringInterval",
        |it| it.monitoring_interval.is_some_and(|seconds| seconds > 0),
        Orderable::supports_enhanced_monitoring,
    ),
    (
        "maxAllocatedStorage",
        |it| it.max_allocated_storage.is_some(),
        Orderable::supports_storage_autoscaling,
    ),
    ("iops", |it| it.iops.is_some_and(|iops| iops > 0), Orderable::supports_iops),
    (
        "storageThroughput",
        |it| it.storage_throughput.is_some(),
        Orderable::supports_storage_throughput,
    ),
];

/// What none of `options` has: those of the class that fit the zone, the deployment and the storage
/// type. A field is told of by itself, and what RDS leaves open is held against nothing.
pub(super) fn misfits(
    snapshot: &DbSnapshot,
    asked: &RdsTarget,
    options: &[&Orderable],
) -> Vec<Obstacle> {
    let Some(class) = asked.db_instance_class.as_deref().filter(|_| !options.is_empty()) else {
        return Vec::new();
    };
    let with = asked.storage_type.map(|it| format!(" with {}", it.name())).unwrap_or_default();
    let class = Class { name: format!("{class} for {}{with}", engine(snapshot)), options };
    let features = FEATURES
        .iter()
        .filter(|(_, is_asked, has)| is_asked(asked) && class.none(|it| has(it) != Some(false)))
        .map(|(name, ..)| (*name, Some(format!("{} does not have it", class.name))));
    let engine = snapshot.engine().unwrap_or_default();
    let gib = asked.allocated_storage.or_else(|| snapshot.allocated_storage());
    features
        .chain([
            ("networkType", class.network(asked)),
            ("licenseModel", class.license(engine, asked)),
            ("allocatedStorage", class.storage(gib)),
            ("iops", class.iops(asked, gib)),
            ("storageThroughput", class.throughput(asked)),
        ])
        .filter_map(|(name, problem)| Some(field(name, problem?)))
        .collect()
}

/// What can be ordered of a class.
struct Class<'a> {
    /// The class, the engine and the storage type, in words.
    name: String,
    options: &'a [&'a Orderable],
}

impl Class<'_> {
    fn none(&self, fits: impl Fn(&Orderable) -> bool) -> bool {
        !self.options.iter().any(|option| fits(option))
    }

    fn network(&self, asked: &RdsTarget) -> Option<String> {
        let wanted = asked.network_type.as_deref()?;
        let has = |it: &Orderable| {
            let all = it.supported_network_types();
            all.is_empty() || all.iter().any(|network| network == wanted)
        };
        self.none(has).then(|| format!("{} does not have {wanted}", self.name))
    }

    /// One that is none of the engine's at all is told of by that.
    fn license(&self, engine: &str, asked: &RdsTarget) -> Option<String> {
        let wanted =
            asked.license_model.as_deref().filter(|it| version::is_license_of(engine, it))?;
        self.none(|it| it.license_model().is_none_or(|license| license == wanted))
            .then(|| format!("{} does not have `{wanted}`", self.name))
    }

    fn storage(&self, gib: Option<i32>) -> Option<String> {
        let gib = gib.filter(|gib| *gib > 0)?;
        let fits = |it: &Orderable| is_within(gib, it.min_storage_size(), it.max_storage_size());
        self.none(fits).then(|| {
            let range = self.range(Orderable::min_storage_size, Orderable::max_storage_size);
            format!("{} has {range} GiB, not {gib}", self.name)
        })
    }

    /// The least is held against provisioned storage alone: that of gp3 goes with a size, which
    /// [`super::storage`] looks at.
    fn iops(&self, asked: &RdsTarget, gib: Option<i32>) -> Option<String> {
        let iops = asked.iops.filter(|iops| *iops > 0)?;
        let is_provisioned =
            asked.storage_type.is_some_and(|it| matches!(it, StorageType::Io1 | StorageType::Io2));
        let gib = gib.filter(|gib| *gib > 0);
        let fits = |it: &Orderable| {
            let least = it.min_iops_per_db_instance().filter(|_| is_provisioned);
            let most_per_gib = it.max_iops_per_gib().zip(gib);
            is_within(iops, least, it.max_iops_per_db_instance())
                && most_per_gib.is_none_or(|(most, gib)| f64::from(iops) <= most * f64::from(gib))
        };
        self.none(fits).then(|| {
            let range = self
                .range(Orderable::min_iops_per_db_instance, Orderable::max_iops_per_db_instance);
            let per_gib = self.options.iter().filter_map(|it| it.max_iops_per_gib());
            let per_gib = per_gib.reduce(f64::max);
            let per_gib = per_gib.map(|it| format!(" and at most {it} for each GiB"));
            format!("{} has {range}{}, not {iops}", self.name, per_gib.unwrap_or_default())
        })
    }

    fn throughput(&self, asked: &RdsTarget) -> Option<String> {
        let throughput = asked.storage_throughput?;
        let iops = asked.iops.filter(|iops| *iops > 0);
        let fits = |it: &Orderable| {
            let per_iops = it.max_storage_throughput_per_iops().zip(iops);
            is_within(throughput, None, it.max_storage_throughput_per_db_instance())
                && per_iops
                    .is_none_or(|(most, iops)| f64::from(throughput) <= most * f64::from(iops))
        };
        self.none(fits).then(|| {
            let range = self.range(
                Orderable::min_storage_throughput_per_db_instance,
                Orderable::max_storage_throughput_per_db_instance,
            );
            format!("{} has {range} MiB/s and as its IOPS allow, not {throughput}", self.name)
        })
    }

    /// From the least to the most of any option, in words.
    fn range(&self, least: Bound, most: Bound) -> String {
        let least = self.options.iter().filter_map(|it| least(it)).min();
        let most = self.options.iter().filter_map(|it| most(it)).max();
        match (least, most) {
            (Some(least), Some(most)) => format!("{least} to {most}"),
            (Some(least), None) => format!("at least {least}"),
            (None, Some(most)) => format!("at most {most}"),
            (None, None) => "no such figure".to_owned(),
        }
    }
}

/// A bound that an option tells of.
type Bound = fn(&Orderable) -> Option<i32>;

fn is_within(figure: i32, least: Option<i32>, most: Option<i32>) -> bool {
    least.is_none_or(|least| figure >= least) && most.is_none_or(|most| figure <= most)
}

#[cfg(test)]
mod tests;
