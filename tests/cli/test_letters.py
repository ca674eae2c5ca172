"""`templates` and `letter-check`."""

import json

GOOD = "Dear Jane,\n\nThank you for the news, and for considering me. I wish you and the new colleague all the best, and hope to stay in touch.\n\nAna Souza\n"


def test_the_shipped_templates(home):
    names = home("templates", "list").out.split()
    assert "en/interview" in names
    assert "de/closed" in names
    text = home("templates", "show", "en/interview").out
    assert "{%" in text
    assert "templates list" in home("templates", "show", "xx/none", code=2).err


def test_copy_puts_one_into_the_users_folder_and_never_over_another(home):
    assert "[letters]" in home("templates", "copy", "en/final", code=2).err
    home.write(more="[letters]\ntemplates = 'mine'\n")
    to = home.folder / "mine" / "en" / "final.txt.j2"
    assert home("templates", "copy", "en/final").out.strip() == str(to)
    assert to.read_text() == home("templates", "show", "en/final").out
    to.write_text("mine")
    assert "there already" in home("templates", "copy", "en/final", code=2).err
    assert home("templates", "show", "en/final").out == "mine"
    assert "en/final  (yours)" in home("templates", "list").out


def test_letter_check(home, tmp_path):
    file = tmp_path / "letter.txt"
    file.write_text(GOOD)
    assert "Nothing" in home("letter-check", str(file)).out
    file.write_text(GOOD.replace("Jane", "[NAME]"))
    found = home("letter-check", "--json", str(file), code=1)
    assert [json.loads(line)["kind"] for line in found.out.splitlines()] == ["placeholder"]
    assert "[NAME]" in home("letter-check", str(file), code=1).out
    file.write_text(f"From: Ana <ana@example.org>\nTo: jane@acme.example\nSubject: [X] hello\n\n{GOOD}")
    assert home("letter-check", str(file)).out
    assert "cannot be read" in home("letter-check", str(tmp_path / "none"), code=2).err
