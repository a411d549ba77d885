"""The statuses this service decides, each with the rule that decides it: one line a status."""

from services.designation.rules import comprehensive
from shared.vocabulary.statuses import COMPREHENSIVE

RULES = {COMPREHENSIVE: comprehensive.decide}
