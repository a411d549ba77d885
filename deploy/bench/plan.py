"""What a bench is to measure: the sample, its parts of a state, and for how long."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from deploy import sample as sampling
from deploy.bench.figures import NotMeasured
from deploy.sample.manifest import FILE_NAME, Manifest, load

STATE = "ms"
STAGES = ("a", "b", "c", "d", "e", "f", "g")
PARTS = 16  # (f) measures multiples of a sixteenth of the state
MULTIPLES = (1, 2, 4, 8)
QUICK_MULTIPLES = (0.25,)  # and the main line: a line more is half a minute more
QUICK_SECONDS, FULL_SECONDS = 5.0, 180.0


@dataclass(frozen=True)
class Sample:
    """A sample on disk."""

    folder: Path
    manifest: Manifest

    @property
    def years(self) -> list[str]:
        """Every year of records, first to last."""
        return [self.manifest.extra_year, *self.manifest.years]

    def lines(self, paths: "list[Path]") -> int:
        """How many records these files of it hold."""
        return sum(self.manifest.lines[str(path.relative_to(self.folder))] for path in paths)


@dataclass(frozen=True)
class Plan:
    """One run of the bench. `seconds` is how long each steady load lasts."""

    folder: Path
    out: Path
    districts: int
    schools: int
    years: int
    seed: int
    quick: bool = False
    only: tuple[str, ...] = STAGES
    seconds: float = FULL_SECONDS

    def sizes(self) -> tuple[int, int]:
        """Districts and schools of the main line: the state, or with `quick` a sixteenth of it."""
        return self.part(1) if self.quick else (self.districts, self.schools)

    def part(self, multiple: float) -> tuple[int, int]:
        """Districts and schools of a multiple of a sixteenth of the state."""
        districts = max(1, round(self.districts * multiple / PARTS))
        return districts, max(districts, round(self.schools * multiple / PARTS))

    def multiples(self) -> tuple[float, ...]:
        """The multiples that (f) measures on lines of their own."""
        return QUICK_MULTIPLES if self.quick else MULTIPLES

    def sample(self, sizes: tuple[int, int], say: Callable[[str], None]) -> Sample:
        """The sample of a size: the one that a former run left whole, else written now."""
        districts, schools = sizes
        folder = self.folder / f"sample-{districts}-{schools}-{self.years}-{self.seed}"
        if (folder / FILE_NAME).exists():
            found = Sample(folder, load(folder))
            if all((folder / path).exists() for path in found.manifest.lines):
                return found
            raise NotMeasured(f"{folder} has lost files of its sample; remove it")
        say(f"writing a sample of {districts} districts and {schools} schools")
        return Sample(folder, sampling.write(folder, districts, schools, self.years, self.seed))


def stages(text: str | None) -> tuple[str, ...]:
    """The stages that `--only a,b` names. Raises ValueError for one that is not there."""
    if text is None:
        return STAGES
    named = tuple(part.strip() for part in text.split(","))
    unknown = [name for name in named if name not in STAGES]
    if unknown:
        raise ValueError(f"there is no stage {', '.join(unknown)}; there are {', '.join(STAGES)}")
    return named
