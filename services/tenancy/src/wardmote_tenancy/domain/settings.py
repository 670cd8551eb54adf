"""A council's settings, and what each of them may be."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from wardmote_kernel.errors import Invalid, Violation
from wardmote_kernel.taxonomy import Nation
from wardmote_tenancy.domain.lines import line_problems

SLUG = re.compile(r"[a-z][a-z0-9-]{2,40}")
COLOUR = re.compile(r"#[0-9a-f]{6}")

DEFAULT_ROLE_CLAIM = "roles"
LONGEST_ISSUER = 500
LONGEST_SUPPORT_LINE = 500

DEFAULT_REPORTS_PER_MINUTE = 120
"""Two reports a second for as long as it lasts, and a minute's worth at once: a pile-on on one council, far above a usual day."""

MOST_REPORTS_PER_MINUTE = 1_000_000
"""More than the whole platform takes: as good as no limit."""


@dataclass(frozen=True, slots=True)
class IdentityProvider:
    """The one issuer whose tokens sign this council's people in (ecosystem.md §3)."""

    issuer: str
    client_id: str
    role_claim: str = DEFAULT_ROLE_CLAIM


@dataclass(frozen=True, slots=True)
class Branding:
    """How the council's public pages look, and what they say first. Empty: the deployment's own."""

    brand_colour: str = ""
    support_line: str = ""


@dataclass(frozen=True, slots=True)
class Limits:
    """How much a council may do before it waits. Nothing over a limit is refused (architecture.md §5)."""

    reports_per_minute: int = DEFAULT_REPORTS_PER_MINUTE

    def check(self) -> None:
        """
        Raises:
            Invalid: a limit is none.
        """
        wrong = _limit_problems(self)
        if wrong:
            raise Invalid(*wrong)


@dataclass(frozen=True, slots=True)
class TenantSettings:
    """All that a council is set up with. All of it is public."""

    slug: str
    name: str
    nation: Nation
    identity_provider: IdentityProvider
    branding: Branding = Branding()
    limits: Limits = Limits()

    def check(self) -> None:
        """
        Raises:
            Invalid: with every field that is wrong.
        """
        wrong = [*_slug_problems(self.slug), *line_problems("name", self.name)]
        wrong += _provider_problems(self.identity_provider)
        wrong += _branding_problems(self.branding)
        wrong += _limit_problems(self.limits)
        if wrong:
            raise Invalid(*wrong)


def _slug_problems(slug: str) -> list[Violation]:
    if SLUG.fullmatch(slug):
        return []
    return [Violation("slug", "3 to 41 lower case letters, digits and hyphens, a letter first, for example northshire.")]


def _provider_problems(provider: IdentityProvider) -> list[Violation]:
    wrong = line_problems("identity_provider.client_id", provider.client_id)
    wrong += line_problems("identity_provider.role_claim", provider.role_claim)
    if len(provider.issuer) > LONGEST_ISSUER or not _is_issuer(provider.issuer):
        wrong.append(
            Violation("identity_provider.issuer", "An http or https address without query, for example https://login.example/northshire.")
        )
    return wrong


def _is_issuer(issuer: str) -> bool:
    """An address with scheme and host, and neither login, query nor fragment (OpenID Connect Discovery 1.0 §2)."""
    try:
        parts = urlsplit(issuer)
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        return False
    plain = issuer.isprintable() and not set(issuer) & set(" ?#@")
    return plain and port_is_right and parts.scheme in ("http", "https") and bool(parts.hostname)


def _limit_problems(limits: Limits) -> list[Violation]:
    if 1 <= limits.reports_per_minute <= MOST_REPORTS_PER_MINUTE:
        return []
    return [Violation("limits.reports_per_minute", f"A whole number from 1 to {MOST_REPORTS_PER_MINUTE}.")]


def _branding_problems(branding: Branding) -> list[Violation]:
    wrong = line_problems("branding.support_line", branding.support_line, longest=LONGEST_SUPPORT_LINE, required=False)
    if branding.brand_colour and not COLOUR.fullmatch(branding.brand_colour):
        wrong.append(Violation("branding.brand_colour", "A colour as # and six hexadecimal digits in lower case, for example #1d5f4a."))
    return wrong
