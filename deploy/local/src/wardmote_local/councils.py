"""Two invented councils, so that a newcomer has somebody to be. No council, person or address here is real."""

from dataclasses import dataclass
from uuid import UUID

from wardmote_kernel.taxonomy import Role

CLIENT_ID = "wardmote-console"


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Someone who works for a demo council and may sign in."""

    person_id: UUID
    name: str
    subject: str
    email: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True)
class DemoCouncil:
    """A demo council with its people."""

    tenant_id: UUID
    slug: str
    name: str
    nation: str
    """As in wardmote.tenancy.v1.Nation, without the prefix."""
    brand_colour: str
    support_line: str
    people: tuple[DemoPerson, ...]


NORTHSHIRE = DemoCouncil(
    tenant_id=UUID("0199aa00-0000-7000-8000-000000000001"),
    slug="northshire",
    name="Northshire County Council",
    nation="ENGLAND",
    brand_colour="#1d5f4a",
    support_line="Northshire member support: member.support@northshire.example",
    people=(
        DemoPerson(
            UUID("0199aa00-0000-7000-8000-000000000011"), "Alex Merrow", "alex.merrow", "alex.merrow@northshire.example",
            (Role.CASE_WORKER, Role.ON_CALL),
        ),
        DemoPerson(
            UUID("0199aa00-0000-7000-8000-000000000012"), "Sam Thistle", "sam.thistle", "sam.thistle@northshire.example",
            (Role.CASE_WORKER,),
        ),
    ),
)  # fmt: skip

PORTHAVEN = DemoCouncil(
    tenant_id=UUID("0199aa00-0000-7000-8000-000000000002"),
    slug="porthaven",
    name="Porthaven County Borough Council",
    nation="WALES",
    brand_colour="#5a2a6e",
    support_line="Porthaven democratic services: support@porthaven.example",
    people=(
        DemoPerson(
            UUID("0199aa00-0000-7000-8000-000000000021"), "Rhian Pellow", "rhian.pellow", "rhian.pellow@porthaven.example",
            (Role.CASE_WORKER, Role.ON_CALL),
        ),
        DemoPerson(
            UUID("0199aa00-0000-7000-8000-000000000022"), "Owain Harte", "owain.harte", "owain.harte@porthaven.example",
            (Role.CASE_WORKER,),
        ),
    ),
)  # fmt: skip

COUNCILS = (NORTHSHIRE, PORTHAVEN)
