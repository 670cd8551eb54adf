"""Notes to ourselves in a browser's cookie: JSON, base64url, and a keyed hash over purpose, council and words."""

import base64
import hmac
import json
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from wardmote_kernel.clock import Clock
from wardmote_kernel.identity import TenantId

_KEY_BYTES = 32


class HmacStamps:
    """HMAC-SHA256. Every console of a deployment has the same key, so that any of them can read the note."""

    def __init__(self, key: bytes, clock: Clock) -> None:
        self._key = key
        self._clock = clock

    @classmethod
    def from_signing_key(cls, path: Path, clock: Clock) -> "HmacStamps":
        """A key of its own, derived from the console's signing key (a private JWK), so that there is no further secret to keep."""
        secret = json.loads(path.read_text())["d"]
        derived = HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=b"wardmote console stamps").derive(secret.encode())
        return cls(derived, clock)

    def write(self, purpose: str, tenant: TenantId, note: Mapping[str, str], life: timedelta) -> str:
        until = int((self._clock.now() + life).timestamp())
        body = _encode(json.dumps({"note": dict(note), "until": until}, separators=(",", ":")).encode())
        return f"{body}.{self._hash(purpose, tenant, body)}"

    def read(self, purpose: str, tenant: TenantId, text: str) -> Mapping[str, str] | None:
        body, _, written = text.partition(".")
        if not hmac.compare_digest(self._hash(purpose, tenant, body).encode(), written.encode()):
            return None
        kept = json.loads(_decode(body))
        if kept["until"] < self._clock.now().timestamp():
            return None
        return {str(name): str(value) for name, value in kept["note"].items()}

    def _hash(self, purpose: str, tenant: TenantId, body: str) -> str:
        return _encode(hmac.digest(self._key, f"{purpose}|{tenant}|{body}".encode(), sha256))


def _encode(plain: bytes) -> str:
    return base64.urlsafe_b64encode(plain).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
