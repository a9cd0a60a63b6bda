//! What the source instance had by its type, or other than its type has it, and the restored one has
//! not.

use aws_sdk_ec2::types::InstanceTypeInfo;
use restore::facts::{CpuOptions, Origin};

use super::fit::Types;

/// What is not restored of an instance of which this is known, in words, as far as `types` tell of
/// its own.
pub(super) fn left_behind(origin: &Origin, types: &Types) -> Vec<String> {
    let Some(info) = origin.instance_type.as_ref().and_then(|kind| types.get(kind)) else {
        return Vec::new();
    };
    let stores = info.instance_storage_supported() == Some(true);
    let stores = stores.then(|| "instance store volumes: their data is in no snapshot".to_owned());
    stores.into_iter().chain(origin.cpu_options.and_then(|had| cpus(had, info))).collect()
}

/// That an instance had other CPU options than its type comes with, as restored ones have them.
fn cpus(had: CpuOptions, info: &InstanceTypeInfo) -> Option<String> {
    let usual = info.v_cpu_info()?;
    let usual = CpuOptions {
        core_count: usual.default_cores()?,
        threads_per_core: usual.default_threads_per_core()?,
    };
    (had != usual).then(|| {
        format!(
            "CPU options (coreCount {}, threadsPerCore {}): the restored instance has those of its \
             type; change them, stopped, with ec2:ModifyInstanceCpuOptions",
            had.core_count, had.threads_per_core
        )
    })
}

#[cfg(test)]
mod tests {
    use aws_sdk_ec2::types::VCpuInfo;

    use super::*;

    fn origin(instance_type: &str, cores: i32, threads: i32) -> Origin {
        Origin {
            boot: None,
            instance_type: Some(instance_type.to_owned()),
            cpu_options: Some(CpuOptions { core_count: cores, threads_per_core: threads }),
        }
    }

    fn types() -> Types {
        let info = |stores| {
            let cpus = VCpuInfo::builder().default_cores(2).default_threads_per_core(2).build();
            InstanceTypeInfo::builder().instance_storage_supported(stores).v_cpu_info(cpus).build()
        };
        Types::from([("m5.xlarge".to_owned(), info(false)), ("m5d.xlarge".to_owned(), info(true))])
    }

    #[test]
    fn instance_stores_and_other_cpus_than_those_of_the_type_are_told() {
        let stores = "instance store volumes: their data is in no snapshot";
        let cpus = "CPU options (coreCount 2, threadsPerCore 1): ";
        for (origin, expected) in [
            (origin("m5.xlarge", 2, 2), vec![]),
            (origin("m5d.xlarge", 2, 2), vec![stores]),
            (origin("m5.xlarge", 2, 1), vec![cpus]),
            (origin("m5d.xlarge", 2, 1), vec![stores, cpus]),
            // The Region does not have the type, or nothing tells which it was.
            (origin("m1.small", 1, 1), vec![]),
            (Origin::default(), vec![]),
            (Origin { cpu_options: None, ..origin("m5d.xlarge", 2, 1) }, vec![stores]),
        ] {
            let told = left_behind(&origin, &types());
            assert_eq!(told.len(), expected.len(), "{origin:?}: {told:?}");
            for (told, expected) in told.iter().zip(expected) {
                assert!(told.starts_with(expected), "{told}");
            }
        }
    }
}
