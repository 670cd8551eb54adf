"""A report's whole way: by form, by REST and by gRPC it becomes a case and a mail; danger pages, once."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin
from uuid import uuid4

import grpc
import httpx2
import pytest

from wardmote.event.v1.taxonomy_pb2 import Channel, TargetRole
from wardmote.intake.v1.intake_service_pb2 import GetReportRequest, SubmitReportRequest
from wardmote.intake.v1.intake_service_pb2_grpc import IntakeServiceStub
from wardmote.intake.v1.report_pb2 import ItemDraft, ReportDraft
from wardmote.notification.v1.notification_service_pb2 import RaiseUrgentSignalRequest
from wardmote.notification.v1.notification_service_pb2_grpc import NotificationServiceStub

Stack = dict[str, Any]

INSULT = "Stupid little girl playing at planning. Get back in the kitchen where women belong, you silly bitch."
THREAT = "I'm outside your house and I'm going to kill you tonight."
CRITICISM = "You voted to close the library without reading a page of the consultation. Resign."


def recipients(mails: list[dict[str, Any]]) -> set[str]:
    return {address for mail in mails for address in mail["to"]}


def case_workers(stack: Stack, slug: str, role: str = "case_worker") -> set[str]:
    council = next(council for council in stack["councils"] if council["slug"] == slug)
    return {person["email"] for person in council["people"] if role in person["roles"]}


@pytest.mark.parametrize("slug", ["northshire", "porthaven"])
def test_a_report_by_form_becomes_a_case_and_a_mail(
    slug: str, stack: Stack, report_by_form: Callable[..., str], case_of_report: Callable[..., Any], mails_about: Callable[..., Any]
) -> None:
    case = case_of_report(slug, report_by_form(slug, INSULT))
    assert case["suggested_outcome"] == "abuse"
    mails = mails_about(case["reference"], at_least=2)
    assert recipients(mails) == case_workers(stack, slug)


def test_a_report_by_rest_becomes_a_case_and_a_mail(
    stack: Stack, report_by_rest: Callable[..., Any], case_of: Callable[..., Any], mails_about: Callable[..., Any]
) -> None:
    receipt = report_by_rest("northshire", CRITICISM)
    assert not receipt["is_urgent"]
    case = case_of("northshire", receipt["incident_id"])
    assert (case["suggested_outcome"], case["incidents"][0]["report_reference"]) == ("not_abuse", receipt["reference"])
    mail = mails_about(case["reference"])[0]
    assert f"/northshire/cases/{case['reference']}" in mail["text"]
    assert "library" not in mail["text"]


def test_a_report_by_grpc_becomes_a_case_and_a_mail(
    stack: Stack, token_of: Callable[..., str], case_of: Callable[..., Any], mails_about: Callable[..., Any]
) -> None:
    draft = ReportDraft(target_role=TargetRole.TARGET_ROLE_STAFF, items=[ItemDraft(channel=Channel.CHANNEL_COMMENT, text=INSULT)])
    with grpc.insecure_channel(stack["addresses"]["intake"]["grpc"]) as channel:
        stub: Any = IntakeServiceStub(channel)
        token = token_of("porthaven", "integration_client")
        metadata = [("authorization", f"Bearer {token}")]
        receipt = stub.SubmitReport(SubmitReportRequest(request_id=str(uuid4()), report=draft), timeout=5, metadata=metadata)
    case = case_of("porthaven", receipt.incident_id)
    assert recipients(mails_about(case["reference"], at_least=2)) == case_workers(stack, "porthaven")


def test_danger_pages_the_person_on_call_and_a_second_signal_pages_nobody(
    stack: Stack,
    report_by_rest: Callable[..., Any],
    case_of: Callable[..., Any],
    mails_about: Callable[..., Any],
    token_of: Callable[..., str],
) -> None:
    receipt = report_by_rest("northshire", THREAT)
    assert receipt["is_urgent"]
    pages = mails_about(receipt["reference"])
    assert recipients(pages) == case_workers(stack, "northshire", "on_call")
    assert "URGENT" in pages[0]["subject"]

    # By now the same signal came by Kafka too: the case that the slower way made has been mailed about.
    case = case_of("northshire", receipt["incident_id"])
    assert case["is_urgent"]
    mails_about(case["reference"], at_least=2)
    assert not raise_again(stack, token_of, receipt)
    assert len(mails_about(receipt["reference"])) == 1


def raise_again(stack: Stack, token_of: Callable[..., str], receipt: dict[str, Any]) -> bool:
    """Sends the signal of a report a further time, as intake would; True when notification took it for a new one."""
    with (
        grpc.insecure_channel(stack["addresses"]["intake"]["grpc"]) as intake,
        grpc.insecure_channel(stack["addresses"]["notification"]["grpc"]) as notification,
    ):
        reports, pager = IntakeServiceStub(intake), NotificationServiceStub(notification)
        case_worker = (("authorization", f"Bearer {token_of('northshire', 'case_worker')}"),)
        kept = reports.GetReport(GetReportRequest(report_id=receipt["report_id"]), timeout=5, metadata=case_worker).report
        assert kept.urgent_signal_id
        signal = RaiseUrgentSignalRequest(
            signal_id=kept.urgent_signal_id, incident_id=kept.incident_id, reference=kept.reference, reason_codes=["reporter-in-danger"]
        )
        service = (("authorization", f"Bearer {token_of('northshire', 'service', issuer='intake')}"),)
        return bool(pager.RaiseUrgentSignal(signal, timeout=5, metadata=service).is_first)


def test_a_reporter_in_danger_pages_whatever_the_words_say(
    stack: Stack, report_by_form: Callable[..., str], mails_about: Callable[..., Any]
) -> None:
    reference = report_by_form("porthaven", "He is at the door and will not leave.", in_danger=True)
    assert recipients(mails_about(reference)) == case_workers(stack, "porthaven", "on_call")


def test_a_case_worker_signs_in_and_reads_the_case(stack: Stack, report_by_rest: Callable[..., Any], case_of: Callable[..., Any]) -> None:
    receipt = report_by_rest("northshire", INSULT)
    case = case_of("northshire", receipt["incident_id"])
    council = stack["councils"][0]
    with httpx2.Client(follow_redirects=True, timeout=10) as browser:
        provider = browser.get(council["cases_url"])
        if "oauth2/authorize" not in str(provider.url):
            link = re.search(r'href="([^"]*/sign-in[^"]*)"', provider.text)
            assert link, provider.text
            provider = browser.get(urljoin(str(provider.url), link.group(1).replace("&amp;", "&")))
        assert str(provider.url).startswith(council["sign_in"]["issuer"])
        listed = browser.post(str(provider.url), data={"sub": council["sign_in"]["username"]})
        assert case["reference"] in browser.get(council["cases_url"]).text, listed.text
        page = browser.get(f"{council['cases_url']}/{case['reference']}").text
    assert receipt["reference"] in page
