"""A hash of exactly the code that a job uses: its script and the modules of the package that it imports.

Snakemake notices neither an edited import nor an upgraded library, and takes a `touch` of a script
for an edit. So each rule carries this hash as a parameter. It covers the import closure inside the
package, function-level imports included, and leaves out docstrings, comments and formatting. It is
computed from the syntax tree node by node rather than from `ast.dump`, whose text differs between
Python versions.
"""

import ast
import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PACKAGE = "gengap"
PACKAGE_ROOT = Path(__file__).parents[1]


def code_hash(script: str | Path, *modules: str, root: str | Path = PACKAGE_ROOT) -> str:
    """Hash of a script, of further modules that it loads by name, and of all that these import.

    Args:
        script: path of the script.
        modules: dotted names of modules of the package that the script loads dynamically.
        root: folder of the package.

    Returns:
        The first 16 hexadecimal digits of a SHA-256, the same under every supported Python version.
    """
    digest = hashlib.sha256(_fingerprint(Path(script))[0].encode())
    for name, path in sorted(closure(script, *modules, root=root).items()):
        digest.update(f"{name}={_fingerprint(path)[0]};".encode())
    return digest.hexdigest()[:16]


def closure(script: str | Path, *modules: str, root: str | Path = PACKAGE_ROOT) -> dict[str, Path]:
    """Modules of the package that a script and the named modules reach through imports, by dotted name.

    The package's own `__init__` is left out: it holds its version and the names that it resolves on demand.
    """
    root = Path(root)
    reached: dict[str, Path] = {}
    waiting = [*_fingerprint(Path(script))[1], *modules]
    while waiting:
        name = waiting.pop()
        for part in _with_parents(name):
            path = _module_path(part, root)
            if part != PACKAGE and path is not None and part not in reached:
                reached[part] = path
                waiting.extend(_fingerprint(path)[1])
    return reached


def _with_parents(name: str) -> Iterator[str]:
    """`a.b.c` as `a`, `a.b`, `a.b.c`: importing a module runs its parents."""
    parts = name.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts) + 1))


@cache
def _module_path(name: str, root: Path) -> Path | None:
    """File of a dotted name, or `None` where the name is an object inside a module or lies elsewhere."""
    package, *parts = name.split(".")
    if package != PACKAGE:
        return None
    base = root.joinpath(*parts)
    if (base / "__init__.py").is_file():
        return base / "__init__.py"
    module = base.with_name(base.name + ".py")
    return module if parts and module.is_file() else None


@cache
def source(path: Path) -> bytes:
    """Content of a file. A process reads each file once, so that all its hashes are of one state of the code."""
    return path.read_bytes()


def _fingerprint(path: Path) -> tuple[str, tuple[str, ...]]:
    return fingerprint(source(path), str(path))


@cache
def fingerprint(text: bytes, path: str) -> tuple[str, tuple[str, ...]]:
    """Hash of the code of one file, and the names that it imports.

    Raises:
        SyntaxError: it is not Python, or imports relatively.
    """
    tree = ast.parse(text, filename=path)
    names: set[str] = set()
    pieces: list[str] = []
    _read(tree, pieces, names)
    return hashlib.sha256("".join(pieces).encode()).hexdigest(), tuple(sorted(names))


def _imported(node: ast.Import | ast.ImportFrom) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif node.level:
        raise SyntaxError(f"relative import on line {node.lineno}: the code hash follows absolute imports only")
    elif node.module:
        yield node.module
        yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _read(value: object, pieces: list[str], names: set[str]) -> None:
    """Add a node to the pieces, as text that depends on the program alone, and what it imports to the names.

    Empty and absent fields are left out, since new Python versions add some (`type_params`), and so are
    docstrings, those of constants and attributes too, and the context of names, which follows from their place.
    """
    if isinstance(value, ast.AST):
        if isinstance(value, (ast.Import, ast.ImportFrom)):
            names.update(_imported(value))
        pieces.append(type(value).__name__ + "(")
        for name in value._fields:
            if name in ("ctx", "kind", "type_comment", "type_ignores"):
                continue
            field = getattr(value, name, None)
            if isinstance(field, list):
                field = [part for part in field if not _is_documentation(part)]
                if isinstance(value, ast.JoinedStr):
                    # Python 3.12.1 ends a nested format specification with an empty string, others do not.
                    field = [part for part in field if not (isinstance(part, ast.Constant) and part.value == "")]
            if field is not None and field != []:
                pieces.append(name + "=")
                _read(field, pieces, names)
                pieces.append(",")
        pieces.append(")")
    elif isinstance(value, list):
        pieces.append("[")
        for item in value:
            _read(item, pieces, names)
            pieces.append(",")
        pieces.append("]")
    else:
        pieces.append(f"{type(value).__name__}:{value!r}")


def _is_documentation(node: object) -> bool:
    """Whether a node is a statement that is nothing but a string, which does nothing wherever it stands."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
