"""A YAML text with some of its numbers replaced and some of its keys left out, else as written.

Place in the flow: a file keeps the text of its system as it was given; what a page shows of it
says the parameters as they were used. Texts are those that `yaml_reader` has accepted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import yaml


def edited(text: str, section: str, numbers: Mapping[str, float], without: Iterable[str]) -> str:
    r"""The text with `numbers` in place of the values of these keys of `section`.

    without : keys at the top that are left out with all that belongs to them, up to the next key.

    Examples
    --------
    >>> from lrfit.io.yaml_edit import edited
    >>> text = "parameters: {mu: 1.0}  # as in 1926\nexpected: {period: 6.66}\nkind: cycle\n"
    >>> print(edited(text, "parameters", {"mu": 2.0}, ["expected"]), end="")
    parameters: {mu: 2}  # as in 1926
    kind: cycle
    """
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    pairs = root.value if isinstance(root, yaml.MappingNode) else []
    changes = [
        (value.start_mark.index, value.end_mark.index, f"{numbers[key.value]:.15g}")
        for name, inner in pairs
        if name.value == section and isinstance(inner, yaml.MappingNode)
        for key, value in inner.value
        if key.value in numbers
    ]
    starts = [key.start_mark.index for key, _ in pairs]
    ends = [*starts[1:], len(text)] if starts else []
    left_out = set(without)
    for (key, _), start, end in zip(pairs, starts, ends, strict=True):
        if key.value in left_out:
            changes.append((start, end, ""))
    for start, end, new in sorted(changes, reverse=True):
        text = text[:start] + new + text[end:]
    return text
