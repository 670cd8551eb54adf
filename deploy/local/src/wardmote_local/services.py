"""The six services as programs of the stack: which module, and every setting each is given."""

from collections.abc import Mapping

from wardmote_local.addresses import CONSOLE, SERVICES, SMTP, Addresses
from wardmote_local.child import Program
from wardmote_local.folders import Folders
from wardmote_local.keys import Keys
from wardmote_runtime.provision import ServiceDatabase


def programs(
    folders: Folders, addresses: Addresses, keys: Keys, databases: Mapping[str, ServiceDatabase], kafka: str
) -> dict[str, Program]:
    """One program for each service, in starting order."""
    return {
        service: Program(
            service,
            module_of(service),
            ("all",),
            _settings(service, folders, addresses, keys, databases[service], kafka) | own_settings(service, addresses),
        )
        for service in SERVICES
    }


def module_of(service: str) -> str:
    """The Python package of a service.

    >>> module_of("case-management")
    'wardmote_case_management'
    """
    return f"wardmote_{service.replace('-', '_')}"


def _settings(service: str, folders: Folders, addresses: Addresses, keys: Keys, database: ServiceDatabase, kafka: str) -> dict[str, str]:
    """What every service is given."""
    faces = {"WARDMOTE_HTTP_LISTEN": addresses.rest(service).removeprefix("http://")}
    if service != "console":
        faces["WARDMOTE_GRPC_LISTEN"] = addresses.grpc(service)
    return faces | {
        "WARDMOTE_OPS_LISTEN": addresses.ops(service).removeprefix("http://"),
        "WARDMOTE_DATABASE_URL": database.app_url,
        "WARDMOTE_PIPELINE_DATABASE_URL": database.pipeline_url,
        "WARDMOTE_RELAY_DATABASE_URL": database.relay_url,
        "WARDMOTE_KAFKA_BOOTSTRAP": kafka,
        "WARDMOTE_TRUSTED_ISSUERS_FILE": str(keys.trusted_issuers_file),
        "WARDMOTE_SIGNING_KEY_FILE": str(keys.signing_key_file(service)),
        "WARDMOTE_KEYRING_FOLDER": str(folders.keyrings / service),
        "WARDMOTE_TRACES": f"file:{folders.traces / f'{service}.jsonl'}",
    }


def own_settings(service: str, addresses: Addresses) -> dict[str, str]:
    """What a service is given beside what all are."""
    smtp_host, _, smtp_port = addresses.listen(SMTP).rpartition(":")
    own = {
        "tenancy": {
            "WARDMOTE_INTAKE_ADDRESS": addresses.grpc("intake"),
            "WARDMOTE_CLASSIFICATION_ADDRESS": addresses.grpc("classification"),
            "WARDMOTE_CASE_MANAGEMENT_ADDRESS": addresses.grpc("case-management"),
            "WARDMOTE_NOTIFICATION_ADDRESS": addresses.grpc("notification"),
        },
        "intake": {"WARDMOTE_NOTIFICATION_ADDRESS": addresses.grpc("notification")},
        "classification": {"WARDMOTE_INTAKE_ADDRESS": addresses.grpc("intake")},
        "notification": {
            "WARDMOTE_TENANCY_ADDRESS": addresses.grpc("tenancy"),
            "WARDMOTE_SMTP_HOST": smtp_host,
            "WARDMOTE_SMTP_PORT": smtp_port,
            "WARDMOTE_MAIL_FROM": "wardmote@wardmote.example",
            "WARDMOTE_CONSOLE_URL": addresses.url(CONSOLE),
        },
        "console": {
            "WARDMOTE_TENANCY_ADDRESS": addresses.grpc("tenancy"),
            "WARDMOTE_INTAKE_ADDRESS": addresses.grpc("intake"),
            "WARDMOTE_CASE_MANAGEMENT_ADDRESS": addresses.grpc("case-management"),
            "WARDMOTE_CLASSIFICATION_ADDRESS": addresses.grpc("classification"),
            "WARDMOTE_NOTIFICATION_ADDRESS": addresses.grpc("notification"),
            "WARDMOTE_PUBLIC_URL": addresses.url(CONSOLE),
        },
    }
    return own.get(service, {})
