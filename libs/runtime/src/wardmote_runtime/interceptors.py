"""What stands around every RPC, outermost first: trace, metrics, errors, deadline, identity and council."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, aclosing, asynccontextmanager
from inspect import isawaitable
from time import perf_counter
from typing import Any

import grpc
import structlog
from grpc.aio import ServerInterceptor

from wardmote_kernel.errors import Invalid, NotPermitted, Unavailable, Violation, WardmoteError
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.auth import TokenVerifier, VerifiedToken
from wardmote_runtime.errors import is_passing
from wardmote_runtime.faults import where
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.rpc_errors import rpc_status_of
from wardmote_runtime.telemetry import Telemetry
from wardmote_runtime.tenancy import caller_scope

Context = Any
"""``grpc.aio.ServicerContext``; its stubs leave out what we call."""
Rights = Mapping[str, frozenset[Role]]
"""Full method name, ``/package.Service/Method``, to the roles that may call it. What is not listed nobody may call."""

Admit = Callable[[VerifiedToken], Awaitable[None]]
"""Lets a verified caller in, or raises: the council may be unknown or suspended, the key revoked."""

LONGEST_SECONDS = 10.0
"""No unary RPC may take longer, whatever deadline its caller set (streaming.md §6). A stream lasts as long as its caller says."""

_OPEN = ("/grpc.health.", "/grpc.reflection.")


class _Around(ServerInterceptor):  # type: ignore[type-arg]  # generic in the stubs alone
    """Wraps a handler of any arity in an async context manager."""

    def __init__(self) -> None:
        self._wrapped_once: dict[str, tuple[Any, Any]] = {}
        """By method: the handler that came, and what it was wrapped into. Servicers are registered before the server starts, so it
        is the same one for every call; to wrap it anew each time would cost more than many a call."""

    def around(self, method: str, context: Context, *, is_stream: bool) -> AbstractAsyncContextManager[None]:
        raise NotImplementedError

    async def intercept_service(
        self, continuation: Callable[[grpc.HandlerCallDetails], Awaitable[Any]], handler_call_details: grpc.HandlerCallDetails
    ) -> Any:
        handler = await continuation(handler_call_details)
        method = str(handler_call_details.method)
        if handler is None or method.startswith(_OPEN):
            return handler
        known = self._wrapped_once.get(method)
        if known is None or known[0] is not handler:
            known = self._wrapped_once[method] = (handler, self._wrapped(handler, method))
        return known[1]

    def _wrapped(self, handler: Any, method: str) -> Any:
        arity = {(False, False): "unary_unary", (True, False): "stream_unary", (False, True): "unary_stream", (True, True): "stream_stream"}
        name = arity[handler.request_streaming, handler.response_streaming]
        inner = getattr(handler, name)
        is_stream = bool(handler.request_streaming or handler.response_streaming)

        async def single(request: Any, context: Context) -> Any:
            async with self.around(method, context, is_stream=is_stream):
                return await inner(request, context)

        async def many(request: Any, context: Context) -> None:
            """Writes and does not yield: what is around it must end in the task in which it began, whoever breaks off."""
            async with self.around(method, context, is_stream=is_stream):
                answers = inner(request, context)
                if isawaitable(answers):
                    await answers
                    return
                async with aclosing(answers):
                    async for answer in answers:
                        await context.write(answer)

        make = getattr(grpc, f"{name}_rpc_method_handler")
        return make(many if handler.response_streaming else single, handler.request_deserializer, handler.response_serializer)


class TraceInterceptor(_Around):
    """A server span, child of the caller's."""

    def __init__(self, telemetry: Telemetry) -> None:
        super().__init__()
        self._telemetry = telemetry

    @asynccontextmanager
    async def around(self, method: str, context: Context, *, is_stream: bool) -> AsyncIterator[None]:
        with self._telemetry.span(method.lstrip("/"), kind="server", parent=_metadata(context)):
            yield


class MetricsInterceptor(_Around):
    """Time by method and code."""

    def __init__(self, metrics: Metrics) -> None:
        super().__init__()
        self._metrics = metrics

    @asynccontextmanager
    async def around(self, method: str, context: Context, *, is_stream: bool) -> AsyncIterator[None]:
        began, is_cancelled = perf_counter(), False
        try:
            yield
        except asyncio.CancelledError:
            is_cancelled = True
            raise
        finally:
            name = grpc.StatusCode.CANCELLED.name if is_cancelled else _code_name(context.code())
            self._metrics.rpc_seconds.labels(method, name).observe(perf_counter() - began)


class ErrorInterceptor(_Around):
    """Broken rules become statuses; a passing fault is UNAVAILABLE; anything else is INTERNAL without its text."""

    def __init__(self) -> None:
        super().__init__()
        self._log = structlog.get_logger("grpc")

    @asynccontextmanager
    async def around(self, method: str, context: Context, *, is_stream: bool) -> AsyncIterator[None]:
        try:
            yield
        except WardmoteError as error:
            await context.abort_with_status(rpc_status_of(error))
        except (grpc.aio.AbortError, asyncio.CancelledError):
            raise
        except Exception as fault:  # The edge of the server: the text of an unknown fault may hold words of a report.
            if is_passing(fault):
                await context.abort_with_status(rpc_status_of(Unavailable("Something this needs does not answer now. Try again.")))
            self._log.error("An RPC met a fault it does not know.", method=method, error=type(fault).__name__, where=where(fault))
            await context.abort(grpc.StatusCode.INTERNAL, "Something went wrong here. It was logged; try again or ask the operator.")


class DeadlineInterceptor(_Around):
    """Refuses a call without a deadline: its caller would wait for ever.

    A call that takes too long ends as DEADLINE_EXCEEDED. UNAVAILABLE would make the client send it again.
    """

    def __init__(self, longest_seconds: float = LONGEST_SECONDS) -> None:
        super().__init__()
        self._longest_seconds = longest_seconds

    @asynccontextmanager
    async def around(self, method: str, context: Context, *, is_stream: bool) -> AsyncIterator[None]:
        remaining = context.time_remaining()
        if remaining is None:
            raise Invalid(Violation("deadline", "Set a deadline on the call; 10 seconds is the longest that is used, but for streams."))
        limit = asyncio.timeout(remaining if is_stream else min(remaining, self._longest_seconds))
        try:
            async with limit:
                yield
        except TimeoutError:
            if limit.expired():
                await context.abort(grpc.StatusCode.DEADLINE_EXCEEDED, "This took too long and was broken off.")
            raise


class IdentityInterceptor(_Around):
    """Who calls, for which council, and whether they may. Fails closed: no entry in the rights, no call."""

    def __init__(self, verifier: TokenVerifier, admit: Admit, rights: Rights) -> None:
        super().__init__()
        self._verifier = verifier
        self._admit = admit
        self._rights = rights

    @asynccontextmanager
    async def around(self, method: str, context: Context, *, is_stream: bool) -> AsyncIterator[None]:
        token = self._verifier.verify(_metadata(context).get("authorization", ""))
        await self._admit(token)
        allowed = self._rights.get(method)
        if allowed is None:
            raise NotPermitted("Nobody may call this.")
        token.caller.require(*allowed)
        with caller_scope(token.caller):
            yield


def _code_name(code: object) -> str:
    return code.name if isinstance(code, grpc.StatusCode) else grpc.StatusCode.OK.name


def _metadata(context: Context) -> dict[str, str]:
    return {str(name): value for name, value in context.invocation_metadata() or () if isinstance(value, str)}
