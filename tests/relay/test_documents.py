"""A subscription that sends the document an event carries: exact bytes, its own Content-Type, the same on a retry."""

import json

from .receiver import Answer

DOCUMENT = "ISA*00*          *00*          *ZZ*SELLER         *ZZ*BUYER          *260701*0930*U*00401*000000012~\n"


def carry(world, text, order_key="SO/1"):
    """An event that carries a document."""
    (uid,) = world.emit((order_key, 1)) or [None]
    body = json.loads(world.value("SELECT body FROM logistics_event ORDER BY id DESC LIMIT 1"))
    body["data"]["document"] = {"format": "x12_855", "control": "12", "text": text}
    world.execute(
        "UPDATE logistics_event SET body = %s WHERE id = (SELECT max(id) FROM logistics_event)", json.dumps(body)
    )
    return uid


def test_the_document_is_posted_as_it_is_and_again_on_a_retry(world, receiver):
    receiver.rule = lambda request, times: Answer(500 if times == 0 else 200)
    world.add_system(receiver.url + "/a", retry_schedule="0.05,0.05")
    world.execute("UPDATE logistics_subscription SET payload_format = 'document'")
    carry(world, DOCUMENT)
    world.drain(patience=1.0)
    assert [request.body.decode() for request, _answer in receiver.requests] == [DOCUMENT, DOCUMENT]
    assert {request.headers["content-type"] for request, _answer in receiver.requests} == {"application/edi-x12"}


def test_an_event_without_document_is_sent_as_ever(world, receiver):
    world.add_system(receiver.url + "/a")
    world.execute("UPDATE logistics_subscription SET payload_format = 'document'")
    world.emit(("SO/1", 1))
    world.drain()
    (request,) = receiver.accepted()
    assert request.data["number"] == 1
    assert request.headers["content-type"] == "application/json"


def test_who_wants_the_event_gets_the_event(world, receiver):
    world.add_system(receiver.url + "/a")
    carry(world, DOCUMENT)
    world.drain()
    (request,) = receiver.accepted()
    assert request.data["document"]["text"] == DOCUMENT
