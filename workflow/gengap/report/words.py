"""Templates with hand-written sentences, and the numbers in them as text."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gengap.render.captions import enumerated, shown_label, shown_number, shown_treatment
from gengap.render.markdown import table_markdown
from gengap.render.numbers import fixed, percent, plain_power, signed
from gengap.report.runs import duration

TEMPLATES = Path(__file__).parent / "templates"

FILTERS = {
    "fixed": fixed,
    "signed": signed,
    "percent": percent,
    "power": plain_power,
    "duration": duration,
    "row": shown_label,
    "treatment": shown_treatment,
    "enumerated": enumerated,
    "size": lambda size: f"{size[0]} × {size[1]}",
    "markdown": table_markdown,
    "cell": lambda text: text.replace("|", r"\|"),
    "tables": lambda numbers: f"Table{'s' * (len(numbers) > 1)} {enumerated([shown_number(one) for one in numbers])}",
}


def environment(**options: Any) -> Environment:
    """Jinja with these filters; a name that is not known is an error."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        **options,
    )
    made.filters |= FILTERS
    return made


def text(template: str, **values: Any) -> str:
    """A template of plain text or Markdown, filled in."""
    return environment(autoescape=False).get_template(template).render(**values)


def findings(facts: Mapping[str, Any]) -> list[str]:
    """What a run found, a sentence each."""
    return [line for line in text("findings.txt.j2", facts=facts).splitlines() if line.strip()]


def how_to_read() -> dict[str, dict[str, str]]:
    """`heading` and `text` on how to read tables and figures of one module of `gengap.exhibits`, by its name."""
    return yaml.safe_load((TEMPLATES / "how_to_read.yaml").read_text(encoding="utf-8"))
