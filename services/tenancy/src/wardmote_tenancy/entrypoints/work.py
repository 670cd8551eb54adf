"""The work that tenancy gives itself: proving, again and again, that no council's report was lost."""

from datetime import datetime, timedelta

from wardmote_kernel.clock import Clock
from wardmote_kernel.errors import Unavailable, WardmoteError
from wardmote_kernel.identity import TenantId
from wardmote_runtime.tenancy import tenant_scope
from wardmote_tenancy.application.ports import ProofMeasures, RoundSums
from wardmote_tenancy.application.queries import Queries
from wardmote_tenancy.application.reconcile import LOOKS_BACK, Reconcile, Reconciler, Reconciliation
from wardmote_tenancy.domain.events import TenantStatus

_PAGE = 100

WHOLE_EVERY = timedelta(hours=1)
"""So often the whole day is looked at again, for what was proved before and is gone since: a database that was set back, say."""


class ReconcileRound:
    """One look at every active council, one after the other: it must not be a load on those whose reports it looks at.

    For the same reason it begins, for each council, where everything before is proved already, and looks at the whole day only now
    and then.
    """

    def __init__(self, queries: Queries, reconciler: Reconciler, measures: ProofMeasures, clock: Clock) -> None:
        self._queries = queries
        self._reconciler = reconciler
        self._measures = measures
        self._clock = clock
        self._settled: dict[TenantId, datetime] = {}
        self._whole_at: datetime | None = None

    async def __call__(self) -> None:
        """
        Raises:
            Unavailable: a service does not answer. The gauges keep what they showed, beside how many councils that leaves unproved.
        """
        self._forget_now_and_then()
        councils = await self._councils()
        found: list[Reconciliation] = []
        refused = 0
        for tenant in councils:
            try:
                found.append(await self._look_at(tenant))
            except Unavailable:
                self._measures.broken_off(len(councils) - len(found))
                raise
            except WardmoteError:
                refused += 1
        self._measures.round(_sums(found, refused))

    async def _councils(self) -> list[TenantId]:
        councils: list[TenantId] = []
        cursor = ""
        while True:
            page = await self._queries.tenants(_PAGE, cursor)
            councils += [tenant.tenant_id for tenant in page.tenants if tenant.status is TenantStatus.ACTIVE]
            cursor = page.next_cursor
            if not cursor:
                return councils

    async def _look_at(self, tenant: TenantId) -> Reconciliation:
        day = self._clock.now() - LOOKS_BACK
        with tenant_scope(tenant):
            found = await self._reconciler.reconcile(Reconcile(max(day, self._settled.get(tenant, day))))
            if found.proof.gap or found.proof.doubles:
                self._measures.gap(found.proof, found.oldest_age)
        self._settled[tenant] = found.settled_until
        return found

    def _forget_now_and_then(self) -> None:
        now = self._clock.now()
        if self._whole_at is None or abs(now - self._whole_at) >= WHOLE_EVERY:
            self._settled.clear()
            self._whole_at = now


def _sums(found: list[Reconciliation], refused: int) -> RoundSums:
    return RoundSums(
        gap=sum(one.proof.gap for one in found),
        oldest_age=max((one.oldest_age for one in found), default=timedelta(0)),
        doubled=sum(len(one.proof.doubles) for one in found),
        unproved=refused,
    )
