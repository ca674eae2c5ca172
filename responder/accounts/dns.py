"""The only DNS: MX and SRV records of the user's own mail domain, at set-up. A name that gives no answer is an empty list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

LIFETIME = 5.0  # seconds for a question with all its tries


@dataclass(frozen=True, slots=True)
class Service:
    """One SRV record (RFC 2782); `target` is empty where the domain says that there is no such service."""

    priority: int
    weight: int
    port: int
    target: str


class Resolver:
    """Asks the system's name servers, or those given."""

    def __init__(self, nameservers: Sequence[str] = (), port: int = 53) -> None:
        self._nameservers = nameservers
        self._port = port
        self._resolver: Any = None

    def mx(self, domain: str) -> list[str]:
        """Hosts of the domain's mail exchangers, the preferred first, lower case, without the last dot."""
        records = sorted((int(one.preference), _name(one.exchange)) for one in self._ask(domain, "MX"))
        return [host for _, host in records if host]

    def srv(self, service: str, domain: str) -> list[Service]:
        """The servers of a service such as "_imaps._tcp", in the order in which to try them."""
        found = [
            Service(int(one.priority), int(one.weight), int(one.port), _name(one.target))
            for one in self._ask(f"{service}.{domain}", "SRV")
        ]
        return sorted(found, key=lambda one: (one.priority, -one.weight, one.target))

    def _ask(self, name: str, kind: str) -> list[Any]:
        import dns.exception
        import dns.resolver

        try:
            if self._resolver is None:
                self._resolver = dns.resolver.Resolver(configure=not self._nameservers)
                if self._nameservers:
                    self._resolver.nameservers = list(self._nameservers)
                    self._resolver.port = self._port
            return list(self._resolver.resolve(name + ".", kind, lifetime=LIFETIME, search=False))
        except (dns.exception.DNSException, OSError, ValueError):  # ValueError: a label that is too long, or no IDNA
            return []


def _name(name: Any) -> str:
    return str(name).rstrip(".").lower()
