"""Ways to change a finished project: its code, its configuration, its results."""

import os
import shutil

import yaml
from workflow_harness import TINY


def append(path, text):
    def change(project):
        with open(project.folder / path, "a", encoding="utf-8") as file:
            file.write(text)

    return change


def replace(path, old, new):
    return lambda project: project.edit(path, old, new)


def configure(change):
    """Change the tiny configuration as data."""

    def apply(project):
        path = project.folder / TINY
        config = yaml.safe_load(path.read_text())
        change(config)
        path.write_text(yaml.safe_dump(config))

    return apply


def touch(path):
    return lambda project: os.utime(project.folder / path)


def delete(path):
    return lambda project: (project.folder / path).unlink()


def lose_records(project):
    """Copy results without what Snakemake remembers of them."""
    shutil.rmtree(project.folder / ".snakemake")


def both(*changes):
    def apply(project):
        for change in changes:
            change(project)

    return apply
