"""What a council, a person and a key may be, and which facts their changes make."""

from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wardmote_tenancy.domain.api_key import ApiKey
from wardmote_tenancy.domain.events import ApiKeyRevoked, PersonConfigured, TenantConfigured, TenantStatus
from wardmote_tenancy.domain.person import COUNCIL_ROLES, Particulars, Person
from wardmote_tenancy.domain.settings import MOST_REPORTS_PER_MINUTE, Branding, IdentityProvider, Limits, TenantSettings
from wardmote_tenancy.domain.tenant import Tenant

from wardmote_kernel.errors import Conflict, Invalid
from wardmote_kernel.identity import PLATFORM, TenantId
from wardmote_kernel.taxonomy import Nation, Role
from wardmote_testkit.clock import MONDAY_MORNING as NOW

PROVIDER = IdentityProvider("https://login.example/northshire", "wardmote")
SETTINGS = TenantSettings("northshire", "Northshire Council", Nation.ENGLAND, PROVIDER, Branding("#1d5f4a", "Ask for Dana."))
PARTICULARS = Particulars("Robin Example", "robin@council.example")


def tenant() -> Tenant:
    return Tenant.create(TenantId(uuid4()), SETTINGS, uuid4(), NOW)


def fields(refused: pytest.ExceptionInfo[Invalid]) -> list[str]:
    return [violation.field for violation in refused.value.violations]


def test_a_new_council_is_active_and_makes_all_settings_known() -> None:
    event_id = uuid4()
    made = Tenant.create(TenantId(uuid4()), SETTINGS, event_id, NOW)
    assert (made.status, made.version) == (TenantStatus.ACTIVE, 1)
    assert made.events == [TenantConfigured(event_id, NOW, 1, "northshire", Nation.ENGLAND, TenantStatus.ACTIVE, 120)]


def test_new_limits_are_made_known_and_the_same_ones_are_no_news() -> None:
    council, event_id = tenant(), uuid4()
    council.set_limits(Limits(120), uuid4(), NOW)
    assert (council.version, len(council.events)) == (1, 1)
    council.set_limits(Limits(6), event_id, NOW)
    assert council.settings == replace(SETTINGS, limits=Limits(6))
    assert council.events[1] == TenantConfigured(event_id, NOW, 2, "northshire", Nation.ENGLAND, TenantStatus.ACTIVE, 6)


@pytest.mark.parametrize("limit", [-1, 0, MOST_REPORTS_PER_MINUTE + 1])
def test_limits_that_will_not(limit: int) -> None:
    council = tenant()
    for refuses in (replace(SETTINGS, limits=Limits(limit)).check, lambda: council.set_limits(Limits(limit), uuid4(), NOW)):
        with pytest.raises(Invalid) as refused:
            refuses()
        assert fields(refused) == ["limits.reports_per_minute"]
    assert council.version == 1


@pytest.mark.parametrize("slug", ["abc", "a1-", "northshire-and-southshire", "a" * 41])
def test_slugs_that_will_do(slug: str) -> None:
    replace(SETTINGS, slug=slug).check()


@pytest.mark.parametrize("slug", ["", "ab", "a" * 42, "1shire", "-shire", "North", "north shire", "north.shire", "nörth", "abc\n"])
def test_slugs_that_will_not(slug: str) -> None:
    with pytest.raises(Invalid) as refused:
        replace(SETTINGS, slug=slug).check()
    assert fields(refused) == ["slug"]


@pytest.mark.parametrize("issuer", ["http://127.0.0.1:9001", "https://login.example", "https://login.example/a/v2.0/"])
def test_issuers_that_will_do(issuer: str) -> None:
    replace(SETTINGS, identity_provider=replace(PROVIDER, issuer=issuer)).check()


@pytest.mark.parametrize(
    "issuer",
    [
        "", "login.example", "ftp://login.example", "https://", "https:///path", "javascript:alert(1)", "https://a b.example",
        "https://name:word@login.example", "https://login.example?x=1", "https://login.example#x", "https://login.example:0",
        "https://login.example:nn", "https://[::1", "https://login.example\n", "https://login.example/" + "a" * 500,
    ],
)  # fmt: skip
def test_issuers_that_will_not(issuer: str) -> None:
    with pytest.raises(Invalid) as refused:
        replace(SETTINGS, identity_provider=replace(PROVIDER, issuer=issuer)).check()
    assert fields(refused) == ["identity_provider.issuer"]


@pytest.mark.parametrize("colour", ["1d5f4a", "#1d5f4", "#1D5F4A", "#gggggg", "red", "#1d5f4a;"])
def test_colours_that_will_not(colour: str) -> None:
    with pytest.raises(Invalid) as refused:
        replace(SETTINGS, branding=Branding(colour)).check()
    assert fields(refused) == ["branding.brand_colour"]


def test_every_wrong_setting_is_told_at_once_and_no_value_is_repeated() -> None:
    wrong = TenantSettings("Bad Slug", "n" * 201, Nation.WALES, IdentityProvider("no", "", "\n"), Branding("no", "a\x00b"))
    with pytest.raises(Invalid) as refused:
        wrong.check()
    assert set(fields(refused)) == {
        "slug", "name", "identity_provider.issuer", "identity_provider.client_id", "identity_provider.role_claim",
        "branding.brand_colour", "branding.support_line",
    }  # fmt: skip
    assert "Bad Slug" not in str(refused.value)


def test_nothing_but_the_slug_form_limits_a_bare_council() -> None:
    replace(SETTINGS, branding=Branding(), name="n" * 200).check()


def test_the_platforms_own_id_is_no_council() -> None:
    with pytest.raises(Invalid):
        Tenant.create(PLATFORM, SETTINGS, uuid4(), NOW)


def test_the_same_council_again_must_be_the_same() -> None:
    made = tenant()
    made.require_same(SETTINGS)
    with pytest.raises(Conflict):
        made.require_same(replace(SETTINGS, name="Another"))


def test_the_status_it_has_is_no_news() -> None:
    made = tenant()
    made.set_status(TenantStatus.ACTIVE, uuid4(), NOW)
    assert len(made.events) == made.version == 1
    made.set_status(TenantStatus.SUSPENDED, uuid4(), NOW)
    assert (made.version, made.events[-1].version) == (2, 2)
    assert isinstance(made.events[-1], TenantConfigured)
    assert made.events[-1].status is TenantStatus.SUSPENDED


changes = st.lists(
    st.one_of(
        st.tuples(st.just("status"), st.sampled_from(TenantStatus)),
        st.tuples(st.just("person"), st.sets(st.sampled_from(COUNCIL_ROLES))),
        st.tuples(st.just("revoke"), st.booleans()),
    )
)


@given(changes)
def test_the_version_grows_by_one_with_each_fact_and_never_without(steps: list[tuple[str, Any]]) -> None:
    made, person = tenant(), None
    for what, value in steps:
        if what == "status":
            made.set_status(value, uuid4(), NOW)
        elif what == "person":
            after = Person(PERSON, tuple(role for role in COUNCIL_ROLES if role in value))
            made.configure_person(person, after, uuid4(), NOW)
            person = after
        else:
            made.revoke(ApiKey(uuid4(), "label", NOW, is_revoked=value), uuid4(), NOW)
    assert [event.version for event in made.events] == list(range(1, made.version + 1))


PERSON = UUID("0198c000-0000-7000-8000-000000000001")


def test_roles_are_kept_once_each_in_a_fixed_order() -> None:
    person = Person.register(PERSON, [Role.ON_CALL, Role.REPORTER, Role.ON_CALL], "sub-1", PARTICULARS)
    assert person.roles == (Role.REPORTER, Role.ON_CALL)


@pytest.mark.parametrize("roles", [[], [Role.OPERATOR], [Role.SERVICE], [Role.CASE_WORKER, Role.INTEGRATION_CLIENT]])
def test_a_council_cannot_give_the_roles_of_programs_and_operators(roles: list[Role]) -> None:
    with pytest.raises(Invalid) as refused:
        Person.register(PERSON, roles, "", PARTICULARS)
    assert fields(refused) == ["roles"]


@pytest.mark.parametrize(
    ("subject", "particulars", "field"),
    [
        ("s" * 201, PARTICULARS, "subject"),
        ("", Particulars(""), "name"),
        ("", Particulars("n" * 201), "name"),
        ("", Particulars("Robin\nBcc: x"), "name"),
        ("", Particulars("Robin", "robin"), "contact"),
        ("", Particulars("Robin", "a@b c"), "contact"),
        ("", Particulars("Robin", "a@b\r\nBcc: c@d"), "contact"),
        ("", Particulars("Robin", "a" * 250 + "@b.example"), "contact"),
    ],
)
def test_a_wrong_particular_is_named_and_not_repeated(subject: str, particulars: Particulars, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        Person.register(PERSON, [Role.CASE_WORKER], subject, particulars)
    assert fields(refused) == [field]
    assert "robin" not in str(refused.value).lower()


def test_a_person_on_call_needs_a_contact_and_others_do_not() -> None:
    assert Person.register(PERSON, [Role.CASE_WORKER], "", Particulars("Robin")).roles == (Role.CASE_WORKER,)
    with pytest.raises(Invalid) as refused:
        Person.register(PERSON, [Role.ON_CALL], "", Particulars("Robin"))
    assert fields(refused) == ["contact"]


def test_who_leaves_brings_nothing_along() -> None:
    assert Person.leave(PERSON, "", Particulars("")).has_left
    for subject, particulars in (("sub-1", Particulars("")), ("", Particulars("Robin")), ("", Particulars("", "a@b.example"))):
        with pytest.raises(Invalid):
            Person.leave(PERSON, subject, particulars)


def test_particulars_are_in_no_representation() -> None:
    assert "Robin" not in repr(PARTICULARS)
    assert "robin@" not in repr(PARTICULARS)


def test_a_person_is_news_when_new_with_other_roles_or_gone() -> None:
    made = tenant()
    worker, leaver = Person(PERSON, (Role.CASE_WORKER,)), Person(PERSON, ())
    made.configure_person(None, worker, uuid4(), NOW)
    made.configure_person(worker, replace(worker, subject="sub-2"), uuid4(), NOW)
    made.configure_person(worker, leaver, uuid4(), NOW)
    made.configure_person(leaver, leaver, uuid4(), NOW)
    people = [event for event in made.events if isinstance(event, PersonConfigured)]
    assert [(event.version, event.roles) for event in people] == [(2, (Role.CASE_WORKER,)), (3, ())]


def test_a_key_is_revoked_once() -> None:
    made, key = tenant(), ApiKey.issue(uuid4(), "Case system", NOW)
    revoked = made.revoke(key, uuid4(), NOW)
    assert revoked.is_revoked
    assert made.revoke(revoked, uuid4(), NOW) == revoked
    assert [event.key_id for event in made.events if isinstance(event, ApiKeyRevoked)] == [key.key_id]


@pytest.mark.parametrize("label", ["", "  ", "l" * 201, "a\tb"])
def test_labels_that_will_not(label: str) -> None:
    with pytest.raises(Invalid):
        ApiKey.issue(uuid4(), label, NOW)
