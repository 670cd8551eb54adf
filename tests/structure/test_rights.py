"""Nobody may call what nobody thought about: each RPC and each REST route says which roles may."""

import importlib
import inspect
from collections.abc import Mapping

import pytest
from fastapi import APIRouter, Depends
from fastapi.routing import APIRoute
from google.protobuf import descriptor_pool

from wardmote.case_management.v1 import case_management_service_pb2
from wardmote.classification.v1 import classification_service_pb2
from wardmote.intake.v1 import intake_service_pb2
from wardmote.notification.v1 import notification_service_pb2
from wardmote.tenancy.v1 import tenancy_service_pb2
from wardmote_kernel.clock import SystemClock
from wardmote_kernel.taxonomy import Role
from wardmote_runtime.auth import TokenVerifier, VerifiedToken
from wardmote_runtime.http_app import Gate

MODULES = (
    case_management_service_pb2, classification_service_pb2, intake_service_pb2, notification_service_pb2, tenancy_service_pb2,
)  # fmt: skip
SERVICES = ["intake", "classification", "case_management", "notification", "tenancy"]


def methods(service: str) -> set[str]:
    """Full names of the RPCs of a service's schema."""
    name = f"wardmote.{service}.v1.{''.join(part.capitalize() for part in service.split('_'))}Service"
    descriptor = descriptor_pool.Default().FindServiceByName(name)
    return {f"/{name}/{method.name}" for method in descriptor.methods}


def without_rights(rights: Mapping[str, frozenset[str]], known: set[str]) -> set[str]:
    """RPCs that no role is named for, and rights of RPCs that do not exist."""
    return (known - {name for name, roles in rights.items() if roles}) | (set(rights) - known)


@pytest.mark.parametrize("service", SERVICES)
def test_every_rpc_names_its_roles(service: str) -> None:
    rights = importlib.import_module(f"wardmote_{service}.entrypoints.grpc_api").RIGHTS
    assert without_rights(rights, methods(service)) == set()


def test_the_guard_sees_a_missing_and_a_stale_right() -> None:
    assert without_rights({"/a/Gone": frozenset({"x"}), "/a/Empty": frozenset()}, {"/a/New", "/a/Empty"}) == {
        "/a/Gone",
        "/a/New",
        "/a/Empty",
    }


def open_routes(router: APIRouter) -> list[str]:
    """Routes that let everybody in: none of their dependencies is a gate."""
    routes = [route for route in router.routes if isinstance(route, APIRoute)]
    return [route.name for route in routes if not any(_is_gate(dependency.call) for dependency in route.dependant.dependencies)]


def _is_gate(dependency: object) -> bool:
    return getattr(dependency, "__qualname__", "") == "Gate.roles.<locals>.admitted"


def router_of(service: str) -> APIRouter:
    """The service's routes, with nothing behind them."""
    make = importlib.import_module(f"wardmote_{service}.entrypoints.http_api").routes
    router: APIRouter = make(**{name: gate() if name == "gate" else None for name in inspect.signature(make).parameters})
    return router


def gate() -> Gate:
    async def admit(_token: VerifiedToken) -> None: ...

    return Gate(TokenVerifier({}, SystemClock()), admit)


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_names_its_roles(service: str) -> None:
    assert open_routes(router_of(service)) == [], "Give the route dependencies=[Depends(gate.roles(Role.…))]."


def test_the_finder_sees_an_open_route() -> None:
    router = APIRouter()

    @router.get("/open")
    async def open_to_all() -> None: ...

    @router.get("/shut", dependencies=[Depends(gate().roles(Role.OPERATOR))])
    async def shut() -> None: ...

    assert open_routes(router) == ["open_to_all"]
