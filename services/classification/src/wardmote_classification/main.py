"""Classification's composition root: the only file that names its concrete classes together."""

from functools import partial
from pathlib import Path

from wardmote.classification.v1.classification_service_pb2_grpc import add_ClassificationServiceServicer_to_server
from wardmote_classification.adapters.comparisons import PostgresComparisons, PostgresShadowAssessments
from wardmote_classification.adapters.item_texts import GrpcItemTexts
from wardmote_classification.adapters.line_assessor import LineAssessor
from wardmote_classification.adapters.measures import PrometheusShadowMeasures
from wardmote_classification.adapters.model_files import assessor_of, instruments_of
from wardmote_classification.adapters.postgres import PostgresFirstAssessments, PostgresQueries, PostgresUnitOfWork
from wardmote_classification.adapters.proof import SHELVES
from wardmote_classification.adapters.reassessments import PostgresReassessments
from wardmote_classification.adapters.remembered import remembering
from wardmote_classification.adapters.rule_assessor import RuleAssessor
from wardmote_classification.application.handlers import Handlers
from wardmote_classification.application.ordering import Ordering
from wardmote_classification.application.preview import Preview
from wardmote_classification.application.reader import AssessmentReader
from wardmote_classification.application.shadow import ShadowRun
from wardmote_classification.entrypoints import grpc_api, http_api, stream, work
from wardmote_classification.settings import ClassificationSettings
from wardmote_rules.offence_file import read_offences
from wardmote_rules.rule_pass import RulePass
from wardmote_runtime.grpc_channel import Peer
from wardmote_runtime.lifecycle import Part
from wardmote_runtime.plumbing import Plumbing, ProcessRole

SERVICE = "classification"


def parts(role: ProcessRole, settings: ClassificationSettings) -> list[Part]:
    """The parts of one process of classification, in starting order."""
    plumbing = Plumbing.of(SERVICE, settings)
    intake = plumbing.peer(settings.intake_address)
    by_role: dict[str, list[Part]] = {"relay": [plumbing.relay()], "stream": [plumbing.consumer(stream.SUBSCRIPTIONS)]}
    if role not in by_role:
        by_role |= _judging(plumbing, intake, settings.candidate_model)
    return plumbing.parts(role, by_role, always=[intake])


def _judging(plumbing: Plumbing, intake: Peer, candidate: Path | None) -> dict[str, list[Part]]:
    """The roles that judge. Only they load the model: it is most of what a process holds in memory."""
    rules, instruments = RuleAssessor(RulePass.load()), instruments_of()
    # A preview is of no council's reports: it is judged anew each time.
    preview = Preview(LineAssessor(rules, instruments))
    assessor = LineAssessor(rules, remembering(instruments, plumbing.metrics.registry))
    shadow, reassessments = _shadow(plumbing, candidate), PostgresReassessments(plumbing.database)
    handlers = Handlers(
        first_assessments=PostgresFirstAssessments(plumbing.database, plumbing.outbox),
        unit_of_work=PostgresUnitOfWork(plumbing.database, plumbing.outbox),
        reassessments=reassessments,
        item_texts=GrpcItemTexts(intake),
        assessor=assessor,
        clock=plumbing.clock,
        ids=plumbing.ids,
        shadow=shadow,
    )
    reader = AssessmentReader(PostgresQueries(plumbing.database), read_offences(), plumbing.tenants)
    api = grpc_api.ClassificationApi(preview, reader, PostgresComparisons(plumbing.database), Ordering(reassessments, assessor))
    jobs = {**stream.work_handlers(handlers, plumbing.tenants), **work.work_handlers(handlers)}
    beside = [plumbing.proofs(SHELVES)]
    return {
        "work": [*([shadow] if shadow else []), plumbing.dispatcher(jobs)],
        "grpc": [plumbing.grpc_server(grpc_api.SERVICE, api, add_ClassificationServiceServicer_to_server, grpc_api.RIGHTS, beside=beside)],
        "http": [plumbing.rest_server(lambda gate: http_api.routes(preview, reader, gate))],
    }


def _shadow(plumbing: Plumbing, candidate: Path | None) -> ShadowRun | None:
    """The candidate beside the present model, where there is one. It is read while the work goes on."""
    if candidate is None:
        return None
    kept, measures = PostgresShadowAssessments(plumbing.database), PrometheusShadowMeasures(plumbing.metrics.registry)
    return ShadowRun(partial(assessor_of, candidate), kept, plumbing.clock, measures)
