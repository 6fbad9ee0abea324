"""Any text as LaTeX that pdfLaTeX can set, in whatever script it is written."""

import logging
import re
import unicodedata
from functools import cache

from gengap.render.captions import INDEXED

logger = logging.getLogger(__name__)

STAND_IN = "?"
"""What is set in the place of a character that pdfLaTeX has no font for."""

# fmt: off
_COMMANDS = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "ι": "iota", "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma",
    "ς": "varsigma", "τ": "tau", "υ": "upsilon", "φ": "varphi", "χ": "chi", "ψ": "psi", "ω": "omega",
    "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Ξ": "Xi", "Π": "Pi", "Σ": "Sigma", "Υ": "Upsilon",
    "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
    "±": "pm", "×": "times", "÷": "div", "·": "cdot", "•": "bullet", "√": "surd", "∞": "infty", "∂": "partial",
    "∇": "nabla", "∑": "sum", "∏": "prod", "‖": "Vert", "≤": "le", "≥": "ge", "≠": "ne", "≈": "approx", "≡": "equiv",
    "∼": "sim", "≪": "ll", "≫": "gg", "∝": "propto", "∈": "in", "→": "to", "←": "leftarrow", "↔": "leftrightarrow",
    "⇒": "Rightarrow", "†": "dagger",
}
_LETTERS = {
    "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "ı": "i", "§": "S",
}
_ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".",
    "\u0308": '"', "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0323": "d", "\u0327": "c",
}
# fmt: on
_ESCAPES = {
    "\\": r"\textbackslash{}",
    **{character: "\\" + character for character in "&%$#_{}"},
    "<": "$<$",
    ">": "$>$",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: rf"$\{command}$" for sign, command in _COMMANDS.items()},
    **{letter: rf"\{command}{{}}" for letter, command in _LETTERS.items()},
    # Greek letters that look like Latin ones have no commands.
    **dict(zip("ΑΒΕΖΗΙΚΜΝΟΡΤΧο", "ABEZHIKMNOPTXo", strict=True)),
    "−": "$-$",
    "½": r"$\frac12$",
    "°": r"$^\circ$",
    "\u00a0": "~",
    "\u202f": r"\,",
    "“": "``",
    "”": "''",
    "‘": "`",
    "’": "'",
    "…": r"\ldots{}",
    "‐": "-",
    "–": "--",
    "—": "---",
    "⁄": "/",
}
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", [*"0123456789", "$-$", "+"], strict=True))
_LOWERED = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
_MARKED = r"(.)([\u0300-\u036f]*)"
_TOKEN = re.compile(f"{INDEXED}|([{''.join(_RAISED)}]+)|([{''.join(_LOWERED)}]+)|{_MARKED}", re.DOTALL)


def escape(text: str) -> str:
    """Plain text as LaTeX, on one line.

    Signs and Greek letters become mathematics, accented letters their commands, control characters nothing; what
    pdfLaTeX cannot set becomes `STAND_IN`, and the log says so. Neither packages nor a font encoding are assumed.
    """
    text = unicodedata.normalize("NFC", text)
    unknown = "".join(dict.fromkeys(character for character in text if _set(character) is None))
    if unknown:
        _warn(unknown)
    escaped = _TOKEN.sub(_escaped, text)
    # After the end of a line these would be taken for its options.
    return "{}" + escaped if escaped.startswith(("[", "*")) else escaped


def _escaped(token: re.Match[str]) -> str:
    symbol, index, raised, lowered, character, marks = token.groups()
    if symbol:
        name = r"\min" if index == "min" else index if len(index) == 1 else rf"\mathrm{{{index}}}"
        return rf"${_ESCAPES.get(symbol, symbol).strip('$')}_{{{name}}}$"
    if raised:
        return rf"\textsuperscript{{{''.join(_RAISED[sign] for sign in raised)}}}"
    if lowered:
        return rf"\textsubscript{{{''.join(_LOWERED[sign] for sign in lowered)}}}"
    shown = _set(character, marks)
    return STAND_IN if shown is None else shown


@cache
def _set(character: str, marks: str = "") -> str | None:
    """A character with the marks that follow it; `None` where pdfLaTeX has no font for it."""
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isspace():
        return " "
    if unicodedata.category(character) in ("Cc", "Cf", "Mn", "Mc", "Me"):
        return ""
    if character.isascii():
        accent = next((_ACCENTS[mark] for mark in marks if mark in _ACCENTS), None)
        return rf"\{accent}{{{character}}}" if accent and character.isalpha() else character
    parts = unicodedata.normalize("NFKD", character)
    shown = [None if parts == character else _set(*part) for part in re.findall(_MARKED, parts, re.DOTALL)]
    return None if None in shown else "".join(part for part in shown if part)


@cache
def _warn(characters: str) -> None:
    # Half of a surrogate pair is no text that a log file can hold.
    characters = characters.encode("utf-8", "backslashreplace").decode()
    logger.warning("pdfLaTeX cannot set %s: `%s` stands for each of them in .tex and PDF files.", characters, STAND_IN)
