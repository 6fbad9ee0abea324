"""From an entry of the config to one verified file."""

import importlib
import logging
import pkgutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import gengap.data.sources
from gengap.data.source_options import expected
from gengap.data.store import save
from gengap.errors import UserError

logger = logging.getLogger(__name__)

_DARK = 64  # in levels of up to 6 bits, instead of 8, nothing is brighter


def prepare(name: str, options: Mapping[str, Any], torchvision_root: str | Path, output: str | Path) -> None:
    """Read a data set from its source and write it as safetensors with its checksum.

    Args:
        name: the data set's name in the config.
        options: its entry: `source`, and the options of that source.
        torchvision_root: folder of torchvision's data sets; read if filled, else downloaded into.
        output: the file to write; `<output>.sha256` is written beside it.

    Raises:
        UserError: the entry or the data are not usable; nothing is written then.
    """
    source = options.get("source")
    known = [module.name for module in pkgutil.iter_modules(gengap.data.sources.__path__)]
    if source not in known:
        raise UserError(f"Data set `{name}` has the unknown source `{source}`; {expected(source, known)}.")
    module = importlib.import_module(f"gengap.data.sources.{source}")
    source_options = {key: value for key, value in options.items() if key != "source"}
    dataset = replace(module.read(source_options, Path(torchvision_root)), name=name)
    save(dataset, output)
    brightest = int(dataset.train_images.max())
    if brightest < _DARK:
        logger.warning(
            "%s: no training image has a grey level above %d of 255; if that is not meant, as with levels of 0 and 1, "
            "scale them to 0..255",
            name,
            brightest,
        )
    logger.info(
        "%s: %d training and %d test images of %s (C×H×W), %d classes, from %s",
        name,
        len(dataset.train_images),
        len(dataset.test_images),
        "×".join(map(str, dataset.train_images.shape[1:])),
        len(dataset.classes),
        dataset.source,
    )
