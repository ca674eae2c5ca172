"""One look at Drafts and Sent: what is fetched, and what is not fetched again."""

from rounds.world import ADDRESS, Connection, mail

from responder.mailbox import Entry
from responder.rounds.look import look


class Counting(Connection):
    """Writes down which headers are fetched."""

    def __init__(self, *args) -> None:
        super().__init__(*args)
        self.fetched: list[tuple[str, int]] = []

    def entries(self, folder, uids, fields=None) -> list[Entry]:
        self.fetched += [(folder, uid) for uid in uids]
        return super().entries(folder, uids, fields)


def own(world, number: int, **headers: str) -> int:
    """A mail of the user's own in Sent; its UID."""
    raw = mail(ADDRESS, f"Lunch {number}", "At one?", f"<own{number}@post.example>", world.clock.now(), **headers)
    return world.deliver(raw, "Sent")


def test_other_mail_in_sent_is_fetched_once(world):
    rejection = world.reject()
    world.round()
    for number in range(40):
        own(world, number)
    store = world.store()
    account = world.account(store)
    account.mailbox = mailbox = Counting(world.server, lambda _name: None)
    draft = ("Drafts", next(iter(world.server.folders["Drafts"].mails)))

    def fetched():
        mailbox.fetched.clear()
        (view,) = look(account, store.open_cases("home")).values()
        return view, list(mailbox.fetched)

    view, first = fetched()
    assert len(first) == 41
    assert len(view.candidates) == 1
    view, second = fetched()
    assert second == [draft]  # its flags may change
    assert len(view.candidates) == 1
    new = own(world, 40)
    answer = own(world, 41, In_Reply_To=rejection)
    view, third = fetched()
    assert third == [draft, ("Sent", new), ("Sent", answer)]
    assert view.in_sent == "<own41@post.example>"
    world.server.rebuild("Sent")
    view, fourth = fetched()
    assert len(fourth) == 43
    assert view.in_sent == "<own41@post.example>"
    store.close()


def test_a_new_case_has_its_mail_found_among_what_was_seen_before(world):
    world.reject()
    world.round()
    raw, message_id = world.rejection()
    own(world, 1, In_Reply_To=message_id)  # answered by hand, before the rejection itself is seen here
    store = world.store()
    account = world.account(store)
    assert [view.in_sent for view in look(account, store.open_cases("home")).values()] == [None]
    world.deliver(raw)
    world.round()
    cases = [case for case in store.cases() if case.message_id == message_id]
    assert look(account, [*store.open_cases("home"), *cases])[cases[0].id].in_sent == "<own1@post.example>"
    store.close()
