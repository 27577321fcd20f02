"""What each kind of message says: importing this package registers every composer.

Announcements are in `notifications.announce_visit`.
"""

import notifications.composers.case_composers
import notifications.composers.contact_composers
import notifications.composers.money_composers
import notifications.composers.order_composers
import notifications.composers.pause_composers
import notifications.composers.visit_composers
import notifications.composers.visit_end_composers  # noqa: F401
