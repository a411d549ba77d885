"""The tests of the sample: two programs, their scales and where one level ends and the next begins."""

from dataclasses import dataclass

from deploy.sample.students import ALGEBRA_I, BIOLOGY_I, ENGLISH_II, US_HISTORY

MAAP, ALTERNATE = "MAAP", "MAAP-A"
ELA, MATH, SCIENCE, HISTORY = "English Language Arts", "Mathematics", "Science", "Social Studies"
LEVELS = {
    MAAP: ("Minimal", "Basic", "Passing", "Proficient", "Advanced"),
    ALTERNATE: ("Basic", "Passing", "Proficient"),
}
SITTINGS = {ELA: 0, MATH: 3, SCIENCE: 6, HISTORY: 8}  # places in the test window
_WIDTH = 99  # from the lowest to the highest score of a scale


@dataclass(frozen=True)
class Test:
    """One test; `floors` are the lowest scores of its levels, `top` the highest of all."""

    program: str
    code: str
    subject: str
    name: str  # grade 3, Algebra I
    grade: int | None  # none for an end-of-course test
    course: int  # its bit in `students.Population.done`, or 0
    floors: tuple[int, ...]
    top: int
    middle: float  # the score of a student of average standing
    spread: float  # score points for one spread of standing

    def identifier(self, year: int) -> str:
        """The assessment's identifier in a school year."""
        return f"{self.program}-{self.code}-{year}"

    @property
    def levels(self) -> tuple[str, ...]:
        """The names of its levels, lowest first."""
        return LEVELS[self.program]


def _graded(subject: str, short: str, grade: int) -> tuple[Test, Test]:
    title = f"grade {grade}"
    code = f"{short}-{grade:02d}"
    number = 100 * grade
    return _pair(code, subject, title, grade, 0, number)


def _pair(code: str, subject: str, name: str, grade: int | None, course: int, low: int) -> tuple[Test, Test]:
    """The ordinary and the alternate test of one subject and grade or course."""
    # cut scores differ a little from test to test, as real ones do
    turn = (low // 100 * 7 + len(subject)) % 5
    floors = (low, low + 35, low + 50, low + 64 + turn // 2, low + 85 + turn)
    ordinary = Test(MAAP, code, subject, name, grade, course, floors, low + _WIDTH, low + 58.5 + turn * 0.4, 19.0)
    high = low + 3000
    alternate_floors = (high, high + 34 + turn, high + 62 + turn)
    alternate = Test(ALTERNATE, code, subject, name, grade, course, alternate_floors, high + _WIDTH, high + 66, 20.0)
    return ordinary, alternate


def _course(code: str, subject: str, name: str, course: int, low: int) -> tuple[Test, Test]:
    return _pair(code, subject, name, None, course, low)


_PAIRS = (
    *(_graded(ELA, "ELA", grade) for grade in range(3, 9)),
    *(_graded(MATH, "MATH", grade) for grade in range(3, 9)),
    *(_graded(SCIENCE, "SCI", grade) for grade in (5, 8)),
    _course("ENG2", ELA, "English II", ENGLISH_II, 1000),
    _course("ALG1", MATH, "Algebra I", ALGEBRA_I, 1000),
    _course("BIO1", SCIENCE, "Biology I", BIOLOGY_I, 1000),
    _course("USH", HISTORY, "U.S. History", US_HISTORY, 1000),
)
# ordinary tests first; the alternate test of the same subject stands `ALTERNATE_STEP` further on
ALTERNATE_STEP = len(_PAIRS)
TESTS = tuple(pair[0] for pair in _PAIRS) + tuple(pair[1] for pair in _PAIRS if pair[1].subject != HISTORY)


def place_of(subject: str, grade: int | None = None, course: int = 0) -> int:
    """The place of the ordinary test in the list."""
    return next(
        at for at, test in enumerate(TESTS) if (test.subject, test.grade, test.course) == (subject, grade, course)
    )
