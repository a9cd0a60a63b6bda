"""A function learns its log format and level from its `LoggingConfig`.

Lambda sets AWS_LAMBDA_LOG_FORMAT and AWS_LAMBDA_LOG_LEVEL for it (LAM/monitoring-logs), and the
Rust runtime logs as they say. ministack stores the setting and tells the function nothing.
"""

from ministack.services import lambda_svc


def mend() -> None:
    """Adds both to the environment that a custom runtime is started with."""
    environment = lambda_svc._provided_worker_env

    def environment_with_logging(config, code_dir, port):
        logging = config.get("LoggingConfig") or {}
        variables = {
            "AWS_LAMBDA_LOG_FORMAT": logging.get("LogFormat"),
            "AWS_LAMBDA_LOG_LEVEL": logging.get("ApplicationLogLevel"),
        }
        told = {name: value for name, value in variables.items() if value}
        return {**environment(config, code_dir, port), **told}

    lambda_svc._provided_worker_env = environment_with_logging
