"""What is deployed: the template, the definitions, and the binaries of the one workspace build.

They are laid out under `.local/stage` as in the checkout after `make build`, so that the template's
relative paths hold: `make build` compiles the AWS SDK once more for Lambda's own target, which a
local run need not wait for.
"""

import hashlib
import os
import re
import shutil
import subprocess
import threading
from pathlib import Path

from local_aws.layout import LOCAL, ROOT

STAGE = LOCAL / "stage"
TEMPLATE = "infra/template.yaml"
DEFINITION_URI = re.compile(r"DefinitionUri: \.\./(statemachine/[a-z-]+\.asl\.json)")
CODE_URI = re.compile(r"CodeUri: \.\./target/lambda/([a-z-]+)/")


class NotBuiltError(Exception):
    """A binary is not there."""


def stage() -> Path:
    """Brings `.local/stage` up to date, and returns the template in it."""
    template = ROOT / TEMPLATE
    for function in CODE_URI.findall(template.read_text()):
        _stage_binary(function)
    for path in (TEMPLATE, *DEFINITION_URI.findall(template.read_text())):
        _place(STAGE / path, lambda place, path=path: shutil.copyfile(ROOT / path, place))
    return STAGE / TEMPLATE


def fingerprint() -> str:
    """Tells whether what `stage` would lay out is what was laid out before."""
    template = ROOT / TEMPLATE
    digest = hashlib.sha256()
    for path in (TEMPLATE, *DEFINITION_URI.findall(template.read_text())):
        digest.update((ROOT / path).read_bytes())
    for function in CODE_URI.findall(template.read_text()):
        built = _built(function).stat()
        digest.update(f"{function} {built.st_mtime_ns} {built.st_size}\n".encode())
    return digest.hexdigest()


def _stage_binary(function: str) -> None:
    built = _built(function)
    staged = STAGE / "target" / "lambda" / function / "bootstrap"
    if staged.exists() and staged.stat().st_mtime_ns == built.stat().st_mtime_ns:
        return
    _place(staged, lambda place: _strip(built, place))


def _built(function: str) -> Path:
    target = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
    built = target / "debug" / function
    if not built.exists():
        raise NotBuiltError(
            f"{built} is missing: run `cargo build --workspace --all-targets` first"
        )
    return built


def _strip(built: Path, place: Path) -> None:
    """Copies a binary without its debugging information, which is half of it."""
    shutil.copy2(built, place)
    if shutil.which("strip"):
        subprocess.run(["strip", place], check=True)
        shutil.copystat(built, place)


def _place(path: Path, write) -> None:
    """Writes a file so that whoever reads it meanwhile sees the old one or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    write(fresh)
    fresh.replace(path)
