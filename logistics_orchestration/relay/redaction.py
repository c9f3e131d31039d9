"""Taking secrets out of texts that are kept: partners echo what they were sent, as it was or in another spelling."""

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus

MARK = "[secret]"
# Shorter ones occur in every text by chance; no usable secret is that short.
MIN_LENGTH = 4


def spellings(secret):
    """The ways a secret may come back: plain, in a URL, in JSON, in HTML, in base64, and wrongly decoded."""
    found = {
        secret,
        quote(secret, safe=""),
        quote_plus(secret),
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        html.escape(secret),
        base64.b64encode(secret.encode()).decode(),
        secret.encode("latin-1", "replace").decode("utf-8", "replace"),
    }
    return {text for text in found if len(text) >= MIN_LENGTH}


class Redactor:
    """Replaces secrets by a mark.

    :param secrets: the plain secrets; those shorter than :data:`MIN_LENGTH` are passed over
    """

    __slots__ = ("_pattern", "_texts")

    def __init__(self, secrets):
        found = set().union(*(spellings(secret) for secret in secrets if len(secret) >= MIN_LENGTH))
        # the longest first: one may be part of another
        self._texts = sorted(found, key=lambda text: (-len(text), text))
        self._pattern = re.compile("|".join(map(re.escape, self._texts))) if found else None

    def __repr__(self):
        return "<Redactor>"

    def clean(self, text, cut=False):
        """The text without secrets.

        :param bool cut: the text was cut at its end: what may be the beginning of a secret there goes too
        """
        if self._pattern is None or not text:
            return text
        if any(secret in text for secret in self._texts):
            text = self._pattern.sub(MARK, text)
        # what is left may end with the beginning of another spelling
        while cut and (part := max(_overlap(text, secret) for secret in self._texts)):
            text = text[:-part]
        return text


def _overlap(text, secret):
    """How many characters at the end of the text are the beginning of the secret."""
    for length in range(min(len(secret) - 1, len(text)), 0, -1):
        if text.endswith(secret[:length]):
            return length
    return 0
