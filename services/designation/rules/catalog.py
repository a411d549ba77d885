"""The rules this service knows, each with the status that it gives: one line a rule."""

from shared.vocabulary.statuses import ADDITIONAL_TARGETED, COMPREHENSIVE, TARGETED

LOWEST_SHARE = "lowest_share"
LOW_GRADUATION = "low_graduation"
LONG_ADDITIONAL = "long_additional"
ADDITIONAL = "additional_targeted"
TARGETED_GROUPS = "targeted"

# Every rule and the status that it gives, in the order in which reasons are told.
STATUS_OF = {
    LOWEST_SHARE: COMPREHENSIVE,
    LOW_GRADUATION: COMPREHENSIVE,
    LONG_ADDITIONAL: COMPREHENSIVE,
    ADDITIONAL: ADDITIONAL_TARGETED,
    TARGETED_GROUPS: TARGETED,
}
