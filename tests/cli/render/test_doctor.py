from __future__ import annotations

from recipebatch.cli.render.doctor import doctor_text, verdict
from recipebatch.execution import Check, State

CHECKS = (
    Check(name="account", state=State.FINE, message="local"),
    Check(name="clock", state=State.WARNING, message="3 minutes behind", cure="set it"),
    Check(name="storage endpoint", state=State.BAD, message="its name is not known", cure="check the address"),
    Check(name="roles", state=State.NOT_CHECKED, message="no account"),
    Check(name="proxy", state=State.NOT_NEEDED, message="local"),
)


def test_each_check_is_a_line_with_the_cure_below() -> None:
    assert doctor_text(CHECKS).splitlines() == [
        "✓ account           local",
        "! clock             3 minutes behind",
        "                    cure: set it",
        "✗ storage endpoint  its name is not known",
        "                    cure: check the address",
        "? roles             not checked: no account",
        "- proxy             not needed: local",
        "a run would not start: storage endpoint",
    ]
    assert max(map(len, doctor_text(CHECKS, 50).splitlines())) <= 50


def test_a_terminal_without_these_signs_gets_ascii() -> None:
    lines = doctor_text(CHECKS, encoding="ascii").splitlines()
    assert (lines[0], lines[3][:4]) == ("ok account           local", "x  s")
    assert doctor_text(CHECKS, encoding="nonsense").isascii()


def test_the_verdict_claims_nothing_that_was_not_checked() -> None:
    assert verdict(CHECKS[:2]) == "a run would start"
    assert verdict(CHECKS[3:]) == "whether a run would start is not known: roles not checked"
    quota = Check(name="quota", state=State.NOT_CHECKED, message="no", decides=False)
    assert verdict([quota]) == "a run would start as far as was checked; not checked: quota"
