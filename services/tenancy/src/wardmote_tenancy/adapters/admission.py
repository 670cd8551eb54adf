"""Who may come in here: tenancy reads its own rows, where other services read the copy that they keep from its facts."""

from wardmote_kernel.errors import NotPermitted, Unauthenticated
from wardmote_kernel.identity import TenantId, parse_id
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.auth import VerifiedToken
from wardmote_runtime.database import Database
from wardmote_runtime.tenancy import tenant_scope
from wardmote_tenancy.domain.events import TenantStatus

_STANDING = """
SELECT status, EXISTS (SELECT 1 FROM api_key k WHERE k.tenant_id = t.tenant_id AND k.key_id = %s AND k.is_revoked) AS is_revoked
FROM tenant t WHERE t.tenant_id = %s"""


class Admission:
    """Reads the rows at every call, so that a suspended council and a revoked key are refused here at once.

    Its answers are those of ``wardmote_runtime.tenant_copy.TenantCopy.admit``, word for word: a caller cannot tell services
    apart by them.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def admit(self, token: VerifiedToken) -> None:
        """Lets a verified caller of a council in. An operator comes in always: a suspended council must be worked on too.

        Raises:
            Unauthenticated: the council is not known, or the key was revoked.
            NotPermitted: the council is suspended.
        """
        if token.caller.tenant_id is None or Role.OPERATOR in token.caller.roles:
            return
        standing = await self._standing(token.caller.tenant_id, token.token_id)
        if standing is None:
            raise Unauthenticated("The key's council is not known here. If it has just come aboard, try again in a few seconds.")
        status, is_revoked = standing
        if is_revoked:
            raise Unauthenticated("The key was revoked. Ask your council for a new one.")
        if status is not TenantStatus.ACTIVE:
            raise NotPermitted("The council is suspended. Ask the operator.")

    async def _standing(self, tenant: TenantId, token_id: str) -> tuple[TenantStatus, bool] | None:
        with tenant_scope(tenant):
            async with self._database.tenant_transaction() as connection:
                row = await (await connection.execute(_STANDING, [parse_id(token_id), tenant])).fetchone()
        return (TenantStatus(row["status"]), row["is_revoked"]) if row else None
