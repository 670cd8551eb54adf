"""The two programs around the services: the sign-in of the demo councils and the inbox."""

import json
from collections.abc import Sequence

from wardmote_local.addresses import INBOX, SMTP, Addresses
from wardmote_local.child import Program
from wardmote_local.councils import DemoCouncil
from wardmote_local.folders import Folders, write_private

_PLAIN_HTTP = {"AUTHLIB_INSECURE_TRANSPORT": "1"}
"""The provider refuses HTTP without being told that this is a machine of one's own."""


def sign_in(folders: Folders, addresses: Addresses, councils: Sequence[DemoCouncil]) -> Program:
    """One issuer for each council. Writes the file that the program reads."""
    issuers = [
        {
            "port": addresses.port(f"sign-in of {council.slug}"),
            "council": council.name,
            "people": [
                {"sub": person.subject, "name": person.name, "email": person.email, "roles": [role.value for role in person.roles]}
                for person in council.people
            ],
        }
        for council in councils
    ]
    file = folders.work("sign-in") / "issuers.json"
    write_private(file, json.dumps(issuers, indent=1))
    return Program("sign-in", "wardmote_local.sign_in", (str(file),), _PLAIN_HTTP)


def inbox(folders: Folders, addresses: Addresses) -> Program:
    """The inbox with its page."""
    arguments = (str(folders.mail), addresses.listen(SMTP), addresses.listen(INBOX))
    return Program("inbox", "wardmote_local.inbox", arguments, {})


def ready_urls(addresses: Addresses, councils: Sequence[DemoCouncil]) -> dict[str, str]:
    """What answers when the two are ready."""
    issuers = {f"sign-in of {council.slug}": f"{addresses.issuer(council.slug)}/.well-known/openid-configuration" for council in councils}
    return issuers | {"inbox": f"{addresses.url(INBOX)}/messages.json"}
