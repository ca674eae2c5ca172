"""The part of `responder setup` about the secret: what the provider wants, asked for, tried, stored. Shows and logs no secret."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from responder.cli.asking import Asker, Left
from responder.cli.output import say, wrapped
from responder.errors import LoginRefused, UserError

if TYPE_CHECKING:
    from pathlib import Path

    from responder.accounts.providers import Provider
    from responder.accounts.setup import Plan, Progress

TRIES: Final = 3  # passwords in a row; providers lock accounts that go on


def tell_first(asker: Asker, plan: Plan) -> None:
    """What the user does at the provider before anything else; nothing where an option says where the secret is."""
    from responder.accounts.providers import providers

    provider = providers().get(plan.provider)
    if provider is None or _by_option(asker) or not asker.interactive:
        return
    say()
    if _by_oauth(asker, provider) and not provider.only_oauth:
        return
    _tell(f"What {provider.name} needs first:", provider.steps)
    if provider.oauth2 is not None and not provider.only_oauth:
        say(wrapped("(Without an app password: Ctrl-C, then `responder setup --oauth`.)", "  "))
    say()


def obtain(asker: Asker, path: Path, progress: Progress, plan: Plan) -> Plan:
    """The plan with its secret's place; the login has been tried. UserError, LoginRefused, TryLater, or Left."""
    from responder.accounts.providers import providers

    provider = providers().get(plan.provider)
    given = _by_option(asker)
    if given:
        return _tried(replace(plan, secret=given), path)
    if provider is not None and _by_oauth(asker, provider):
        return _signed_in(asker, path, progress, plan, provider)
    return _asked(asker, path, _place(asker, path, plan, "file", "password"))


def _by_oauth(asker: Asker, provider: Provider) -> bool:
    return provider.oauth2 is not None and (provider.only_oauth or bool(asker.given("oauth")))


def _by_option(asker: Asker) -> dict[str, Any]:
    import shlex

    for option, key in (("secret_command", "command"), ("token_command", "token_command")):
        if command := asker.given(option):
            return {key: shlex.split(command)}
    return {key: value for key in ("file", "env") if (value := asker.given(f"secret_{key}"))}


def _tell(headline: str, sentences: tuple[str, ...]) -> None:
    say(headline)
    for number, sentence in enumerate(sentences, 1):
        say(wrapped(sentence, "     ", f"  {number}. "))


def _place(asker: Asker, path: Path, plan: Plan, key: str, what: str) -> Plan:
    """The keyring, else a file that only the user can read, under `key` of the secret's table."""
    from responder import credentials

    if credentials.has_keyring():
        return plan
    file = path.with_name(f"{plan.account}.{what}")
    say(wrapped(f"This machine has no keyring that could be used in the background. The {what} can lie in {file}.", ""))
    if not asker.yes("password_file", "Keep it in that file, which only you can read?", default=True):
        option = "--secret-command" if key == "file" else "--token-command"
        say(wrapped(f'Then give a program that prints it: `responder setup {option} "pass show mail"`.', ""))
        raise Left
    if key == "file":
        return replace(plan, secret={"file": str(file)})
    return replace(plan, secret={"oauth": {**plan.secret["oauth"], key: str(file)}})


# -- passwords


def _asked(asker: Asker, path: Path, plan: Plan) -> Plan:
    """Ask for the password until the server takes it, a few times at most; then store it."""
    from pathlib import Path as File

    from responder import credentials
    from responder.accounts import setup as steps
    from responder.wire import Secret

    for left in range(TRIES - 1, -1, -1):
        secret = Secret(asker.hidden(f"The {_kind(plan)} (nothing is shown while you type)"))
        if not secret.value:
            raise UserError("No password was given; nothing was stored.")
        say(f"Logging in to {plan.imap.host if plan.imap else plan.provider} ...")
        try:
            steps.attempt(plan, secret, path)
            break
        except LoginRefused as error:
            if not left or not asker.interactive:
                raise
            say(wrapped(str(error), "  "))
    say("The login works.")
    if file := plan.secret.get("file"):
        steps.write_secret(File(file), secret)
    else:
        credentials.store(steps.parsed(plan, path).accounts[0], secret)
    return plan


def _kind(plan: Plan) -> str:
    """What the provider calls for."""
    from responder.accounts.providers import Auth, providers

    provider = providers().get(plan.provider)
    first = next((auth for auth in provider.auth if auth is not Auth.OAUTH2), None) if provider else None
    names = {Auth.APP_PASSWORD: "app password", Auth.BRIDGE_PASSWORD: "Bridge's password"}
    return names.get(first or Auth.PASSWORD, "password")


def _tried(plan: Plan, path: Path) -> Plan:
    from responder.accounts import setup as steps
    from responder.credentials import secret_for

    steps.attempt(plan, secret_for(steps.parsed(plan, path).accounts[0]), path)
    say("The login works.")
    return plan


# -- OAuth


def _signed_in(asker: Asker, path: Path, progress: Progress, plan: Plan, provider: Provider) -> Plan:
    """With a client of the user's own: none is shipped, since a provider could end it for everybody at once."""
    from responder.accounts import setup as steps
    from responder.accounts.opening import open_mailbox
    from responder.cli.secrets import sign_in

    oauth2 = provider.oauth2
    if not asker.interactive or oauth2 is None:
        raise UserError(
            f"{provider.name} wants a sign-in by OAuth, for which somebody must be asked: run `responder setup` in a "
            "terminal, or give --token-command."
        )
    _tell("To register a client of your own, once:", oauth2.client_steps)
    say()
    client = asker.text("client_id", "The client's id", progress.get("client_id"))
    progress.keep(client_id=client)
    oauth = {"client_id": client}
    if oauth2.has_secret:
        oauth["client_secret"] = asker.hidden("The client's secret (nothing is shown while you type)")
    plan = _place(asker, path, replace(plan, secret={"oauth": oauth}), "token_file", "token")
    account = steps.parsed(plan, path).accounts[0]
    say()
    sign_in(account, device=bool(oauth2.device_authorization_endpoint), paste=False)
    say("Signed in. Logging in to the mailbox ...")
    open_mailbox(account).close()
    say("The login works.")
    return plan
