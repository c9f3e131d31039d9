"""What goes back: acknowledgement, ship notice and functional acknowledgement, read again by their segments."""

from parsers import edifact, edifact_out, x12, x12_out

from . import samples

LINE = {"line": "1", "sku": "DESK", "buyer_sku": "NW-77", "gtin": "5400000000017", "uom": "EA"}
ANSWER = {
    "reference": "PO-4711", "order": "S00012", "status": "changed", "ordered_on": "2026-07-01", "currency": "EUR",
    "lines": [
        {**LINE, "quantity": 10.0, "price_unit": 590.0, "answers": [
            {"status": "accepted", "quantity": 6.0, "expected_on": "2026-07-20"},
            {"status": "backordered", "quantity": 4.0, "expected_on": "2026-08-03"}]},
        {"line": "2", "sku": "CHAIR", "quantity": 1.0, "answers": [{"status": "rejected", "quantity": 1.0}]},
    ],
}  # fmt: skip
NOTICE = {
    "shipment": "SHP/00004", "reference": "PO-4711", "order": "S00012", "carrier": "Ground", "tracking_number": "TRK1",
    "shipped_at": "2026-07-19T14:00:00Z",
    "ship_to": {"name": "Northwind Antwerp", "street": "Dock Street 5", "city": "Antwerp", "zip": "2000",
                "country": "BE"},
    "parcels": [
        {"sscc": "054123450000000012", "tracking_number": "TRK1", "weight_kg": 3.5,
         "lines": [{**LINE, "quantity": 6.0}]},
        {"tracking_number": "TRK2", "weight_kg": 1.0, "lines": [{**LINE, "quantity": 1.0}]},
    ],
}  # fmt: skip


def elements(text, tag):
    (transaction,) = x12.read(text).transactions
    return [segment.elements for segment in transaction.segments if segment.tag == tag]


def parts(text, tag):
    (message,) = edifact.read(text).messages
    return [segment.elements for segment in message.segments if segment.tag == tag]


def test_855():
    text = x12_out.acknowledgement(ANSWER, samples.X12, 12, samples.MOMENT)
    assert x12.read(text).groups[0].code == "PR"
    assert elements(text, "BAK") == [("00", "AC", "PO-4711", "20260701", "", "", "", "S00012", "20260701")]
    assert [found[:2] for found in elements(text, "ACK")] == [("IA", "6"), ("IB", "4"), ("IR", "1")]
    assert elements(text, "ACK")[1][3:] == ("068", "20260803")
    assert elements(text, "CTT") == [("2",)]


def test_856():
    text = x12_out.ship_notice(NOTICE, samples.X12, 12, samples.MOMENT)
    levels = elements(text, "HL")
    assert [level[2] for level in levels] == ["S", "O", "P", "I", "P", "I"]
    assert [level[1] for level in levels] == ["", "1", "2", "3", "2", "5"]
    assert elements(text, "MAN") == [("GM", "054123450000000012"), ("CP", "TRK1"), ("CP", "TRK2")]
    assert elements(text, "SN1") == [("", "6", "EA"), ("", "1", "EA")]
    assert elements(text, "REF")[0] == ("CN", "TRK1")


def test_997_says_which_were_read():
    group = {"code": "PO", "control": "7", "transactions": [["850", "0001", True], ["850", "0002", False]]}
    text = x12_out.functional(group, samples.X12, 12, samples.MOMENT)
    assert elements(text, "AK5") == [("A",), ("R",)]
    assert elements(text, "AK9") == [("P", "2", "2", "1")]
    (transaction,) = x12.read(text).transactions
    assert x12_out.read_functional(transaction) == {"group": "7", "verdict": "P", "accepted": False}


def test_ordrsp():
    text = edifact_out.order_response(ANSWER, samples.EDIFACT, 12, samples.MOMENT)
    assert parts(text, "BGM") == [(("231",), ("S00012",), ("4",))]
    assert [found[1] for found in parts(text, "LIN")] == [("3",), ("7",)]
    assert parts(text, "QTY")[1:3] == [(("113", "6", "EA"),), (("83", "4", "EA"),)]
    assert parts(text, "RFF") == [(("ON", "PO-4711"),)]


def test_desadv():
    text = edifact_out.despatch_advice(NOTICE, samples.EDIFACT, 12, samples.MOMENT)
    assert parts(text, "GIN") == [(("BJ",), ("054123450000000012",)), (("BN",), ("TRK2",))]
    assert parts(text, "QTY") == [(("12", "6", "EA"),), (("12", "1", "EA"),)]
    assert parts(text, "CNT") == [(("2", "2"),)]


def test_letters_beyond_ascii_are_named_in_the_envelope():
    text = edifact_out.despatch_advice({**NOTICE, "carrier": "Überland"}, samples.EDIFACT, 12, samples.MOMENT)
    assert "UNB+UNOW:4+" in text
    assert "UNB+UNOC:3+" in edifact_out.despatch_advice(NOTICE, samples.EDIFACT, 12, samples.MOMENT)


def test_contrl_says_which_were_read():
    group = {
        "control": "77", "sender": ["5412345000013", "14"], "receiver": ["5498765000019", "14"],
        "transactions": [["ORDERS", "1", True, "D96A"], ["ORDCHG", "2", False, "D01B"]],
    }  # fmt: skip
    text = edifact_out.syntax_report(group, samples.EDIFACT, 12, samples.MOMENT)
    assert "UNH+12+CONTRL:D:3:UN'" in text
    assert parts(text, "UCI") == [(("77",), ("5412345000013", "14"), ("5498765000019", "14"), ("7",))]
    assert parts(text, "UCM") == [
        (("1",), ("ORDERS", "D", "96A", "UN"), ("7",)),
        (("2",), ("ORDCHG", "D", "01B", "UN"), ("4",), ("18",)),
    ]
    (message,) = edifact.read(text).messages
    assert edifact_out.read_syntax_report(message) == {"group": "77", "verdict": "4", "accepted": False}


def test_a_contrl_is_read_as_partners_write_it():
    def read(body):
        text = (
            "UNB+UNOC:3+5412345000013:14+5498765000019:14+260701:0930+5'UNH+1+CONTRL:D:3:UN:EAN002'"
            f"{body}UNT+{body.count(chr(39)) + 2}+1'UNZ+1+5'"
        )
        (message,) = edifact.read(text).messages
        return edifact_out.read_syntax_report(message)

    assert read("UCI+12+5498765000019:14+5412345000013:14+7'")["accepted"]
    assert read("UCI+12+5498765000019:14+5412345000013:14+8'")["accepted"]
    assert not read("UCI+12+5498765000019:14+5412345000013:14+4+23'")["accepted"]
    assert not read("UCI+12+5498765000019:14+5412345000013:14+7'UCM+12+ORDRSP:D:96A:UN+4+12'")["accepted"]
    assert not read("UCI+12'")["accepted"]


def test_an_interchange_asks_for_a_receipt():
    text = samples.orders(samples.ORDER)
    assert not edifact.read(text).asks
    assert edifact.read(text.replace("0930+7'", "0930+7++++1'")).asks
