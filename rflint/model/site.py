"""Places: in the data of a document (sites) and in its text (spans)."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

#: A path into a document's plain data: mapping keys and list indexes, outermost first.
DataPath = tuple[str | int, ...]


#: Default of mapping fields: shared, so never to be changed.
EMPTY: Final[Mapping[Any, Any]] = {}


class Span(NamedTuple):
    """A stretch of text: 1-based lines and columns in code points, the end exclusive."""

    line: int
    column: int
    end_line: int
    end_column: int


#: Where there is no text: what is said is of a layer of a model.
NOWHERE: Final = Span(0, 0, 0, 0)


class Site(NamedTuple):
    """A place in a document, named by its data path; `key` means the key itself rather than its value."""

    file: str
    path: DataPath = ()
    key: bool = False


class Note(NamedTuple):
    """A second place that belongs to a finding, and what is there."""

    message: str
    site: Site
