"""What policies of S3 ask of a request: that it came by TLS, and that it writes over nothing.

The local AWS has no TLS: what calls it counts as encrypted, as every call of an SDK to AWS is, so
that a policy which refuses the others (`aws:SecureTransport`) refuses nobody here. ministack knows
no `s3:if-none-match`, by which a policy lets objects be written that are not there yet, and no
others (S3/conditional-writes-enforce).
"""

from ministack.core import iam_actions, iam_evaluator

TRANSPORT = "aws:securetransport"
WRITES = "s3:PutObject"
HEADER = "if-none-match"


def mend() -> None:
    """Tells both to whoever evaluates a policy."""
    resolve = iam_evaluator._resolve_condition_key
    context_of = iam_actions.s3_service_context

    def resolve_as_encrypted(key, context):
        return "true" if key.lower() == TRANSPORT else resolve(key, context)

    def context_with_condition(action, query, path="", headers=None):
        context = context_of(action, query, path, headers)
        given = (headers or {}).get(HEADER)
        return {**context, f"s3:{HEADER}": given} if action == WRITES and given else context

    iam_evaluator._resolve_condition_key = resolve_as_encrypted
    iam_actions.s3_service_context = context_with_condition
