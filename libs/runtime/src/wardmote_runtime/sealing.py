"""Words, contacts and evidence sealed at rest (architecture.md §5 Keys): AES-256-GCM under a data key, wrapped by the council's key."""

import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from wardmote_kernel.identity import TenantId

_VERSION = b"\x01"
_NONCE_BYTES = 12
_KEY_BYTES = 32


class Unsealable(Exception):
    """The sealed bytes do not belong to this key, council, aggregate and column, or were changed; or the key was destroyed."""


class Keyring(Protocol):
    """Holds the councils' keys: a folder locally, a key management service in production."""

    def wrap(self, tenant: TenantId, key: bytes) -> bytes:
        """Seals a data key under the council's key, which is made when it is first needed.

        Raises:
            Unsealable: the council's key is damaged.
        """
        ...

    def unwrap(self, tenant: TenantId, wrapped: bytes) -> bytes:
        """The data key.

        Raises:
            Unsealable: the council's key is another, is damaged or is gone.
        """
        ...


class FolderKeyring:
    """One file for each council's key, readable by the owner only. Back the folder up apart from the data."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[TenantId, bytes] = {}

    def wrap(self, tenant: TenantId, key: bytes) -> bytes:
        return _seal(self._key(tenant, make=True), key, b"data-key|" + tenant.bytes)

    def unwrap(self, tenant: TenantId, wrapped: bytes) -> bytes:
        return _open(self._key(tenant, make=False), wrapped, b"data-key|" + tenant.bytes)

    def _key(self, tenant: TenantId, *, make: bool) -> bytes:
        known = self._known.get(tenant)
        if known is None:
            path = self._folder / f"{tenant}.key"
            if make and not path.exists():
                self._make(path)
            if not path.exists():
                raise Unsealable("The council's key is gone.")
            known = path.read_bytes()
            if len(known) != _KEY_BYTES:
                raise Unsealable("The file of the council's key is damaged. Bring it back from its backup.")
            self._known[tenant] = known
        return known

    def _make(self, path: Path) -> None:
        """Two processes may make it at once: each writes its own draft whole, and the first link wins."""
        self._folder.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(f".{secrets.token_hex(8)}")
        try:
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(secrets.token_bytes(_KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
            self._name(draft, path)
        finally:
            draft.unlink(missing_ok=True)  # Of a disk that is full no heap of drafts may be left.

    def _name(self, draft: Path, path: Path) -> None:
        """The name too must outlive a power cut: words sealed under a key that is gone are gone."""
        with suppress(FileExistsError):
            os.link(draft, path)
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


@dataclass(frozen=True, slots=True)
class DataKey:
    """The key of one aggregate (an incident, a case, a person). Erasing it erases what it sealed."""

    tenant: TenantId
    aggregate_id: UUID
    key: bytes
    wrapped: bytes
    """What is kept beside the rows."""

    def seal(self, column: str, words: str) -> bytes:
        """The words sealed for this council, aggregate and column."""
        return _seal(self.key, words.encode(), self._bound_to(column))

    def open(self, column: str, sealed: bytes) -> str:
        """The words again.

        Raises:
            Unsealable: the bytes are of another council, aggregate or column, or were changed.
        """
        return _open(self.key, sealed, self._bound_to(column)).decode()

    def _bound_to(self, column: str) -> bytes:
        return self.tenant.bytes + self.aggregate_id.bytes + column.encode()

    def __repr__(self) -> str:
        return f"DataKey(of {self.aggregate_id})"


class Sealer:
    """Makes and opens data keys."""

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def new_key(self, tenant: TenantId, aggregate_id: UUID) -> DataKey:
        """A fresh data key for one aggregate."""
        key = secrets.token_bytes(_KEY_BYTES)
        return DataKey(tenant, aggregate_id, key, self._keyring.wrap(tenant, key))

    def open_key(self, tenant: TenantId, aggregate_id: UUID, wrapped: bytes) -> DataKey:
        """The data key that was kept wrapped.

        Raises:
            Unsealable: the council's key is another or is gone.
        """
        return DataKey(tenant, aggregate_id, self._keyring.unwrap(tenant, wrapped), wrapped)


def _seal(key: bytes, plain: bytes, bound_to: bytes) -> bytes:
    nonce = secrets.token_bytes(_NONCE_BYTES)
    return _VERSION + nonce + AESGCM(key).encrypt(nonce, plain, bound_to)


def _open(key: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    if sealed[:1] != _VERSION:
        raise Unsealable("The sealed bytes are of an unknown version.")
    nonce, body = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    if len(nonce) < _NONCE_BYTES:
        raise Unsealable("The sealed bytes were cut short.")
    try:
        return AESGCM(key).decrypt(nonce, body, bound_to)
    except InvalidTag:
        raise Unsealable("The sealed bytes do not belong here or were changed.") from None
