"""Notification's stages of a report's way, for the proof that none was lost: who was told of a new case, and who is to be told."""

from collections.abc import Mapping

from wardmote_runtime.proof import Shelf, Stage

# That a case has grown is told or not as the rules against noise say, so it proves nothing: the opening is told to everyone, once.
_NOTIFIED = """
SELECT notification_id AS place, created_at AS at, about_id AS case_id, person_id, notification_id,
    CASE status WHEN 'waiting' THEN 'undelivered' ELSE status END AS state
FROM notification WHERE tenant_id = %(tenant)s AND kind = 'case_opened'"""
_CASE_WORKERS = """
SELECT person_id AS place, now() AS at, person_id FROM recipient WHERE tenant_id = %(tenant)s AND 'case_worker' = ANY(roles)"""

SHELVES: Mapping[Stage, Shelf] = {
    Stage.NOTIFIED: Shelf(select=_NOTIFIED, place="notification_id", about="about_id", at="created_at", is_by_time=True),
    Stage.CASE_WORKER: Shelf(select=_CASE_WORKERS, place="person_id", about="person_id"),
}
