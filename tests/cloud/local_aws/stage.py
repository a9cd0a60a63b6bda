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
BUILD = "make binaries"
CODE_URI = re.compile(r"CodeUri: \.\./target/lambda/([a-z-]+)/")


class NotBuiltError(Exception):
    """A binary is not there, or not what cargo would make of this checkout now."""


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
    """The binary of a function, unless cargo would make another one of this checkout's sources now.

    Beside it stands a list of them, those of the crates below it among them, which cargo writes
    whenever a build ends well; no manifest is on it. A binary that cargo calls fresh is never
    refused: cargo holds the same sources against the time when the build began, and makes the
    binary after that.
    """
    target = Path(os.environ.get("CARGO_TARGET_DIR") or ROOT / "target")
    built = target / "debug" / function
    if not built.exists():
        raise NotBuiltError(f"{built} is missing: run `{BUILD}` first")
    sources = _sources(built)
    if not any(source.is_relative_to(ROOT) for source in sources):
        raise NotBuiltError(f"{built} is not known to be of {ROOT}: run `{BUILD}` there")
    since = built.stat().st_mtime_ns
    for source in sources:
        if not source.exists() or source.stat().st_mtime_ns > since:
            raise NotBuiltError(f"{source} has changed since {built} was made: run `{BUILD}` first")
    return built


def _sources(built: Path) -> list[Path]:
    """What `BINARY.d` lists after the binary, with spaces in names escaped, as make reads it."""
    listed = built.with_name(f"{built.name}.d")
    _, _, sources = (listed.read_text() if listed.exists() else "").partition(": ")
    return [Path(it.replace("\\ ", " ")) for it in re.split(r"(?<!\\)\s+", sources) if it]


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
