"""What jobs leave behind: folders of checkpoints and of other work under way, empty once it is done."""

import os
from pathlib import Path


def remove_empty_folders(folder: str | Path) -> None:
    """Remove a folder and all below it that hold no file, however deep; those that hold one stay, with all above them.

    Args:
        folder: need not exist. What cannot be removed stays.
    """
    for path, _, _ in os.walk(folder, topdown=False):
        try:
            os.rmdir(path)
        except OSError:
            continue
