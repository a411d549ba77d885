"""Every topic of the line, in the order data runs. The deploy creates them from here."""

from shared.events.designations import DESIGNATIONS
from shared.events.editions import EDITIONS
from shared.events.notices import NOTICES
from shared.events.published import PUBLISHED
from shared.events.rejections import REJECTIONS
from shared.events.scores import SCORES
from shared.events.sis import SIS

TOPICS = (*SIS, SCORES, EDITIONS, DESIGNATIONS, PUBLISHED, NOTICES, REJECTIONS)
BY_NAME = {topic.name: topic for topic in TOPICS}
