"""A local AWS that is up, with the stack deployed."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from local_aws import member
from local_aws.accounts import FIRST, HOME, REGION, administrator, pair_of
from local_aws.server import answers


@dataclass(frozen=True)
class LocalAws:
    """Two endpoints, and what is deployed behind them.

    An access key id that is an account's id is that account's administrator on both.
    """

    resource_endpoint: str
    """EC2, RDS, KMS, STS, IAM of all accounts, and the member accounts' CloudFormation."""
    control_endpoint: str
    """Step Functions, Lambda, CloudFormation and logs of the home account."""
    scale: float
    """How many seconds a second of a Wait state takes."""
    outputs: dict[str, str]
    """The outputs of the restore stack."""
    fingerprint: str
    """What the deployed template, definition and binaries were made of (see `stage`)."""

    region = REGION
    """Where the restore stack lives, in the home account."""
    source_role_arn = FIRST.source_role
    target_role_arn = FIRST.target_role
    source_external_id = FIRST.source_external_id
    target_external_id = FIRST.target_external_id

    @property
    def state_machine_arn(self) -> str:
        """The deployed `restore` state machine."""
        return self.outputs["RestoreStateMachineArn"]

    def client(self, service: str, account: str, region: str = REGION) -> Any:
        """A client of the resource plane, for the administrator of `account`."""
        return administrator(service, self.resource_endpoint, account, region)

    def control_client(self, service: str) -> Any:
        """A client of the control plane, for the administrator of the home account."""
        return administrator(service, self.control_endpoint, HOME)

    def allow_keys(
        self,
        account: str,
        source_keys: Iterable[str] = (),
        target_keys: Iterable[str] = (),
        staging_keys: Iterable[str] = (),
        grant_keys: Iterable[str] = (),
        pass_roles: Iterable[str] = (),
    ) -> None:
        """Lets the roles of `account` use these keys and pass these roles, beside earlier ones.

        The restore role uses source and target keys, the source role staging keys; on grant keys
        the source role may give the restore role of its pair grants.
        """
        grant_keys = list(grant_keys)
        member.extend(
            self.resource_endpoint,
            account,
            RestoreKeyArns=[*source_keys, *target_keys],
            StagingKeyArns=staging_keys,
            GrantKeyArns=grant_keys,
            GranteeRoleArns=[pair_of(account).target_role] if grant_keys else [],
            PassableRoleArns=pass_roles,
        )

    def environment(self) -> dict[str, str]:
        """What the `aws` command needs of both planes and the stack, as the home account."""
        control = ("SFN", "LAMBDA", "CLOUDFORMATION", "CLOUDWATCH_LOGS", "DYNAMODB", "S3")
        control += ("EVENTBRIDGE", "SNS", "SQS")
        return {
            "AWS_ENDPOINT_URL": self.resource_endpoint,
            **{f"AWS_ENDPOINT_URL_{service}": self.control_endpoint for service in control},
            "AWS_ACCESS_KEY_ID": HOME,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": self.region,
            "RESTORE_STATE_MACHINE_ARN": self.state_machine_arn,
            "RECOVERY_STATE_MACHINE_ARN": self.outputs["RecoveryStateMachineArn"],
            "RECOVERIES_BUCKET": self.outputs["RecoveriesBucket"],
        }

    def answers(self) -> bool:
        """Whether both planes are there."""
        return answers(f"{self.resource_endpoint}/rules/settings") and answers(
            f"{self.control_endpoint}/_ministack/health"
        )

    def as_dict(self) -> dict[str, Any]:
        """What makes this one up again: `LocalAws(**local.as_dict())`."""
        return asdict(self)
