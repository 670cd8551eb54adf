"""Nobody may call what nobody thought about: each RPC and each REST route says which roles may."""

import ast
import importlib
from collections.abc import Mapping
from pathlib import Path

import pytest
from google.protobuf import symbol_database

from wardmote.case_management.v1 import case_management_service_pb2
from wardmote.classification.v1 import classification_service_pb2
from wardmote.intake.v1 import intake_service_pb2
from wardmote.notification.v1 import notification_service_pb2
from wardmote.tenancy.v1 import tenancy_service_pb2
from wardmote_testkit.source import functions, python_files, relative

MODULES = (
    case_management_service_pb2, classification_service_pb2, intake_service_pb2, notification_service_pb2, tenancy_service_pb2,
)  # fmt: skip
SERVICES = ["intake", "classification", "case_management", "notification", "tenancy"]


def methods(service: str) -> set[str]:
    """Full names of the RPCs of a service's schema."""
    name = f"wardmote.{service}.v1.{''.join(part.capitalize() for part in service.split('_'))}Service"
    descriptor = symbol_database.Default().pool.FindServiceByName(name)
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


def routes_without_gate(source: str) -> list[str]:
    """Functions decorated as a REST route whose decorator names no roles."""
    verbs = {"get", "post", "put", "patch", "delete"}
    open_routes = []
    for function in functions(source):
        for decorator in function.decorator_list:
            is_route = isinstance(decorator, ast.Call) and isinstance(decorator.func, ast.Attribute) and decorator.func.attr in verbs
            if is_route and "roles(" not in ast.unparse(decorator) and "roles(" not in ast.unparse(function.args):
                open_routes.append(function.name)
    return open_routes


REST = [path for path in python_files("services") if path.name == "http_api.py" and "console" not in relative(path)]


@pytest.mark.parametrize("path", REST, ids=relative)
def test_every_route_names_its_roles(path: Path) -> None:
    assert routes_without_gate(path.read_text()) == [], "Give the route dependencies=[Depends(gate.roles(Role.…))]."


def test_the_finder_finds_routes() -> None:
    source = "@router.get('/x')\nasync def open_route() -> None: ...\n\n@router.get('/y', dependencies=[Depends(gate.roles(A))])\ndef shut() -> None: ...\n"
    assert routes_without_gate(source) == ["open_route"]
