"""Where things lie in the checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]

CLOUD_PACKAGES = ROOT / "tests" / "cloud"
"""The folder that holds this package, `resource_plane` and `control_plane`."""

CLOUD_PYTHON = ROOT / ".venv" / "cloud" / "bin" / "python"
CONTROL_PYTHON = ROOT / ".venv" / "control" / "bin" / "python"
SAM = ROOT / ".venv" / "tools" / "bin" / "sam"

LOCAL = ROOT / ".local"
"""What a local AWS leaves while it runs: its logs, its state file, what it deploys."""
