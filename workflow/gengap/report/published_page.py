"""The published pages, from a run's finished results.

`python -m gengap.report.published_page <results> <folder> <README>`.

Copies the tables, the figures as PNG and the audit into the folder, in place of what is there, and writes its page and
the marked block of the README.
"""

import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from gengap.errors import UserError
from gengap.render.exhibit import read_exhibit
from gengap.report.content import Shown
from gengap.report.words import text
from gengap.runtime.files import write_text
from gengap.runtime.readers import read_json

FOLDERS = ("tables", "figures", "audit")
_BLOCK = re.compile(r"(<!-- published numbers -->\n).*?(<!-- end of published numbers -->)", re.DOTALL)


def publish(results: Path, folder: Path, readme: Path, names: Sequence[str]) -> None:
    """Copy what a run has made, and write the pages.

    Args:
        results: of the run.
        folder: where the published files lie.
        readme: the page whose marked block tells the main findings.
        names: of the exhibits, in order, below the results: `tables/table_6`.

    Raises:
        UserError: the README has no block.
    """
    facts = read_json(results / "facts.json")
    block = text("readme.md.j2", facts=facts)
    new, found = _BLOCK.subn(lambda match: f"{match[1]}{block.strip()}\n{match[2]}", readme.read_text(encoding="utf-8"))
    if not found:
        raise UserError(f"{readme} has no block between `<!-- published numbers -->` marks; restore it.")
    shown = [Shown(results / name, read_exhibit(results / f"{name}.json")) for name in names]
    page = text("published.md.j2", facts=facts, exhibits=shown)
    for part in FOLDERS:
        shutil.rmtree(folder / part, ignore_errors=True)
    for name in names:
        for path in (results / name).parent.glob(f"{Path(name).name}.*"):
            if path.suffix != ".pdf":
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, folder / Path(name).parent / path.name)
    write_text(folder / "README.md", page)
    write_text(readme, new)


def main(arguments: Sequence[str]) -> int:
    """Publish; exit status 1 with a sentence where that cannot be."""
    from gengap.config import plan
    from gengap.exhibits import planned

    results, folder, readme = map(Path, arguments)
    try:
        exhibits = planned(plan(read_json(results / "config.json")))
        publish(results, folder, readme, [f"{one.folder}/{name}" for name, one in exhibits.items()])
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
