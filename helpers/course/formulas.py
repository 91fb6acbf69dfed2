"""Formulas as MathML, which browsers draw themselves: for the gallery and the slides."""

import re

from latex2mathml.converter import convert

# `\log p` would run together; with an index, the name is the first child of an element that may have no third.
FUNCTION = re.compile(r"(?<!<msub>)(?<!<munder>)(<mi>(?:exp|ln|log|max|min)</mi>)(?=<m(?:i|sub|sup|subsup)>)")


def mathml(tex: str, display: str = "inline") -> str:
    """TeX as MathML, `display` "inline" or "block"; a command that is not known stays, with its backslash."""
    made = convert(tex.replace(r"\|", "‖"), display=display)  # `\bigl\|` would stay
    return FUNCTION.sub(r'\1<mspace width="0.17em"/>', made)
