"""The part of the chapter on safety: which incidents are violence (OTH-5)."""

from services.scoring.policy.reading import Read
from services.scoring.rules.safety import SafetyLaw


def law(read: Read) -> SafetyLaw:
    """As the chapter says."""
    return SafetyLaw(violent=read("violent_incidents", frozenset))
