"""Names of the jobs that notification gives itself, as the work queue keeps them."""

DELIVER = "deliver-notification"
REFRESH_CONTACT = "refresh-contact"
