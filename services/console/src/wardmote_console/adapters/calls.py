"""Calls to the other services: each with a token of sixty seconds, in the name of the person or the form it is made for."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import grpc

from wardmote_console.application.council import Council
from wardmote_console.application.person import Person
from wardmote_kernel.errors import Unauthenticated, Unavailable
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.auth import TokenSigner
from wardmote_runtime.grpc_channel import Peer
from wardmote_runtime.rpc_errors import error_of

Answer = TypeVar("Answer")
Method = Callable[..., Awaitable[Answer]] | Any

FORM = "report-form"
"""Subject of the public form: nobody has signed in there."""

DEADLINE_SECONDS = 5.0
SUBMIT_SECONDS = 9.0
"""Just under the ten seconds after which no RPC is served on (streaming.md §6): a report is worth waiting for."""


class Tokens:
    """Makes the console's tokens."""

    def __init__(self, signer: TokenSigner) -> None:
        self._signer = signer

    def of_person(self, person: Person) -> str:
        """The person themself, with the roles their council gave them."""
        return self._signer.token(subject=person.subject, roles=person.roles, tenant=person.tenant_id)

    def of_form(self, council: Council) -> str:
        """A reporter of the council whose form it is, and no more."""
        return self._signer.token(subject=FORM, roles=[Role.REPORTER], tenant=council.tenant_id)

    def of_console(self) -> str:
        """The console itself, acting for no council: to ask which councils there are."""
        return self._signer.service_token(None)


async def call(peer: Peer, method: Method[Answer], request: Any, token: str, deadline_s: float = DEADLINE_SECONDS) -> Answer:
    """The answer.

    Raises:
        WardmoteError: the rule that the other side says was broken. That it does not take our own token is not the person's
            fault: a service may not have heard of a new council yet. It counts as unavailable.
    """
    try:
        answer: Answer = await peer.call(method, request, deadline_s=deadline_s, token=token)
    except grpc.aio.AioRpcError as fault:
        error = error_of(fault)
        if isinstance(error, Unauthenticated):
            raise Unavailable("A part of Wardmote does not know this council yet. Try again.") from None
        raise error from None
    return answer
