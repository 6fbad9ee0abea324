"""`python -m gengap.published rebuild` and `python -m gengap.published export <results folder>`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from gengap.errors import UserError
from gengap.published.export import export
from gengap.published.rebuild import rebuild

PUBLISHED = Path(__file__).parents[3] / "docs" / "published"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one of the two commands; exit status 1 and a sentence where it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m gengap.published", description=__doc__)
    parser.add_argument("--folder", type=Path, default=PUBLISHED, help="published numbers (default: docs/published)")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("rebuild", help="make tables and figures from the published numbers, without training")
    adding = commands.add_parser("export", help="add the full-length results of a run, then rebuild")
    adding.add_argument("--replace", action="store_true", help="also in place of more trainings of other settings")
    adding.add_argument("results", type=Path, help="a `results` folder that the workflow has filled")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.command == "export":
            for line in export(chosen.results, chosen.folder, replace=chosen.replace):
                print(line)
        own = chosen.folder == PUBLISHED
        rebuild(chosen.folder, readme=PUBLISHED.parents[1] / "README.md" if own else None)
    except UserError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"Tables and figures are in {chosen.folder}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
