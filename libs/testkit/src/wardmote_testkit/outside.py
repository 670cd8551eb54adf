"""A running stack as somebody outside sees it: sends reports by form, REST and gRPC, reads cases and mails. Tests of the whole only."""

import json
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import grpc
import httpx2
from google.protobuf import json_format
from joserfc import jwt
from joserfc.jwk import ECKey

from wardmote.case_management.v1.case_management_service_pb2 import GetCaseRequest
from wardmote.case_management.v1.case_management_service_pb2_grpc import CaseManagementServiceStub
from wardmote_testkit.wait import eventually_sync

Answer = dict[str, Any]


class Outside:
    """Built on what ``wardmote local status --json`` prints."""

    def __init__(self, stack: Answer) -> None:
        self._stack = stack
        self._http = httpx2.Client(timeout=15, trust_env=False)

    def council(self, slug: str) -> Answer:
        """One demo council of the status."""
        return next(council for council in self._stack["councils"] if council["slug"] == slug)

    def token_of(self, slug: str, role: str) -> str:
        """A bearer token: the council's API key, or one that the console would make for a person with this role."""
        council = self.council(slug)
        if role == "integration_client":
            return str(council["api_key"])
        key = json.loads((Path(self._stack["traces_folder"]).parent / "keys" / "console.json").read_text())
        now = int(time.time())
        claims = {"iss": "console", "aud": "wardmote", "sub": f"outside-{role}", "roles": [role], "tenant": council["tenant_id"]}
        claims |= {"iat": now, "exp": now + 300, "jti": str(uuid4())}
        return jwt.encode({"alg": "ES256", "kid": "console"}, claims, ECKey.import_key(key))

    def report_by_rest(self, slug: str, text: str, *, channel: str = "email", sender: str = "", **more: Any) -> Answer:
        """Sends a report with the council's API key; gives the receipt."""
        body = {"target_role": "councillor", "items": [{"channel": channel, "text": text, "sender": sender}], **more}
        headers = {"Authorization": f"Bearer {self.council(slug)['api_key']}", "Idempotency-Key": str(uuid4())}
        response = self._http.post(f"{self._stack['addresses']['intake']['rest']}/v1/reports", json=body, headers=headers)
        assert response.status_code == 201, response.text
        receipt: Answer = response.json()
        return receipt

    def report_by_form(self, slug: str, text: str, **more: str) -> str:
        """Fills the council's form in without JavaScript; gives the reference of the confirmation page."""
        form = {"target_role": "councillor", "channel": "email", "text": text, "safe": "yes", "in_danger": "no", "request_id": str(uuid4())}
        url = f"{self._stack['addresses']['console']}/{slug}/report/details"
        response = self._http.post(url, data=form | more, headers={"Sec-Fetch-Site": "same-origin"})
        assert response.status_code == 303, response.text
        return response.headers["location"].split("/")[-2]

    def case_of(self, slug: str, incident_id: str) -> Answer:
        """The case that the incident came to; waits for it."""
        metadata = (("authorization", f"Bearer {self.token_of(slug, 'case_worker')}"),)
        request = GetCaseRequest(incident_id=incident_id)

        def found() -> Answer | None:
            with grpc.insecure_channel(self._stack["addresses"]["case-management"]["grpc"]) as channel:
                try:
                    answer = CaseManagementServiceStub(channel).GetCase(request, timeout=5, metadata=metadata)
                except grpc.RpcError as refused:
                    if refused.code() is not grpc.StatusCode.NOT_FOUND:
                        raise
                    return None
            return json_format.MessageToDict(answer.case, preserving_proto_field_name=True)

        return eventually_sync(found, describe=f"the case of incident {incident_id}") or {}

    def mails(self) -> list[Answer]:
        """Every mail in the local inbox, newest first."""
        listed = self._http.get(self._stack["addresses"]["inbox_messages"]).json()
        return list(listed["messages"] if isinstance(listed, dict) else listed)

    def mails_about(self, reference: str) -> list[Answer]:
        """The mails that name this reference; waits for one."""

        def found() -> list[Answer]:
            return [mail for mail in self.mails() if reference in mail["subject"] + mail["text"]]

        return eventually_sync(found, describe=f"a mail about {reference}")
