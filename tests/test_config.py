"""The configuration: defaults, every mistake at once, and the example and schema that are held to the models."""

import json
import os
import re
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from responder import config
from responder.errors import UserError

ROOT = Path(__file__).parents[1]
SMALL = """
[me]
name = "Ana Souza"
[[account]]
name = "home"
address = "Ana@Example.ORG"
[account.imap]
host = "imap.example.org"
"""


def parse(text: str | bytes) -> config.Config:
    return config.parse(text if isinstance(text, bytes) else text.encode(), Path("/home/ana/c.toml"))


def problems(text: str | bytes) -> list[str]:
    with pytest.raises(UserError) as caught:
        parse(text)
    assert all(problem.startswith(f"{Path('/home/ana/c.toml')}: ") for problem in caught.value.problems)
    return [problem.split(": ", 1)[1] for problem in caught.value.problems]


def test_little_is_needed():
    parsed = parse(SMALL)
    account = parsed.account("home")
    assert account.address == account.imap.username == "Ana@example.org" or account.imap.username == "Ana@Example.ORG"
    assert (account.imap.port, account.imap.security, account.smtp) == (993, "tls", None)
    assert parsed.cooldown.period == timedelta(hours=24)
    assert parsed.addresses == {"ana@example.org"}
    with pytest.raises(UserError, match="there are: home"):
        parsed.account("work")


def test_a_preset_fills_in_the_servers():
    text = '[me]\nname = "A"\n[[account]]\nname = "i"\naddress = "ana@icloud.com"\nprovider = "icloud"\n'
    account = parse(text).accounts[0]
    assert account.smtp is not None
    assert (account.imap.host, account.imap.username) == ("imap.mail.me.com", "ana")
    assert (account.smtp.security, account.smtp.username) == ("starttls", "ana@icloud.com")
    assert parse(text + "[account.imap]\nport = 1993").accounts[0].imap.host == "imap.mail.me.com"


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("5m", 300), ("24h", 86400), ("2d", 172800), ("1d 2h", 93600), ("2w", 1209600), ("PT48H", 172800),
     ("P2D", 172800), ("P1DT2H", 93600), ("pt30s", 30), ("9999d", 9999 * 86400), ("0s", 0)],
)  # fmt: skip
def test_durations(text, seconds):
    assert config.parse_duration(text).total_seconds() == seconds


@pytest.mark.parametrize(
    "text", ["", "5", "-5m", "5 minutes", "1.5h", "P", "PT", "P1DT", "5x", 5, None, True, "9" * 30 + "d"]
)
def test_what_is_no_duration(text):
    with pytest.raises(ValueError, match=r"duration|longer"):
        config.parse_duration(text)


def test_all_mistakes_at_once():
    found = problems("""
[me]
name = "Ana"
alises = ["a@b.example"]
[[account]]
name = "home"
address = "ana@example.org"
provider = "gmial"
[[account]]
name = "Home"
address = "ana"
[account.imap]
host = "mail.example.org"
security = "none"
[cooldown]
period = 24
expires = ""
file = "at-start"
[release]
action = "send"
window = "some day"
timezone = "Europe/Berln"
[watch]
poll = "0s"
idle = "yes"
[letters]
language = "German"
[notify]
hours = 8
[colour]
""")
    keys = {problem.split(": ")[0]: problem for problem in found}
    assert keys["me.alises"].endswith("Did you mean aliases? Allowed here: name, phone, signature, aliases.")
    assert "Did you mean gmail?" in keys["account[0].provider"]
    assert "[account.imap]" in keys["account[0].imap"]
    assert "this machine" in keys["account[1].imap.security"]
    assert "mail address" in keys["account[1].address"]
    assert "account[0]" in keys["account[1].name"]
    assert "account[1].smtp" in keys
    assert '"24h"' in keys["cooldown.period"]
    assert "'at-once' or 'at-end'" in keys["cooldown.file"]
    assert {
        "release.window",
        "release.timezone",
        "watch.poll",
        "watch.idle",
        "letters.language",
        "notify.hours",
    } <= set(keys)
    assert "Allowed here: state_dir, me, account," in keys["colour"]
    assert len(found) == len(keys) == 17


@pytest.mark.parametrize(
    ("change", "key", "says"),
    [
        ("host", "account[0].imap", "section"),
        ('[account.secret]\nenv = "A"\nfile = "b"', "account[0].secret", "only one of"),
        ('[account.secret]\ncommand = "pass show x"', "account[0].secret.command", "list"),
        ("[account.folders]\nwatch = []", "account[0].folders.watch", "at least one"),
        ('[account.folders]\ndrafts = "a\\r\\nb"', "account[0].folders.drafts", "control"),
        ("[release]\nmax_per_day = 101", "release.max_per_day", "100"),
        ("[[company]]", "company[0].name", "missing"),
    ],
)
def test_single_mistakes(change, key, says):
    text = (
        SMALL.replace('[account.imap]\nhost = "imap.example.org"', 'imap = "x"') if change == "host" else SMALL + change
    )
    [problem] = problems(text)
    assert problem.startswith(f"{key}: ")
    assert says in problem


def test_nothing_at_all():
    assert [problem.split(": ")[0] for problem in problems("")] == ["me", "account"]
    assert "empty" in problems('account = []\n[me]\nname = "A"')[0]


@pytest.mark.parametrize(
    ("raw", "says"),
    [
        (SMALL.encode("utf-16"), "UTF-8"),
        (SMALL.encode() + b'[watch]\npoll = "1m"\npoll = "2m"', 'twice: poll = "2m"'),
        (SMALL.encode() + b'[letters]\ntemplates = "C:\\Users\\ana"', "single quotes"),
        (SMALL.encode() + b"[watch]\npoll = 5m", "poll = 5m"),
        (b"[", "quotes"),
        (b"#" * 1_000_001, "larger"),
    ],
)
def test_what_is_no_toml(raw, says):
    [problem] = problems(raw)
    assert says in problem


def test_a_byte_order_mark_is_no_mistake():
    assert parse(b"\xef\xbb\xbf" + SMALL.encode()).me.name == "Ana Souza"


def test_where_the_file_is_looked_for(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("RESPONDER_CONFIG", raising=False)
    assert config.find().name == "config.toml"
    monkeypatch.setenv("RESPONDER_CONFIG", str(tmp_path / "other.toml"))
    assert config.find() == tmp_path / "other.toml"
    assert config.find(tmp_path / "third.toml") == tmp_path / "third.toml"
    with pytest.raises(UserError, match="no such file"):
        config.load()
    with pytest.raises(UserError, match="cannot be read"):
        config.load(tmp_path)


def test_paths_start_beside_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    file = tmp_path / "c.toml"
    file.write_text('state_dir = "~/state"\n' + SMALL + '[letters]\ntemplates = "mine"')
    loaded = config.load(file)
    assert (loaded.state_dir, loaded.letters.templates) == (tmp_path / "state", tmp_path / "mine")


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX")
def test_only_a_file_with_a_secret_must_be_private(tmp_path):
    file = tmp_path / "c.toml"
    file.write_text(SMALL)
    file.chmod(0o644)
    config.load(file)
    file.write_text(
        SMALL
        + '[account.secret.oauth]\nclient_id = "a"\nclient_secret = "b"\ntoken_endpoint = "https://d.example/token"'
    )
    with pytest.raises(UserError, match="chmod 600"):
        config.load(file)
    file.chmod(0o600)
    assert "'b'" not in repr(config.load(file))


def test_a_preset_fills_in_where_to_sign_in():
    text = '[me]\nname = "A"\n[[account]]\nname = "i"\naddress = "ana@gmail.com"\nprovider = "%s"\n[account.secret]\noauth = {client_id = "x"%s}'
    oauth = parse(text % ("gmail", "")).accounts[0].secret.oauth
    assert oauth.token_endpoint == "https://oauth2.googleapis.com/token"
    assert oauth.scopes == ("https://mail.google.com/",)
    own = parse(text % ("outlook_com", ', token_endpoint = "https://login.example/mine"')).accounts[0].secret.oauth
    assert (own.token_endpoint, own.device_authorization_endpoint[:8]) == ("https://login.example/mine", "https://")
    assert "no preset" in problems(text % ("icloud", ""))[0]
    assert "https://" in problems(text % ("gmail", ', token_endpoint = "http://login.example/"'))[0]
    parse(text % ("gmail", ', token_endpoint = "http://127.0.0.1:8000/"'))


# The example and the schema


def flat(table: dict, prefix: str = "") -> dict:
    found = {}
    for key, value in table.items():
        if isinstance(value, list) and value and isinstance(value[0], dict):
            value = value[0]
        found |= flat(value, f"{prefix}{key}.") if isinstance(value, dict) else {f"{prefix}{key}": value}
    return found


def schema_keys(node: dict, whole: dict, prefix: str = "") -> dict:
    if "$ref" in node:
        node = {**whole["$defs"][node["$ref"].rpartition("/")[2]], **{key: node[key] for key in node if key != "$ref"}}
    if "items" in node and "$ref" in node["items"]:
        return schema_keys(node["items"], whole, prefix)
    found = {}
    if "properties" not in node:
        return {prefix.rstrip("."): node}
    for key, inner in node["properties"].items():
        found |= schema_keys(inner, whole, f"{prefix}{key}.")
    return found


def example() -> str:
    return (ROOT / "config.example.toml").read_text("utf-8")


def test_the_example_is_valid_and_shows_every_key_with_its_default():
    shown, known = flat(tomllib.loads(example())), schema_keys(config.schema(), config.schema())
    hidden = {key for key in known if key.startswith("account.secret.oauth")}  # instead of the others, not beside them
    assert set(shown) == set(known) - hidden
    no_default = {"me.name", "account.name", "account.address", "account.imap.host", "account.smtp.host"}
    no_default |= {"company.name", "company.aliases", "company.impressed_by"}
    given = parse(example())
    defaults = parse(SMALL)
    for section in ("watch", "cooldown", "release", "letters", "notify"):
        assert getattr(given, section) == getattr(defaults, section)
    for key in set(shown) - no_default:
        default = known[key].get("default")
        assert shown[key] == default or config_value(key, shown[key]) == config_value(key, default), key


def config_value(key: str, value):
    return (
        config.parse_duration(value)
        if key in ("watch.poll", "watch.lookback", "cooldown.period", "cooldown.expires")
        else value or None
    )


def test_the_example_says_of_each_key_what_its_schema_says():
    lines = example().splitlines()
    comments: dict[str, str] = {}
    section, said = "", ""
    for line in lines:
        if line.startswith("#"):
            said = f"{said} {line[1:].strip()}".strip()
        elif line.startswith("["):
            section, said = line.strip("[]") + ".", ""
        elif " = " in line:
            comments[section + line.split(" = ")[0]] = said
            said = ""
        else:
            said = "" if not line else said
    for key, node in schema_keys(config.schema(), config.schema()).items():
        if not key.startswith(("account.secret.oauth", "account.smtp.port", "account.imap.port")):
            assert comments[key].startswith(node["description"]), key


def test_the_schema_that_ships_is_the_models(tmp_path):
    shipped = json.loads((ROOT / "responder" / "config.schema.json").read_text("utf-8"))
    assert shipped == json.loads(json.dumps(config.schema())), "run: make schema"


def test_every_preset_names_both_servers():
    for name, preset in config.presets().items():
        text = f'[me]\nname = "A"\n[[account]]\nname = "x"\naddress = "ana@x.example"\nprovider = "{name}"\n[release]\naction = "send"'
        account = parse(text).accounts[0]
        assert account.smtp
        assert {account.imap.security, account.smtp.security} <= {"tls", "starttls"}, preset


# A new file


FULL = {
    "state_dir": "/var/tmp/a b",
    "me": {"name": 'Ana "A" \\ Souza', "aliases": ["a@old.example"], "signature": "two\nlines"},
    "account": [
        {"name": "home", "address": "ana@gmail.com", "provider": "gmail"},
        {
            "name": "work",
            "address": "ana@d.example",
            "imap": {"host": "h.example", "port": 143, "security": "starttls"},
            "smtp": {"host": "h.example"},
            "secret": {"oauth": {"client_id": "x", "token_endpoint": "https://d.example/t", "scopes": ["a", "b"]}},
            "folders": {"watch": ["INBOX", "Jobs"]},
        },
    ],
    "watch": {"idle": False},
    "cooldown": {"file": "at-end", "period": "2d"},
    "release": {"max_per_day": 1},
    "company": [{"name": "Acme", "impressed_by": "its gardens"}],
}


@pytest.mark.parametrize("table", [FULL, {key: FULL[key] for key in ("me", "account")}])
def test_a_new_file_reads_back_and_shows_every_key(table):
    text = config.commented(table)
    assert parse(text) == config.Config.model_validate(table)
    shown = {line.lstrip("# ").partition(" = ")[0] for line in text.splitlines() if " = " in line}
    keys = schema_keys(config.schema(), config.schema())
    assert {key.rpartition(".")[2] for key in keys if not key.startswith(("company", "account.secret.oauth"))} <= shown
    assert max(map(len, text.splitlines())) <= 120


def test_what_is_commented_out_shows_the_default():
    text = config.commented({"me": FULL["me"], "account": FULL["account"][:1]})
    general = text[text.index("[watch]") : text.index("# What impressed")]
    uncommented = re.sub(r"(?m)^# (\w+ = )", r"\1", general)
    assert uncommented.count("\n#") < general.count("\n#")
    given, defaults = parse(SMALL + uncommented), parse(SMALL)
    for section in ("watch", "cooldown", "release", "letters", "notify"):
        assert getattr(given, section) == getattr(defaults, section)
