"""Which faults, in which rounds, with how many reports each. The seed decides the pairs and the order of chance."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.chaos.faults_data import BAD_DEPLOYED, GARBAGE_FLOOD, POISON, UNTRUSTED
from tests.chaos.faults_machine import CLOCKS, FULL_DATABASE, FULL_EVIDENCE, FULL_KEYRING, RELAY_TWICE
from tests.chaos.faults_roles import kill, terminate
from tests.chaos.faults_servers import ALL_RESTARTED, CONNECTIONS_CUT, KAFKA_PAUSED, KAFKA_RESTARTED, POSTGRES_RESTARTED
from tests.chaos.ground import Fault

SERVERS = [KAFKA_RESTARTED, KAFKA_PAUSED, POSTGRES_RESTARTED, CONNECTIONS_CUT]
DATA = [POISON, GARBAGE_FLOOD, BAD_DEPLOYED, UNTRUSTED]
MACHINE = [FULL_DATABASE, FULL_KEYRING, FULL_EVIDENCE, RELAY_TWICE]
PAIRS, QUICK_PAIRS = 8, 2
WITHOUT_REPORTS = {FULL_EVIDENCE.name}


@dataclass(frozen=True, slots=True)
class Round:
    """A time of load with its faults, ended by a drain and a verdict."""

    faults: tuple[Fault, ...]
    reports: int

    @property
    def name(self) -> str:
        return " + ".join(fault.name for fault in self.faults) or "no fault"


def rounds(roles: Sequence[str], reports: int, chance: random.Random, *, is_quick: bool, only: str = "") -> list[Round]:
    """All rounds of a run, or those whose name has these words; their reports add up to about ``reports``."""
    every = [(), *((fault,) for fault in _singles(roles, chance, is_quick)), *_pairs(roles, chance, QUICK_PAIRS if is_quick else PAIRS)]
    chosen = [faults for faults in every if only in Round(tuple(faults), 0).name]
    wanted = [0 if faults and faults[0].name in WITHOUT_REPORTS else max([1, *(fault.reports for fault in faults)]) for faults in chosen]
    share = max(1, (reports - sum(want for want in wanted if want > 1)) // max(1, wanted.count(1)))
    return [Round(tuple(faults), want and max(want, share)) for faults, want in zip(chosen, wanted, strict=True)]


def _singles(roles: Sequence[str], chance: random.Random, is_quick: bool) -> list[Fault]:
    if is_quick:
        one_by_one = [kill(roles, "every role, one after the other"), terminate(roles, "every role, one after the other")]
        return [*one_by_one, *SERVERS, *DATA, *MACHINE, chance.choice(CLOCKS), ALL_RESTARTED]
    each = [*(kill([role]) for role in roles), *(terminate([role]) for role in roles)]
    return [*each, *SERVERS, *DATA, *MACHINE, *CLOCKS, ALL_RESTARTED]


def _pairs(roles: Sequence[str], chance: random.Random, count: int) -> list[tuple[Fault, ...]]:
    """Two at once that do not have the same thing in their hands."""
    pool = [*SERVERS, RELAY_TWICE, *(kill([role]) for role in roles), *(terminate([role]) for role in roles)]
    servers = [KAFKA_RESTARTED, KAFKA_PAUSED, POSTGRES_RESTARTED, CONNECTIONS_CUT]
    found: list[tuple[Fault, ...]] = []
    while len(found) < count:
        first, second = chance.choice(servers), chance.choice(pool)
        is_new = all({first.name, second.name} != {fault.name for fault in pair} for pair in found)
        if is_new and not first.touches & second.touches:
            found.append((first, second))
    return found
