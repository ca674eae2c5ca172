"""The configuration: finds the TOML file, checks it, reports every mistake at once with file, key and what is allowed; never writes.

models.py says which keys there are, values.py how they are spelt; problems.py words what is wrong; text.py words a new file.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from responder.config.models import (
    Account,
    Company,
    Config,
    Cooldown,
    Folders,
    Letters,
    Notify,
    Oauth,
    Owner,
    Release,
    SecretSource,
    Server,
    SmtpServer,
    Watch,
    presets,
)
from responder.config.problems import SIZE_LIMIT, read_toml, sentence
from responder.config.text import account_text, commented
from responder.config.values import is_address, parse_duration
from responder.errors import UserError

__all__ = [
    "Account",
    "Company",
    "Config",
    "Cooldown",
    "Folders",
    "Letters",
    "Notify",
    "Oauth",
    "Owner",
    "Release",
    "SecretSource",
    "Server",
    "SmtpServer",
    "Watch",
    "account_text",
    "commented",
    "find",
    "is_address",
    "load",
    "parse",
    "parse_duration",
    "presets",
    "schema",
]


def find(path: Path | None = None) -> Path:
    """The file to read: the one given, else $RESPONDER_CONFIG, else the platform's. It need not exist."""
    if path is not None:
        return path
    if named := os.environ.get("RESPONDER_CONFIG"):
        return Path(named).expanduser()
    from platformdirs import user_config_path

    return user_config_path("responder", appauthor=False) / "config.toml"


def load(path: Path | None = None) -> Config:
    """Read and check; UserError with all problems at once."""
    path = find(path)
    try:
        with path.open("rb") as file:
            raw = file.read(SIZE_LIMIT + 1)
            mode = os.fstat(file.fileno()).st_mode
    except FileNotFoundError as error:
        raise UserError(
            f"{path}: there is no such file. Make one with `responder setup`, or name another with --config."
        ) from error
    except OSError as error:
        raise UserError(f"{path}: cannot be read ({error.strerror}). Make it a file that you can read.") from error
    config = parse(raw, path)
    if os.name == "posix" and mode & (stat.S_IRGRP | stat.S_IROTH) and _holds_secret(config):
        raise UserError(f"{path}: holds a client secret and can be read by others. Run: chmod 600 {path}")
    return config


def parse(raw: bytes, path: Path) -> Config:
    """The configuration in `raw`; `path` is named in problems, and relative paths start in its folder."""
    table = read_toml(raw, path)
    problems: list[str] = []
    config = None
    try:
        config = Config.model_validate(table, context={"folder": path.absolute().parent})
    except ValidationError as error:
        problems = [sentence(entry) for entry in error.errors(include_url=False)]
    problems += _contradictions(table)
    if config is None or problems:
        raise UserError(*(f"{path}: {problem}" for problem in problems))
    return config


def schema() -> dict[str, Any]:
    """The JSON Schema of the file, as it ships in config.schema.json."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Config.model_json_schema()}


def _contradictions(table: dict[str, Any]) -> list[str]:
    """What no single key shows; works on the raw table, so that it is told together with everything else."""
    problems = []
    release = table.get("release")
    action = release.get("action") if isinstance(release, dict) else None
    accounts = table.get("account")
    if accounts == []:
        problems.append("account: is empty; write an [[account]] section for each mailbox.")
    names: dict[str, int] = {}
    for index, account in enumerate(accounts if isinstance(accounts, list) else []):
        if not isinstance(account, dict):
            continue
        smtp = "smtp" in account or "smtp" in presets().get(str(account.get("provider")), {})
        if action in ("send-starred", "send") and not smtp:
            problems.append(
                f'account[{index}].smtp: is missing; release.action = "{action}" needs the server to send by. Give it in [account.smtp].'
            )
        name = str(account.get("name")).lower()
        if name in names:
            problems.append(
                f"account[{index}].name: {account.get('name')!r} is the name of account[{names[name]}] as well; each needs its own."
            )
        names.setdefault(name, index)
    return problems


def _holds_secret(config: Config) -> bool:
    return any(account.secret.oauth and account.secret.oauth.client_secret for account in config.accounts)
