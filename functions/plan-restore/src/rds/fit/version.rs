//! What the engine and its version decide: the port, the license model, the certificate authority,
//! the logs that it can export.

use aws_sdk_rds::types::{DbEngineVersion, DbSnapshot};
use restore::plan::Obstacle;
use restore::request::RdsTarget;

use super::{engine, field};

/// What RDS would refuse with the engine of the snapshot; of its version as far as that was found.
pub(super) fn misfits(
    snapshot: &DbSnapshot,
    asked: &RdsTarget,
    version: Option<&DbEngineVersion>,
) -> Vec<Obstacle> {
    let name = snapshot.engine().unwrap_or_default();
    let mut found: Vec<Obstacle> =
        port(name, asked).into_iter().chain(license(name, asked)).collect();
    if let Some(version) = version {
        let of = engine(snapshot);
        found.extend(certificate(&of, asked, version));
        found.extend(logs(&of, asked, version));
    }
    found
}

/// "For RDS for Microsoft SQL Server, the value can't be 1234, 1434, 3260, 3343, 3389, 47001, or
/// 49152-49156" (BC:rds.ModifyDBInstanceMessage.DBPortNumber).
const fn is_reserved(port: u16) -> bool {
    matches!(port, 1234 | 1434 | 3260 | 3343 | 3389 | 47_001 | 49_152..=49_156)
}

fn port(engine: &str, asked: &RdsTarget) -> Option<Obstacle> {
    let port = asked.port.filter(|port| engine.starts_with("sqlserver") && is_reserved(*port))?;
    Some(field("port", format!("{port} is none that a DB instance of SQL Server may have")))
}

fn license(engine: &str, asked: &RdsTarget) -> Option<Obstacle> {
    let license = asked.license_model.as_deref().filter(|it| !is_license_of(engine, it))?;
    let all = licenses(engine).join(", ");
    Some(field("licenseModel", format!("`{license}` is none of those of {engine}: {all}")))
}

/// Whether the license model is one of the engine's, as far as these are known.
pub(super) fn is_license_of(engine: &str, license: &str) -> bool {
    let all = licenses(engine);
    all.is_empty() || all.contains(&license)
}

/// The license models of an engine (BC:rds.RestoreDBInstanceFromDBSnapshotMessage.LicenseModel);
/// nothing of one of which the model tells none.
fn licenses(engine: &str) -> &'static [&'static str] {
    match engine.split('-').next().unwrap_or_default() {
        "db2" => &["bring-your-own-license", "marketplace-license"],
        "mariadb" | "mysql" => &["general-public-license"],
        "oracle" => &["bring-your-own-license", "license-included"],
        "postgres" => &["postgresql-license"],
        "sqlserver" => &["license-included", "bring-your-own-media"],
        _ => &[],
    }
}

fn certificate(of: &str, asked: &RdsTarget, version: &DbEngineVersion) -> Option<Obstacle> {
    let authority = asked.ca_certificate_identifier.as_deref()?;
    let all = version.supported_ca_certificate_identifiers();
    let is_known = all.is_empty() || all.iter().any(|it| it == authority);
    (!is_known).then(|| {
        let problem = format!("`{authority}` is none of those of {of}: {}", all.join(", "));
        field("caCertificateIdentifier", problem)
    })
}

fn logs(of: &str, asked: &RdsTarget, version: &DbEngineVersion) -> Vec<Obstacle> {
    let all = version.exportable_log_types();
    let exports = asked.enable_cloudwatch_logs_exports.iter().flatten().enumerate();
    exports
        .filter(|(_, log)| !all.is_empty() && !all.contains(log))
        .map(|(index, log)| {
            let problem = format!("`{log}` is none of those of {of}: {}", all.join(", "));
            field(&format!("enableCloudwatchLogsExports[{index}]"), problem)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[track_caller]
    fn told(engine: &str, asked: &Value) -> Option<String> {
        let snapshot = DbSnapshot::builder().engine(engine).engine_version("1.2").build();
        let mut whole = json!({ "dbInstanceIdentifier": "orders" });
        whole.as_object_mut().unwrap().extend(asked.as_object().unwrap().clone());
        let asked: RdsTarget = serde_json::from_value(whole).unwrap();
        let version = DbEngineVersion::builder()
            .supported_ca_certificate_identifiers("rds-ca-rsa2048-g1")
            .exportable_log_types("postgresql")
            .exportable_log_types("upgrade")
            .build();
        let found = misfits(&snapshot, &asked, Some(&version));
        assert!(found.len() <= 1, "{found:?}");
        let unknown = DbEngineVersion::builder().build();
        assert!(misfits(&snapshot, &asked, Some(&unknown)).len() <= found.len(), "{asked:?}");
        found.into_iter().next().map(|obstacle| obstacle.message)
    }

    #[test]
    fn sql_server_listens_on_none_of_its_own_ports() {
        for port in [1234, 1434, 3260, 3343, 3389, 47_001, 49_152, 49_156] {
            let asked = json!({ "port": port });
            let told_of = told("sqlserver-ee", &asked).unwrap();
            assert!(told_of.starts_with(&format!("target.rds.port: {port} is")), "{told_of}");
            assert_eq!(told("postgres", &asked), None);
        }
        for port in [1433, 49_151, 49_157] {
            assert_eq!(told("sqlserver-ee", &json!({ "port": port })), None, "{port}");
        }
    }

    #[test]
    fn a_license_model_is_one_of_the_engines() {
        for (engine, good, other) in [
            ("postgres", "postgresql-license", "license-included"),
            ("mariadb", "general-public-license", "postgresql-license"),
            ("mysql", "general-public-license", "marketplace-license"),
            ("oracle-se2-cdb", "license-included", "bring-your-own-media"),
            ("sqlserver-web", "bring-your-own-media", "bring-your-own-license"),
            ("db2-ae", "marketplace-license", "license-included"),
        ] {
            let of = |license: &str| told(engine, &json!({ "licenseModel": license }));
            assert_eq!(of(good), None, "{engine}");
            let told = of(other).unwrap();
            assert!(told.starts_with(&format!("target.rds.licenseModel: `{other}`")), "{told}");
        }
        assert_eq!(told("custom-oracle-ee", &json!({ "licenseModel": "license-included" })), None);
    }

    #[test]
    fn a_certificate_authority_is_one_of_the_versions() {
        let of =
            |authority: &str| told("postgres", &json!({ "caCertificateIdentifier": authority }));
        assert_eq!(of("rds-ca-rsa2048-g1"), None);
        assert_eq!(
            of("rds-ca-2015").as_deref(),
            Some(
                "target.rds.caCertificateIdentifier: `rds-ca-2015` is none of those of postgres \
                 1.2: rds-ca-rsa2048-g1"
            )
        );
    }

    #[test]
    fn a_log_is_one_that_the_version_exports() {
        let asked = json!({ "enableCloudwatchLogsExports": ["postgresql", "slowquery"] });

        let told_of = told("postgres", &asked).unwrap();

        let begin = "target.rds.enableCloudwatchLogsExports[1]: `slowquery` is none of";
        assert!(told_of.starts_with(begin), "{told_of}");
        let good = json!({ "enableCloudwatchLogsExports": ["postgresql", "upgrade"] });
        assert_eq!(told("postgres", &good), None);
    }
}
