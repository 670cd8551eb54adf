"""Case-management's stage of a report's way, for the proof that none was lost: which incident is in which case."""

from collections.abc import Mapping

from wardmote_runtime.proof import Shelf, Stage

SHELVES: Mapping[Stage, Shelf] = {
    Stage.IN_CASE: Shelf(
        select="SELECT incident_id AS place, attached_at AS at, incident_id, case_id FROM case_incident WHERE tenant_id = %(tenant)s",
        place="incident_id",
        about="incident_id",
        at="attached_at",
    )
}
