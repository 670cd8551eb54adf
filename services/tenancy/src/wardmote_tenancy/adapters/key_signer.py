"""API keys as tokens: signed here, checked by every service with the same public key, named by their id."""

from datetime import timedelta

from wardmote_kernel.taxonomy import Role
from wardmote_runtime.auth import TokenSigner
from wardmote_runtime.tenancy import current_tenant
from wardmote_tenancy.domain.api_key import ApiKey

LIFE = timedelta(days=365)
"""A council issues the next key within the year; a forgotten one ends by itself."""


class TokenKeySigner:
    """Signs with this service's key."""

    def __init__(self, signer: TokenSigner) -> None:
        self._signer = signer

    def token_of(self, api_key: ApiKey) -> str:
        key_id = str(api_key.key_id)
        return self._signer.token(subject=key_id, roles=[Role.INTEGRATION_CLIENT], tenant=current_tenant(), life=LIFE, token_id=key_id)
