"""The resource plane of the local AWS: EC2, RDS, KMS, STS, IAM, CloudFormation, SSM commands.

moto keeps the resources; the modules here add the rules that AWS enforces and moto does not: who
calls, what the caller may do, which keys it may use, how long things take and how they fail.

    python -m resource_plane -H 127.0.0.1 -p 5000

How the parts fit together, in the order a request meets them:

* `server` listens, and sends `/rules/…` to `steering` and everything else to moto;
* `frame` is entered once for each AWS call: it asks `caller` who calls, `injections` whether a test
  wants the call disturbed, `throttling` whether it comes too often, `authorization` whether the
  caller may, and runs the rules registered with `@rule` around moto's own handler;
* `recorder` notes the call and its outcome;
* `progress` is the clock by which things become ready, or fail;
* the packages `kms`, `sts`, `iam`, `cloudformation`, `ec2`, `rds` and `ssm` hold the rules by
  service.
"""
