"""What postcodes look like where their form is fixed, and what a post-office box is written like; plain functions."""

import re

# ISO code: (regular expression for the whole postcode, without blanks and dashes at the ends; an example)
POSTCODES = {
    "AT": (r"\d{4}", "1010"),
    "AU": (r"\d{4}", "2000"),
    "BE": (r"(B[- ]?)?[1-9]\d{3}", "1000"),
    "BG": (r"\d{4}", "1000"),
    "BR": (r"\d{5}-?\d{3}", "01310-100"),
    "CA": (r"[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d", "K1A 0B1"),
    "CH": (r"(CH[- ]?)?[1-9]\d{3}", "8001"),
    "CN": (r"\d{6}", "100000"),
    "CY": (r"\d{4}", "1010"),
    "CZ": (r"\d{3} ?\d{2}", "110 00"),
    "DE": (r"(D[- ]?)?\d{5}", "10115"),
    "DK": (r"(DK[- ]?)?\d{4}", "1050"),
    "EE": (r"\d{5}", "10111"),
    "ES": (r"(0[1-9]|[1-4]\d|5[0-2])\d{3}", "28001"),
    "FI": (r"(FI[- ]?)?\d{5}", "00100"),
    "FR": (r"(F[- ]?)?\d{2} ?\d{3}", "75001"),
    "GB": (r"GIR ?0AA|[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", "SW1A 1AA"),
    "GR": (r"\d{3} ?\d{2}", "105 57"),
    "HR": (r"(HR[- ]?)?\d{5}", "10000"),
    "HU": (r"\d{4}", "1051"),
    "IE": (r"[A-Z]\d[\dW] ?[A-Z\d]{4}", "D02 X285"),
    "IN": (r"[1-9]\d{2} ?\d{3}", "110001"),
    "IT": (r"(I[- ]?)?\d{5}", "00118"),
    "JP": (r"\d{3}-?\d{4}", "100-0001"),
    "KR": (r"\d{5}", "04524"),
    "LT": (r"(LT[- ]?)?\d{5}", "LT-01100"),
    "LU": (r"(L[- ]?)?\d{4}", "1111"),
    "LV": (r"(LV[- ]?)?\d{4}", "LV-1010"),
    "MT": (r"[A-Z]{3} ?\d{2,4}", "VLT 1110"),
    "MX": (r"\d{5}", "06000"),
    "NL": (r"[1-9]\d{3} ?[A-Z]{2}", "1012 AB"),
    "NO": (r"(N[- ]?)?\d{4}", "0150"),
    "NZ": (r"\d{4}", "6011"),
    "PL": (r"\d{2}-?\d{3}", "00-001"),
    "PT": (r"\d{4}(-?\d{3})?", "1000-001"),
    "RO": (r"\d{6}", "010011"),
    "SE": (r"(S(E)?[- ]?)?\d{3} ?\d{2}", "111 20"),
    "SI": (r"(SI[- ]?)?\d{4}", "1000"),
    "SK": (r"\d{3} ?\d{2}", "811 01"),
    "TR": (r"\d{5}", "34000"),
    "US": (r"\d{5}(-?\d{4})?", "10001"),
    "ZA": (r"\d{4}", "0001"),
}
_PO_BOX = re.compile(
    r"\b(p\.? ?o\.? ?box|post ?office ?box|postbus|postboks|postfach|postf\.|packstation|bo[iî]te postale"
    r"|b\.? ?p\.? ?\d+|apartado( de correos)?|casella postale|c\.? ?p\.? ?\d+|skrytka pocztowa|postilokero)\b",
    re.IGNORECASE,
)


def pattern_of(country):
    """(regular expression, example) of a country's postcodes, or None where none is known.

    :param str country: ISO 3166 alpha-2 code
    """
    return POSTCODES.get((country or "").upper())


def fits(country, postcode):
    """Whether a postcode is one of its country; also where the country's form is not known."""
    known = pattern_of(country)
    return not known or bool(re.fullmatch(known[0], " ".join((postcode or "").upper().split())))


def is_po_box(text):
    """Whether the lines of a street name a post-office box (or a parcel locker, to which the same rules apply)."""
    return bool(_PO_BOX.search(text or ""))
