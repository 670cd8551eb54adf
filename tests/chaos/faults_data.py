"""Faults of what is on Kafka and of what is deployed: poison, garbage, a deploy that rejects all, a key that nobody trusts."""

import asyncio
import json
from collections import defaultdict
from time import monotonic
from uuid import UUID, uuid4

from tests.chaos.ground import Broken, Fault, Ground, Message
from tests.chaos.invariants import rows
from wardmote.classification.v1.assessment_events_pb2 import AssessmentEvent, IncidentAssessed
from wardmote.event.v1.event_metadata_pb2 import EventMetadata
from wardmote.operations.v1.dead_letter_service_pb2 import ReleaseDeadLetterRequest, ReplayDeadLettersRequest
from wardmote_contracts.topics import ASSESSMENT_EVENTS, INCIDENT_EVENTS
from wardmote_kernel.clock import SystemClock
from wardmote_kernel.identity import TenantId
from wardmote_runtime.auth import new_key_pair
from wardmote_runtime.dispatcher import FLOOD
from wardmote_runtime.envelope import Fact, event_headers, event_key

WITHIN_S = 60.0
LOOK_EVERY_S = 0.3
GARBAGE = 500
BAD_STOPS = 2
MOST_AT_ONCE = 20
"""Pieces that may be rejected beside the last one of a flood: those in flight."""

UNTRUSTED_S = 6.0
REPLAYED_AT_ONCE = 100
BAD_DEPLOY = "tests.chaos.bad_deploy"
_REJECTED = "SELECT tenant_id, event_id FROM dead_letter WHERE reason = 'fault-KeyError' ORDER BY seq"


async def _poison(ground: Ground) -> str:
    """Three kinds: no envelope, a value that cannot be read, and one that the handler refuses, with a later fact behind it."""
    tenant = ground.chance.choice(ground.councils).tenant_id
    incident, refused = uuid4(), uuid4()
    ground.ledger.planted_incidents.add(incident)
    await ground.produce(INCIDENT_EVENTS.name, [(None, b"\xff\xff", []), _undecodable(tenant)])
    await ground.produce(ASSESSMENT_EVENTS.name, [_assessment(tenant, incident, refused, 1, told=True)])
    ground.ledger.planted_dead.update({"classification": 2, "case-management": 1})
    await _dead(ground, "classification", ground.ledger.planted_dead["classification"])
    await _dead(ground, "case-management", ground.ledger.planted_dead["case-management"])
    await ground.produce(ASSESSMENT_EVENTS.name, [_assessment(tenant, incident, uuid4(), 2, told=False)])
    parked = f"SELECT 1 FROM work WHERE is_parked AND key = '{event_key(TenantId(tenant), incident)}'"
    await _until(ground, "case-management", parked, 1, "parked behind the poison")
    released = await ground.dead_letters("case-management", tenant, "ReleaseDeadLetter", ReleaseDeadLetterRequest(event_id=str(refused)))
    if released.released_count != 1:
        raise Broken(f"{released.released_count} released instead of 1")
    return "3 dead letters, 1 parked, released"


def _undecodable(tenant: UUID) -> Message:
    fact = Fact(uuid4(), INCIDENT_EVENTS.name, "IncidentReported", uuid4(), SystemClock().now(), b"\xff\xff\xff")
    return _message(fact, tenant)


def _assessment(tenant: UUID, incident: UUID, event_id: UUID, version: int, *, told: bool) -> Message:
    """With ``told`` it says nothing that is known, which case-management refuses; without it is of a kind not known there."""
    metadata = EventMetadata(event_id=str(event_id), tenant_id=str(tenant), aggregate_version=version)
    event = AssessmentEvent(metadata=metadata, incident_id=str(incident))
    if told:
        event.incident_assessed.CopyFrom(IncidentAssessed(assessment_id=str(uuid4())))
    fact = Fact(event_id, ASSESSMENT_EVENTS.name, "IncidentAssessed", incident, SystemClock().now(), event.SerializeToString())
    return _message(fact, tenant)


def _message(fact: Fact, tenant: UUID) -> Message:
    headers = event_headers(fact, TenantId(tenant), "chaos")
    return event_key(TenantId(tenant), fact.aggregate_id).encode(), fact.value, [(name, text.encode()) for name, text in headers.items()]


async def _garbage(ground: Ground) -> str:
    """More of it at once than the consumer bears: it stops, and is started again until all of it lies with the dead letters."""
    role = ground.stack.roles["classification/stream"]
    before = len(role.ends)
    await ground.produce(INCIDENT_EVENTS.name, [(b"garbage", b"\xff" * 40, []) for _ in range(GARBAGE)])
    ground.ledger.planted_dead["classification"] += GARBAGE
    await _dead(ground, "classification", ground.ledger.planted_dead["classification"])
    await ground.stack.wait_until_ready([role.name])
    stops = len(role.ends) - before
    if not stops:
        raise Broken("the consumer did not stop")
    return f"{GARBAGE} events, the consumer stopped itself {stops} times"


async def _bad_deploy(ground: Ground) -> str:
    """The deploy rejects everything until it stops itself; the good one is deployed, and an operator replays what was rejected."""
    role = ground.stack.roles["classification/work"]
    await role.replace(module=BAD_DEPLOY)
    before = len(role.ends)
    await ground.until(lambda: len(role.ends) - before >= BAD_STOPS, WITHIN_S)
    stops = len(role.ends) - before
    await role.replace()
    await ground.stack.wait_until_ready([role.name])
    rejected = await asyncio.to_thread(rows, ground.stack, "classification", _REJECTED)
    if not stops or len(rejected) > (stops + 1) * (FLOOD + MOST_AT_ONCE):
        raise Broken(f"the bad deploy stopped itself {stops} times and left {len(rejected)} dead letters")
    replayed = await _replay(ground, [(row["tenant_id"], row["event_id"]) for row in rejected])
    return f"stopped itself {stops} times, {len(rejected)} rejected, {replayed} replayed"


async def _replay(ground: Ground, rejected: list[tuple[UUID, UUID]]) -> int:
    by_tenant: dict[UUID, list[str]] = defaultdict(list)
    for tenant, event_id in rejected:
        by_tenant[tenant].append(str(event_id))
    count = 0
    for tenant, events in by_tenant.items():
        for first in range(0, len(events), REPLAYED_AT_ONCE):
            request = ReplayDeadLettersRequest(event_ids=events[first : first + REPLAYED_AT_ONCE])
            count += (await ground.dead_letters("classification", tenant, "ReplayDeadLetters", request)).replayed_count
    return count


async def _untrusted(ground: Ground) -> str:
    """Classification signs with a key that intake does not know: intake refuses every question, and the work must wait."""
    file = ground.stack.folders.keys / "untrusted.json"
    file.write_text(json.dumps(new_key_pair()[0]), encoding="utf-8")
    role = ground.stack.roles["classification/work"]
    await role.replace({"WARDMOTE_SIGNING_KEY_FILE": str(file)})
    await ground.stack.wait_until_ready([role.name])
    await asyncio.sleep(UNTRUSTED_S)
    waiting = await asyncio.to_thread(rows, ground.stack, "classification", "SELECT 1 FROM work")
    await role.replace()
    await ground.stack.wait_until_ready([role.name])
    return f"{len(waiting)} waited"


async def _dead(ground: Ground, service: str, count: int) -> None:
    await _until(ground, service, "SELECT 1 FROM dead_letter", count, "dead letters")


async def _until(ground: Ground, service: str, query: str, count: int, what: str) -> None:
    end = monotonic() + WITHIN_S
    while (found := len(await asyncio.to_thread(rows, ground.stack, service, query))) < count:
        if monotonic() > end:
            raise Broken(f"{found} {what} of {service} instead of {count} after {WITHIN_S:.0f} s")
        await asyncio.sleep(LOOK_EVERY_S)


POISON = Fault("poison events", _poison, frozenset({"dead letters"}))
GARBAGE_FLOOD = Fault("500 garbage events", _garbage, frozenset({"dead letters", "classification/stream"}))
BAD_DEPLOYED = Fault("bad deploy that rejects all", _bad_deploy, frozenset({"dead letters", "classification/work"}), reports=240)
UNTRUSTED = Fault("deploy with an untrusted key", _untrusted, frozenset({"classification/work"}), reports=100)
