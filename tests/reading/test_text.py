"""HTML -> lines, and a text taken apart into own words, quotation and forward: tables of cases in fourteen languages."""

from __future__ import annotations

import pytest

from responder.reading import html
from responder.reading.addresses import parse_shown_date
from responder.reading.charsets import clean
from responder.reading.message import Message, read
from responder.reading.text import split, unwrap_flowed
from responder.reading.words import count_words


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("a<br>b<br/>c", "a\nb\nc"),
        ("<div>a</div><div>b</div>", "a\nb"),
        ("wo<b>rd</b>s <i>and</i>\n  more", "words and more"),
        ("<table><tr><td>Status:</td><td>Closed</td></tr><tr><td>x</td></tr></table>", "Status: Closed\nx"),
        ("<table><tr><td><p>a</p><p>b</p></td></tr></table>", "a\n\nb"),
        ("<ul><li>one</li><li>two</li></ul>", "- one\n- two"),
        ('<span style="display:none">preview</span><p>body</p>', "body"),
        ('<div style="mso-x:1;DISPLAY : none !important">x</div>body', "body"),
        ('<div style="max-height:0px;overflow:hidden">x</div>body', "body"),
        ('<div style="max-height:0.5em">x</div>', "x"),
        ('<td style="font-size:0px"><div style="font-size:13px">shown</div></td>', "shown"),
        ('<div class="preheader">x</div>body', "body"),
        ("<p hidden>x</p>body", "body"),
        ('<div style="display:none">all of it</div>', "all of it"),
        ("<style>p{}</style><script>x</script><title>t</title>body", "body"),
        ("a&zwnj;&nbsp;&#8203;&shy;b &amp; c", "a b & c"),
        ("<p>&zwnj;&nbsp;</p><p>x</p>", "x"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ('<p>Hi</p><blockquote type="cite"><p>old</p></blockquote>', "Hi\n\n> old"),
        ("<p>He said:</p><blockquote>old</blockquote>", "He said:\n\n> old"),
        ("<p>Indented.</p><blockquote>own words</blockquote>", "Indented.\n\nown words"),
        ('<img src="logo.png" alt="Logo"><p>x</p>', "x"),
        ("", ""),
        ("<", "<"),
        ("text \ud800 surrogate", "text \ufffd surrogate"),
    ],
)
def test_html_to_text(markup: str, text: str) -> None:
    assert html.to_text(markup) == text


def test_links_are_collected_once_and_only_the_kinds_that_can_be_followed() -> None:
    markup = (
        '<a href="https://a.example/?x=1&amp;y=2">1</a><A HREF=mailto:b@c.example>2</A><a href="javascript:x">3</a>'
    )
    assert html.links(markup * 3) == ("https://a.example/?x=1&y=2", "mailto:b@c.example")
    assert len(html.links("".join(f'<a href="https://a.example/{n}">' for n in range(1000)))) == 200


@pytest.mark.parametrize(
    "markup", ["<!--" * 100_000, "<div>" * 100_000, "<a href=" * 100_000, '<p style="' + "x" * 900_000, "&" * 900_000]
)
def test_hostile_html_comes_to_an_end(markup: str) -> None:
    assert len(html.to_text(html.cut(markup)[0])) <= html.MAX_HTML
    assert len(html.links(markup)) <= html.MAX_LINKS


ATTRIBUTIONS = [
    "On Tue, Jun 3, 2025 at 10:00 AM Jane Doe <jane@acme.example> wrote:",
    "On Tue, Jun 3, 2025 at 10:00 AM Jane Doe\n<jane@acme.example> wrote:",
    "On 3 Jun 2025, at 10:00, Jane Doe wrote:",
    "Am Di., 3. Juni 2025 um 10:00 Uhr schrieb Jane Doe <jane@acme.example>:",
    "Am 03.06.2025 um 10:00 schrieb Jane Doe:",
    "Le mar. 3 juin 2025 à 10:00, Jane Doe <jane@acme.example> a écrit :",
    "Le 03/06/2025 à 10:00, Jane Doe a écrit\u00a0:",
    "El mar, 3 jun 2025 a las 10:00, Jane Doe (<jane@acme.example>) escribió:",
    "Em ter., 3 de jun. de 2025 às 10:00, Jane Doe <jane@acme.example> escreveu:",
    "Il giorno mar 3 giu 2025 alle ore 10:00 Jane Doe <jane@acme.example> ha scritto:",
    "Op di 3 jun 2025 om 10:00 schreef Jane Doe <jane@acme.example>:",
    "Den tis 3 juni 2025 kl 10:00 skrev Jane Doe <jane@acme.example>:",
    "Den tirs. 3. jun. 2025 kl. 10.00 skrev Jane Doe <jane@acme.example>:",
    "tir. 3. juni 2025 kl. 10:00 skrev Jane Doe <jane@acme.example>:",
    "wt., 3 cze 2025 o 10:00 Jane Doe <jane@acme.example> napisał(a):",
    "W dniu 3.06.2025 o 10:00, Jane Doe pisze:",
    "Jane Doe <jane@acme.example>, 3 Haz 2025 Sal, 10:00 tarihinde şunu yazdı:",
    "2025年6月3日(火) 10:00 Jane Doe <jane@acme.example>:",
    "2025/06/03 10:00、Jane Doe <jane@acme.example>のメール:",
    "Jane Doe <jane@acme.example> 于2025年6月3日周二 10:00写道：",
    "Jane Doe <jane@acme.example> 於 2025年6月3日 週二 上午10:00 寫道：",
]


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_what_is_quoted_below_is_taken_off(attribution: str) -> None:
    for below in ("\n> old words\n> more", "\n\nold words\nmore"):
        parts = split(clean(f"My answer.\n\nAna\n\n{attribution}{below}"))
        assert parts.own == "My answer.\n\nAna"
        assert "old words" in parts.quoted
        assert "10" in parts.quoted
        assert parts.forward is None


def test_an_answer_below_the_quotation_is_kept() -> None:
    parts = split(f"{ATTRIBUTIONS[0]}\n> old\n> words\n\nMy answer.\n")
    assert parts.own == "My answer."
    assert "> old" in parts.quoted


BLOCKS = [
    "From: {who}\nSent: Tuesday, June 3, 2025 10:00 AM\nTo: Ana\nSubject: Job",
    "Von: {who}\nGesendet: Dienstag, 3. Juni 2025 10:00\nAn: Ana\nBetreff: Job",
    "De : {who}\nEnvoyé : mardi 3 juin 2025 10:00\nÀ : Ana\nObjet : Job",
    "De: {who}\nEnviado el: martes, 3 de junio de 2025 10:00\nPara: Ana\nAsunto: Job",
    "De: {who}\nEnviada em: terça-feira, 3 de junho de 2025 10:00\nPara: Ana\nAssunto: Job",
    "Da: {who}\nInviato: martedì 3 giugno 2025 10:00\nA: Ana\nOggetto: Job",
    "Van: {who}\nVerzonden: dinsdag 3 juni 2025 10:00\nAan: Ana\nOnderwerp: Job",
    "Från: {who}\nSkickat: den 3 juni 2025 10:00\nTill: Ana\nÄmne: Job",
    "Fra: {who}\nSendt: 3. juni 2025 10:00\nTil: Ana\nEmne: Job",
    "Od: {who}\nWysłano: wtorek, 3 czerwca 2025 10:00\nDo: Ana\nTemat: Job",
    "Kimden: {who}\nGönderildi: 3 Haziran 2025 Salı 10:00\nKime: Ana\nKonu: Job",
    "差出人: {who}\n送信日時: 2025年6月3日 10:00\n宛先: Ana\n件名: Job",
    "发件人: {who}\n发送时间: 2025年6月3日 10:00\n收件人: Ana\n主题: Job",
    "寄件者： {who}\n寄件日期： 2025年6月3日 10:00\n收件者： Ana\n主旨： Job",
    "*From:* {who}\n*Date:* Tue, 3 Jun 2025 10:00:00 +0200\n*To:* Ana\n*Subject:* Job",
]
WHO = "Jane Doe <jane@acme.example>"


@pytest.mark.parametrize("block", BLOCKS)
def test_outlook_s_block_begins_a_quotation_or_after_fw_a_forward(block: str) -> None:
    text = f"My words.\n\n________________________________\n{block.format(who=WHO)}\n\nWe chose another.\n\nJane"
    answer = split(text, "RE: Job")
    assert (answer.own, answer.forward) == ("My words.", None)
    assert "We chose another." in answer.quoted
    passed_on = split(text, "FW: Job")
    assert (passed_on.own, passed_on.quoted) == ("My words.", "")
    assert passed_on.forward is not None
    assert (passed_on.forward.from_, passed_on.forward.subject) == (WHO, "Job")
    assert passed_on.forward.body == "We chose another.\n\nJane"


@pytest.mark.parametrize(
    "prefix", ["Fwd", "WG", "TR", "RV", "ENC", "I", "VB", "VS", "PD", "İLT", "转发：", "轉寄", "転送"]
)
def test_the_subject_tells_a_forward(prefix: str) -> None:
    assert split(f"{BLOCKS[0].format(who=WHO)}\n\nInner", f"{prefix.rstrip('：')}: Job").forward is not None


MARKERS = [
    "---------- Forwarded message ---------", "-------- Forwarded Message --------", "Begin forwarded message:",
    "-------- Weitergeleitete Nachricht --------", "Anfang der weitergeleiteten Nachricht:", "---------- Message transféré ---------",
    "Début du message transféré :", "---------- Mensaje reenviado ----------", "Inicio del mensaje reenviado:",
    "---------- Mensagem encaminhada ---------", "Início da mensagem encaminhada:", "-------- Messaggio inoltrato --------",
    "Inizio messaggio inoltrato:", "---------- Doorgestuurd bericht ---------", "Begin doorgestuurd bericht:",
    "---------- Vidarebefordrat meddelande ----------", "Vidarebefordrat brev:", "---------- Videresendt besked ---------",
    "Start på videresendt besked:", "---------- Videresendt melding ---------", "Videresendt melding:",
    "---------- Wiadomość przekazana dalej ---------", "Początek przekazywanej wiadomości:", "---------- İletilen ileti ---------",
    "Yönlendirilen ileti:", "---------- 転送メッセージ ----------", "転送されたメッセージ:", "---------- 转发的邮件 ---------",
    "-------- 轉寄郵件 --------",
]  # fmt: skip


@pytest.mark.parametrize("marker", MARKERS)
def test_a_marker_begins_a_forward(marker: str) -> None:
    for lead in ("", "> "):
        block = "\n".join(lead + line for line in [*BLOCKS[0].format(who=WHO).split("\n"), "", "We chose another."])
        parts = split(f"See below.\n\n{marker}\n{block}")
        assert parts.own == "See below."
        assert parts.forward is not None
        assert parts.forward.subject == "Job"
        assert parts.forward.body == "We chose another."


def test_a_forward_in_a_mail_becomes_a_message() -> None:
    raw = (
        "From: me@mail.example\nSubject: Fwd: Job\n\nsad\n\n---------- Forwarded message ---------\n"
        "From: Jane Doe [mailto:jane@acme.example]\nDate: Tue, 3 Jun 2025 10:00:00 +0200\nSubject: Job\nTo: <me@mail.example>\n\n"
        "We chose another.\n\nOn 2 June 2025 at 10:00, Me <me@mail.example> wrote:\n> please\n"
    )
    message = read(raw.encode())
    assert isinstance(message, Message)
    (inner,) = message.forwarded
    assert (inner.from_[0].name, inner.from_[0].address, inner.to[0].address) == (
        "Jane Doe",
        "jane@acme.example",
        "me@mail.example",
    )
    assert (inner.text, inner.subject, inner.message_id) == ("We chose another.", "Job", None)
    assert inner.date is not None
    assert inner.date.hour == 8
    assert inner.quoted.endswith("> please")


@pytest.mark.parametrize(
    "text",
    [
        "Dear Ana,\nshe wrote:\nthis is our own text, 3 pages long.",
        "Please note: we have decided.\nFrom: Monday\nTo: Friday",
        "Agenda\nDate: 3 June\nFrom: 10:00\nRoom 4",
        "We looked at three things:\n\n- this\n- that",
        "--\nJane",
        ">From here on it is easy.",
        "Forwarded message\nis what we call it.",
        "",
        "> all\n> of it is quoted",
        "On 3 June 2025 we told you that:\nwe have decided.",
    ],
)
def test_what_only_looks_like_a_quotation_stays(text: str) -> None:
    parts = split(text)
    assert (parts.own, parts.quoted, parts.forward) == (text, "", None)


@pytest.mark.parametrize(
    "line",
    [
        "On " + "x " * 20_000,
        "> " * 20_000,
        ":" * 20_000,
        "- " * 20_000,
        "From:" * 20_000,
        "wrote:\n" * 20_000,
        "From: a\n" * 20_000,
    ],
)
def test_no_line_takes_for_ever(line: str) -> None:
    for subject in ("x", "Fwd: x"):
        parts = split(line, subject)
        assert len(parts.own) + len(parts.quoted) <= len(line)


def test_unwrap_flowed() -> None:
    assert unwrap_flowed("a \nb\n\n> c \n> d\n-- \nx", delete_space=False) == "a b\n\n> c d\n-- \nx"
    assert unwrap_flowed("採 \n用", delete_space=True) == "採用"


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ("Tue, 3 Jun 2025 10:00:00 +0200", "2025-06-03T08:00"),
        ("Tue, Jun 3, 2025 at 10:00 AM", None),
        ("03.06.2025 10:00", "2025-06-03T10:00"),
        ("2025年6月3日 10:00", "2025-06-03T10:00"),
        ("2025-06-31", None),
        ("03/06/2025", None),
        ("x" * 10_000, None),
    ],
)
def test_shown_dates_are_read_only_where_they_cannot_be_mistaken(shown: str, expected: str | None) -> None:
    date = parse_shown_date(shown)
    assert (date.isoformat()[:16] if date and expected else None) == expected


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("we have\nchosen", 3), ("a b", 2), ("選考の結果、今回は", 3), ("様", 1)]
)
def test_how_many_words_a_text_has(text: str, count: int) -> None:
    assert count_words(text) == count
