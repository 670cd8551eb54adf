"""The demo councils and their reports: invented, idempotent to load, and of the kinds that were promised."""

import re

from wardmote_kernel.identity import parse_id
from wardmote_local.councils import COUNCILS
from wardmote_local.loading import create_tenant, put_person, set_limit
from wardmote_local.reports import REPORTS
from wardmote_rules.rule_pass import RulePass

INVENTED = re.compile(r".+@[a-z.]+\.example")


def test_the_same_order_has_the_same_request_id_and_a_changed_one_another() -> None:
    council = COUNCILS[0]
    first, again, moved = (create_tenant(council, issuer) for issuer in ("http://a", "http://a", "http://b"))
    assert first.request_id == again.request_id != moved.request_id
    assert parse_id(first.request_id)
    people = [put_person(council, person).request_id for council in COUNCILS for person in council.people]
    assert len(set(people)) == len(people)
    assert set_limit(council.tenant_id, 6).request_id == set_limit(council.tenant_id, 6).request_id
    assert len({set_limit(one.tenant_id, limit).request_id for one in COUNCILS for limit in (6, 7)}) == 4


def test_nobody_is_real() -> None:
    assert all(INVENTED.fullmatch(person.email) for council in COUNCILS for person in council.people)
    assert {council.nation for council in COUNCILS} == {"ENGLAND", "WALES"}


def test_the_reports_are_of_six_kinds_and_rules_find_danger_where_it_is() -> None:
    rules = RulePass.load()
    found = {report.kind: [finding for _, text in report.items for finding in rules.scan(text)] for report in REPORTS}
    assert {kind for kind, findings in found.items() if not findings} == {"robust criticism", "satire"}
    assert [kind for kind, findings in found.items() if any(one.is_danger for one in findings)] == ["explicit threat, danger now"]
    assert len(found) == 6
