"""What the pages know of a council: its address, name, colour, support line and where its people sign in."""

from dataclasses import dataclass

from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Nation

OPERATION_FORD = frozenset({Nation.ENGLAND, Nation.WALES, Nation.SCOTLAND})
"""Where the police have this route for councillors and candidates of principal councils."""


@dataclass(frozen=True, slots=True)
class Provider:
    """The one issuer whose tokens sign this council's people in."""

    issuer: str
    client_id: str
    role_claim: str = "roles"


@dataclass(frozen=True, slots=True)
class Council:
    """A tenant, as its pages show it."""

    tenant_id: TenantId
    slug: str
    name: str
    is_active: bool
    provider: Provider
    nation: Nation | None = None
    brand_colour: str = ""
    support_line: str = ""

    @property
    def has_operation_ford(self) -> bool:
        """Whether to tell councillors and candidates of that route."""
        return self.nation in OPERATION_FORD
