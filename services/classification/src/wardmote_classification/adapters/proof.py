"""Classification's stage of a report's way, for the proof that none was lost: what was assessed."""

from collections.abc import Mapping

from wardmote_runtime.proof import Shelf, Stage

SHELVES: Mapping[Stage, Shelf] = {
    Stage.ASSESSED: Shelf(
        select="SELECT assessment_id AS place, assessed_at AS at, incident_id FROM assessment WHERE tenant_id = %(tenant)s",
        place="assessment_id",
        about="incident_id",
        at="assessed_at",
        is_by_time=True,
    )
}
