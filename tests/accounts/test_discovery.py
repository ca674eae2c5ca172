"""Presets, MX, autoconfig, SRV: what is found, in which order, and that nothing hostile or without TLS comes out."""

import ssl
from functools import partial

import pytest
import trustme
from accounts.names import name_server, web_server
from hypothesis import given
from hypothesis import strategies as st

from responder import config
from responder.accounts import autoconfig
from responder.accounts.discovery import Origin, Proposal, discover
from responder.accounts.dns import Resolver, Service
from responder.accounts.providers import Auth, Endpoint, Login, by_domain, by_mx, providers

XML = """<?xml version="1.0" encoding="UTF-8"?>
<clientConfig version="1.1"><emailProvider id="d.example"><domain>d.example</domain>
%s
</emailProvider></clientConfig>"""
IMAP = """<incomingServer type="imap"><hostname>%s</hostname><port>%s</port><socketType>%s</socketType>
<username>%s</username><authentication>password-cleartext</authentication></incomingServer>"""
SMTP = IMAP.replace("incomingServer", "outgoingServer").replace('"imap"', '"smtp"')


def file(*servers: str) -> bytes:
    return (XML % "\n".join(servers)).encode()


class NoNames:
    """A domain without any records."""

    def mx(self, domain):
        return []

    def srv(self, service, domain):
        return []


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def trusting(authority):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


# Presets


@pytest.mark.parametrize("key", providers())
def test_each_preset_is_whole(key):
    provider = providers()[key]
    assert provider.name
    assert provider.auth
    assert {provider.imap.security, provider.smtp.security} <= {"tls", "starttls"}
    assert provider.domains or provider.mx_suffixes
    assert all(domain == domain.lower() for domain in provider.domains)
    assert provider.steps
    assert provider.only_oauth or any("https://" in step or "password will do" in step for step in provider.steps)
    if Auth.OAUTH2 in provider.auth:
        assert provider.oauth2
        assert provider.oauth2.client_steps
        assert all(url.startswith("https://") for url in (provider.oauth2.authorization_endpoint, provider.oauth2.token_endpoint))  # fmt: skip


def test_no_domain_belongs_to_two():
    domains = [domain for provider in providers().values() for domain in provider.domains]
    assert len(domains) == len(set(domains))


@pytest.mark.parametrize(
    ("host", "key"),
    [
        ("ASPMX.L.GOOGLE.COM.", "gmail"),
        ("alt1.aspmx.l.google.com", "gmail"),
        ("d-example.mail.protection.outlook.com", "microsoft365"),
        ("mx01.mail.icloud.com", "icloud"),
        ("mta7.am0.yahoodns.net", "yahoo"),
        ("mx-aol.mail.gm0.yahoodns.net", "aol"),
        ("in1-smtp.messagingengine.com", "fastmail"),
        ("mx00.t-online.de", "t_online"),
        ("mx.notgoogle.com", None),
        ("google.com.evil.example", None),
        ("", None),
    ],
)
def test_mail_exchangers(host, key):
    provider = by_mx(host)
    assert (provider.key if provider else None) == key


def test_user_names():
    assert by_domain("ICLOUD.com").imap.username("ana@icloud.com") == "ana"
    assert by_domain("icloud.com").smtp.username("ana@icloud.com") == "ana@icloud.com"
    assert Endpoint("h.example", 993, "tls", "ana-1").username("ana@d.example") == "ana-1"


# The order of the ways


def test_a_known_domain_asks_nobody():
    proposal = discover("ana@gmail.com", None, None)
    assert (proposal.origin, proposal.provider.key) == (Origin.PRESET, "gmail")


SRV = {
    ("_imaps._tcp.d.example", "SRV"): [
        "10 5 993 second.d.example.",
        "5 1 1993 imap.d.example.",
        "5 0 993 c.d.example.",
    ],
    ("_submissions._tcp.d.example", "SRV"): ["0 0 0 ."],
    ("_submission._tcp.d.example", "SRV"): ["0 1 587 smtp.d.example."],
}


def test_each_way_in_its_turn(authority, trusting):
    files = {"/a.xml": file(IMAP % ("imap.d.example", 993, "SSL", "%EMAILLOCALPART%"))}
    mx = {("d.example", "MX"): ["20 backup.d.example.", "10 aspmx.l.google.com."]}
    fetch = partial(autoconfig.fetch, context=trusting)

    def found(records, files):
        with name_server(records) as port, web_server(authority, files) as web:
            places = (f"https://localhost:{web}/none.xml?x={{address}}", f"https://localhost:{web}/a.xml")
            return discover("ana@D.example", Resolver(["127.0.0.1"], port), fetch, places)

    by_mail_exchanger = found(mx | SRV, files)
    assert (by_mail_exchanger.origin, by_mail_exchanger.provider.key) == (Origin.MX, "gmail")
    assert "aspmx.l.google.com" in by_mail_exchanger.source
    by_file = found(SRV, files)
    assert (by_file.origin, by_file.imap, by_file.smtp) == (
        Origin.AUTOCONFIG,
        Endpoint("imap.d.example", 993, "tls", Login.LOCALPART),
        None,
    )
    by_service = found(SRV, {})
    assert (by_service.origin, by_service.imap, by_service.smtp) == (
        Origin.SRV,
        Endpoint("imap.d.example", 1993, "tls"),
        Endpoint("smtp.d.example", 587, "starttls"),
    )
    assert found({}, {}) is None


@pytest.mark.parametrize(
    "address", ["ana@localhost", "ana@", "ana@a..b", "ana@" + "x" * 64 + ".example", "ana@d\r\nx.example"]
)
def test_what_is_no_domain_is_not_asked_about(address):
    assert discover(address, None, None) is None


def test_a_domain_in_other_letters_is_asked_for_in_ascii():
    asked = []

    class Names(NoNames):
        def mx(self, domain):
            asked.append(domain)
            return []

    assert discover("ana@müller.example", Names(), lambda _: None) is None
    assert asked == ["xn--mller-kva.example"]


def test_hosts_outside_of_the_domain_are_pointed_out():
    def found(*hosts):
        return Proposal(Origin.SRV, "x", *(Endpoint(host, 993, "tls") for host in hosts))

    assert found("imap.d.example", "d.example").strangers("ana@d.example") == []
    assert found("imap.evil.example", "d.example").strangers("ana@d.example") == ["imap.evil.example"]
    assert found("imap.notd.example", "imap.notd.example").strangers("ana@D.example") == ["imap.notd.example"]
    assert discover("ana@gmail.com", None, None).strangers("ana@d.example") == []


def test_a_silent_name_server_is_an_empty_answer(monkeypatch):
    monkeypatch.setattr("responder.accounts.dns.LIFETIME", 0.05)
    assert Resolver(["127.0.0.1"], 9).mx("d.example") == []
    assert Resolver(["127.0.0.1"], 9).srv("_imaps._tcp", "x" * 80 + ".example") == []


def test_srv_targets_that_are_no_host_are_passed_over():
    class Names(NoNames):
        def srv(self, service, domain):
            return [Service(0, 0, 993, ""), Service(0, 0, 0, "a.example"), Service(0, 0, 993, "a b.example")]

    assert discover("ana@d.example", Names(), lambda _: None) is None


# The file


@pytest.mark.parametrize(
    ("servers", "imap", "smtp"),
    [
        (
            [IMAP % ("a.example", 143, "STARTTLS", "x"), IMAP % ("b.example", 993, "SSL", "%EMAILADDRESS%")],
            Endpoint("b.example", 993, "tls"),
            None,
        ),
        (
            [
                IMAP % ("mail.%EMAILDOMAIN%", 143, "STARTTLS", "u-%EMAILLOCALPART%"),
                SMTP % ("s.example", 465, "SSL", ""),
            ],
            Endpoint("mail.d.example", 143, "starttls", "u-ana"),
            Endpoint("s.example", 465, "tls"),
        ),
        ([IMAP % ("a.example", 143, "plain", "x")], None, None),
        ([IMAP % ("a.example", 70000, "SSL", "x")], None, None),
        ([IMAP % ("a.example", "x", "SSL", "x")], None, None),
        ([IMAP % ("a.example/../b", 993, "SSL", "x")], None, None),
        ([IMAP % ("a.example", 993, "SSL", "a\tb")], None, None),
        ([SMTP % ("s.example", 465, "SSL", "")], None, None),
        ([(IMAP % ("a.example", 995, "SSL", "x")).replace("imap", "pop3")], None, None),
    ],
)
def test_what_the_file_says(servers, imap, smtp):
    assert autoconfig.read(file(*servers), "ana@d.example") == ((imap, smtp) if imap else None)


LAUGHS = b"""<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><clientConfig>&b;</clientConfig>"""
OUTSIDE = b"""<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><clientConfig>&a;</clientConfig>"""


@pytest.mark.parametrize("raw", [b"", b"<", LAUGHS, OUTSIDE, b"\xff\xfe\x00", b"<a>" * 50_000, file() + b" " * 70_000])
def test_hostile_files(raw):
    assert autoconfig.read(raw, "ana@d.example") is None


@given(st.binary(max_size=300))
def test_any_bytes_are_read_without_an_error(raw):
    autoconfig.read(raw, "ana@d.example")
    autoconfig.read(file(IMAP % ("a", 1, "SSL", "b")).replace(b"emailProvider", raw), "ana@d.example")


def test_only_https_with_a_good_certificate_and_a_bounded_size(authority, trusting):
    files = {"/a.xml": b"<x/>", "/large": b"x" * 70_000, "/down": "http://localhost/a.xml", "/over": "/a.xml"}
    with web_server(authority, files) as port:
        base = f"https://localhost:{port}"
        assert autoconfig.fetch(f"{base}/a.xml", trusting) == b"<x/>"
        assert autoconfig.fetch(f"{base}/over", trusting) == b"<x/>"
        for bad in (
            f"{base}/large",
            f"{base}/down",
            f"{base}/none",
            f"http://localhost:{port}/a.xml",
            "file:///etc/passwd",
        ):
            assert autoconfig.fetch(bad, trusting) is None
        assert autoconfig.fetch(f"{base}/a.xml") is None  # nobody vouches for this certificate
        assert autoconfig.fetch(f"https://127.0.0.1:{port}/a.xml", trusting) is None  # nor for this name
    assert autoconfig.fetch(f"{base}/a.xml", trusting) is None


def test_the_presets_of_the_configuration_and_these_are_the_same():
    assert set(providers()) == set(config.presets())
