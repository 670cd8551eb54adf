"""The keys of one stack: made at the first start, kept for the next, readable by their owner only."""

import json
import secrets
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from wardmote_kernel.clock import SystemClock
from wardmote_kernel.identity import TenantId
from wardmote_kernel.taxonomy import Role
from wardmote_local.folders import write_private
from wardmote_runtime.auth import TokenSigner, new_key_pair

ISSUERS = ("tenancy", "console", "intake", "classification", "case-management", "notification", "operator")
LONG = timedelta(minutes=10)


class Keys:
    """The signing keys of every issuer and the password of the databases' logins."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def trusted_issuers_file(self) -> Path:
        """Public keys of all issuers."""
        return self._folder / "trusted-issuers.json"

    def signing_key_file(self, issuer: str) -> Path:
        """The private key of one issuer."""
        return self._folder / f"{issuer}.json"

    def make(self) -> None:
        """Makes what is missing."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        trusted = self._trusted()
        for issuer in ISSUERS:
            if issuer not in trusted or not self.signing_key_file(issuer).exists():
                private, trusted[issuer] = new_key_pair()
                write_private(self.signing_key_file(issuer), json.dumps(private))
        write_private(self.trusted_issuers_file, json.dumps(trusted, indent=1))

    def _trusted(self) -> dict[str, object]:
        try:
            return dict(json.loads(self.trusted_issuers_file.read_text(encoding="utf-8")))
        except FileNotFoundError:
            return {}

    def database_password(self) -> str:
        """The password of every service's logins; it never leaves this machine."""
        file = self._folder / "database-password"
        if not file.exists():
            write_private(file, secrets.token_urlsafe(24))
        return file.read_text(encoding="utf-8")

    def token(self, issuer: str, subject: str, role: Role, tenant: UUID | None) -> str:
        """A token in the name of one of the issuers, good for ten minutes."""
        signer = TokenSigner.from_file(issuer, self.signing_key_file(issuer), SystemClock())
        return signer.token(subject=subject, roles=[role], tenant=TenantId(tenant) if tenant else None, life=LONG)
