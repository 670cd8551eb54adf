"""Intake's stage of a report's way, for the proof that none was lost: what was accepted."""

from collections.abc import Mapping

from wardmote_runtime.proof import Shelf, Stage

SHELVES: Mapping[Stage, Shelf] = {
    Stage.RECEIVED: Shelf(
        select="SELECT incident_id AS place, received_at AS at, incident_id FROM report WHERE tenant_id = %(tenant)s",
        place="incident_id",
        about="incident_id",
        at="received_at",
        is_by_time=True,
    )
}
