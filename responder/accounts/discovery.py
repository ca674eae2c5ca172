"""Which servers an address has: preset, MX, the domain's autoconfig, SRV (RFC 6186, RFC 8314), in this order.

Only for the set-up, where the user sees and confirms the result; the daemon never asks. Nothing without TLS comes out.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

from responder.accounts import autoconfig
from responder.accounts.providers import Endpoint, Provider, by_domain, by_mx

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from responder.accounts.dns import Service

MOST_ASKED: Final = 4  # mail exchangers looked at
# Implicit TLS before STARTTLS (RFC 8314 s3): service, and how its servers are talked to.
_IMAP: Final = (("_imaps._tcp", "tls"), ("_imap._tcp", "starttls"))
_SMTP: Final = (("_submissions._tcp", "tls"), ("_submission._tcp", "starttls"))


class Origin(StrEnum):
    """Where a proposal comes from."""

    PRESET = "preset"
    MX = "mx"
    AUTOCONFIG = "autoconfig"
    SRV = "srv"


class Names(Protocol):
    """The DNS, as far as it is asked."""

    def mx(self, domain: str) -> list[str]:
        """Hosts of the mail exchangers, the preferred first."""

    def srv(self, service: str, domain: str) -> list[Service]:
        """Servers of a service, in order."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """Servers to be shown to the user; `source` says where they were found."""

    origin: Origin
    source: str
    imap: Endpoint
    smtp: Endpoint | None
    provider: Provider | None = None

    def strangers(self, address: str) -> list[str]:
        """Hosts outside the address's own domain, which nobody but the domain itself vouches for (RFC 6186 s6)."""
        if self.provider is not None:
            return []
        domain = "." + (_ascii(address.rpartition("@")[2]) or "")
        hosts = [server.host for server in (self.imap, self.smtp) if server is not None]
        return [host for host in dict.fromkeys(hosts) if not f".{host}".endswith(domain)]


def discover(
    address: str,
    names: Names,
    fetch: Callable[[str], bytes | None] = autoconfig.fetch,
    places: Sequence[str] = autoconfig.ADDRESSES,
) -> Proposal | None:
    """The first of the ways that finds something; None where none does, or where the domain is no host name."""
    domain = _ascii(address.rpartition("@")[2])
    if domain is None:
        return None
    address = f"{address.rpartition('@')[0]}@{domain}"
    if provider := by_domain(domain):
        return _of(provider, Origin.PRESET, f"known for {domain}")
    for host in names.mx(domain)[:MOST_ASKED]:
        if provider := by_mx(host):
            return _of(provider, Origin.MX, f"{domain} has its mail taken in by {host}")
    for url in autoconfig.addresses(address, places):
        raw = fetch(url)
        if raw is not None and (servers := autoconfig.read(raw, address)) is not None:
            return Proposal(Origin.AUTOCONFIG, f"told by {url.partition('?')[0]}", *servers)
    if imap := _service(names, _IMAP, domain):
        return Proposal(Origin.SRV, f"told by the DNS of {domain}", imap, _service(names, _SMTP, domain))
    return None


def _of(provider: Provider, origin: Origin, source: str) -> Proposal:
    return Proposal(origin, source, provider.imap, provider.smtp, provider)


def _service(names: Names, kinds: tuple[tuple[str, str], ...], domain: str) -> Endpoint | None:
    for service, security in kinds:
        for one in names.srv(service, domain)[:MOST_ASKED]:
            if autoconfig.HOST.fullmatch(one.target) and 0 < one.port < 65536:
                return Endpoint(one.target, one.port, "tls" if security == "tls" else "starttls")
    return None


def _ascii(domain: str) -> str | None:
    """The domain as the DNS has it (IDNA)."""
    try:
        name = domain.encode("idna").decode().lower()
    except UnicodeError:
        return None
    return name if "." in name and autoconfig.HOST.fullmatch(name) else None
