"""Writes docs/reference from the code: settings, topics, RPCs, REST routes, metrics. Called by `make reference`.

The result is committed; a structure test writes it again elsewhere and expects no difference, so it cannot fall behind.
"""

import importlib
import inspect
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from fastapi.routing import APIRoute
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from pydantic_settings import BaseSettings
from wardmote_classification.adapters.measures import PrometheusShadowMeasures
from wardmote_classification.adapters.remembered import ReadingsCounted
from wardmote_notification.adapters.measures import PrometheusMeasures
from wardmote_tenancy.adapters.measures import PrometheusProofMeasures

from wardmote_contracts.topics import ALL
from wardmote_kernel.clock import SystemClock
from wardmote_runtime.auth import TokenVerifier, VerifiedToken
from wardmote_runtime.http_app import Gate
from wardmote_runtime.metrics import Metrics
from wardmote_runtime.pace import SlowerLane
from wardmote_runtime.settings import PREFIX, ServiceSettings

ROOT = Path(__file__).resolve().parent.parent
SERVICES = ["intake", "classification", "case_management", "notification", "tenancy", "console"]
MADE = "<!-- Written by `make reference`; do not edit. -->\n\n"


def main(target: Path) -> None:
    """Writes every page below ``target``."""
    target.mkdir(parents=True, exist_ok=True)
    for name, lines in PAGES.items():
        (target / f"{name}.md").write_text(MADE + "\n".join(lines()) + "\n")


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """A Markdown table."""
    titles = list(head)
    yield f"| {' | '.join(titles)} |"
    yield f"|{'---|' * len(titles)}"
    for row in rows:
        yield f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |"


def settings() -> Iterator[str]:
    """Every setting with its meaning and default."""
    about = "Read from the environment. A service that lacks one says so, with all others that are wrong, and stops."
    yield from ["# Settings", "", about, ""]
    yield from ["## Every service", "", *table(("setting", "meaning", "default"), _setting_rows(ServiceSettings, set()))]
    shared = set(ServiceSettings.model_fields)
    for service in SERVICES:
        module = importlib.import_module(f"wardmote_{service}.settings")
        model = next(found for found in vars(module).values() if _is_settings(found, module.__name__))
        own = list(_setting_rows(model, shared if issubclass(model, ServiceSettings) else set()))
        if own:
            yield from ["", f"## {service.replace('_', '-')}", "", *table(("setting", "meaning", "default"), own)]


def _is_settings(found: Any, module: str) -> bool:
    return inspect.isclass(found) and issubclass(found, BaseSettings) and found.__module__ == module


def _setting_rows(model: type[BaseSettings], known: set[str]) -> Iterator[list[str]]:
    for name, field in model.model_fields.items():
        if name not in known:
            default = "required" if field.is_required() else f"`{field.default}`"
            yield [f"`{PREFIX}{name.upper()}`", field.description or "", default]


def topics() -> Iterator[str]:
    """The topic catalogue."""
    about = "From `protos/topics`. Keys begin with the tenant. Events carry ids and codes, never words, names or contacts."
    yield from ["# Topics", "", about, ""]
    head = ("topic", "message", "key", "producer", "consumers", "partitions", "kept")
    rows = (
        [
            f"`{one.name}`", f"`{one.message}`", one.key, one.producer, ", ".join(one.consumers) or "none", str(one.partitions),
            f"{one.retention_hours // 24} days",
        ]
        for one in ALL
    )  # fmt: skip
    yield from table(head, rows)
    yield from ["", "## Facts", "", *table(("topic", "fact", "meaning"), _fact_rows())]


def _fact_rows() -> Iterator[list[str]]:
    documented = {f".{file.package}.{name}": text for file, name, text in _messages()}
    for topic in ALL:
        package, _, short = topic.message.rpartition(".")
        file = next(one for one in _files() if one.package == package and short in [message.name for message in one.message_type])
        message = next(one for one in file.message_type if one.name == short)
        for field in message.field:
            if field.HasField("oneof_index"):
                yield [f"`{topic.name}`", f"`{field.type_name.rpartition('.')[2]}`", documented[field.type_name]]


def _messages() -> Iterator[tuple[FileDescriptorProto, str, str]]:
    for file in _files():
        comments = {tuple(place.path): place.leading_comments for place in file.source_code_info.location}
        for number, message in enumerate(file.message_type):
            yield file, message.name, _one_line(comments.get((4, number), ""))


def _files() -> list[FileDescriptorProto]:
    protos = ROOT / "protos"
    schemas = sorted(str(path.relative_to(protos)) for path in (protos / "wardmote").rglob("*.proto"))
    with tempfile.NamedTemporaryFile() as output:
        outputs = ["--include_source_info", f"--descriptor_set_out={output.name}"]
        command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{protos}", *outputs, *schemas]
        subprocess.run(command, check=True)
        return list(FileDescriptorSet.FromString(Path(output.name).read_bytes()).file)


def rpcs() -> Iterator[str]:
    """Every RPC with who may call it."""
    yield from ["# RPCs", "", "Every call needs a deadline and a bearer token. Ids of another council answer like unknown ids.", ""]
    for file in _files():
        comments = {tuple(place.path): place.leading_comments for place in file.source_code_info.location}
        for number, service in enumerate(file.service):
            name = f"{file.package}.{service.name}"
            rights = importlib.import_module(_api_module(file.package, service.name)).RIGHTS
            yield from [f"## {name}", "", _one_line(comments.get((6, number), "")), ""]
            rows = (
                [
                    f"`{method.name}`",
                    ", ".join(sorted(rights[f"/{name}/{method.name}"])),
                    _one_line(comments.get((6, number, 2, place), "")),
                ]
                for place, method in enumerate(service.method)
            )
            yield from [*table(("RPC", "who may", "meaning"), rows), ""]


OPERATIONS = {"DeadLetterService": "wardmote_runtime.dead_letter_api", "ProofService": "wardmote_runtime.proof_api"}


def _api_module(package: str, service: str) -> str:
    """Where an RPC's roles are written: in its service, or in the runtime for what several services serve."""
    return OPERATIONS.get(service) or f"wardmote_{package.split('.')[1]}.entrypoints.grpc_api"


def routes() -> Iterator[str]:
    """Every REST route with who may use it."""
    yield from ["# REST routes", "", "OpenAPI of a running service: `/openapi.json`. Errors are `application/problem+json`.", ""]
    for service in SERVICES[:-1]:
        make = importlib.import_module(f"wardmote_{service}.entrypoints.http_api").routes
        found = [route for route in make(**_stand_ins(make)).routes if isinstance(route, APIRoute)]
        rows = [[f"`{' '.join(sorted(route.methods or ()))} {route.path}`", ", ".join(sorted(_roles(route)))] for route in found]
        yield from [f"## {service.replace('_', '-')}", "", *table(("route", "who may"), rows), ""]


def _stand_ins(make: Any) -> dict[str, Any]:
    async def admit(_token: VerifiedToken) -> None: ...

    gate = Gate(TokenVerifier({}, SystemClock()), admit)
    return {name: gate if name == "gate" else None for name in inspect.signature(make).parameters}


def _roles(route: APIRoute) -> set[str]:
    gates = [one.call for one in route.dependant.dependencies if getattr(one.call, "__qualname__", "").startswith("Gate.roles.")]
    return {role for gate in gates if inspect.isfunction(gate) for role in inspect.getclosurevars(gate).nonlocals["allowed"]}


def metrics() -> Iterator[str]:
    """Every metric."""
    where = "On `/metrics` of each process's operations port. No label names a council, a person or a word of a report."
    yield from ["# Metrics", "", where, ""]
    own = Metrics()
    SlowerLane(own)
    PrometheusShadowMeasures(own.registry)
    PrometheusMeasures(own.registry)
    PrometheusProofMeasures(own.registry)
    ReadingsCounted(own.registry)
    families = [family for family in own.registry.collect() if family.name.startswith("wardmote_")]
    yield from table(("metric", "type", "meaning"), ([f"`{family.name}`", family.type, family.documentation] for family in families))


def _one_line(text: str) -> str:
    return " ".join(text.split())


PAGES = {"settings": settings, "topics": topics, "rpcs": rpcs, "routes": routes, "metrics": metrics}

if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "reference")
