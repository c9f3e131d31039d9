"""What partners do to us: told to wait, gone, refusing, dead, slow, limited."""

import time

from .bare import until
from .receiver import Answer


def test_retry_after_pauses_the_system_and_costs_no_attempt(world, receiver):
    told = []

    def rule(request, times):
        if request.path == "/" and not told:
            told.append(request)
            return Answer(429, headers=(("Retry-After", "2"),))
        return Answer()

    receiver.rule = rule
    system, _subscription = world.add_system(receiver.url, max_in_flight=1)
    world.add_system(receiver.url + "/other")
    world.emit(*((f"SO/{n}", n) for n in range(5)))
    begin = time.monotonic()
    assert world.drain(patience=3.0) == 10
    arrivals = [request.at - begin for request, _answer in receiver.requests if request.path == "/"]
    assert arrivals[1] - arrivals[0] >= 1.9, "nothing goes out during the pause"
    others = [request.at - begin for request, _answer in receiver.requests if request.path == "/other"]
    assert max(others) < 1.5, "nobody else waits"
    assert world.value("SELECT max(attempt_count) FROM logistics_outbox_message WHERE system_id = %s", system) == 1
    outcomes = world.execute("SELECT outcome, attempt_number FROM logistics_outbox_attempt ORDER BY started_at LIMIT 1")
    assert outcomes == [("deferred", 0)]


def test_gone_switches_the_subscription_off_and_holds_what_is_owed(world, receiver):
    receiver.rule = lambda request, times: Answer(410 if request.path == "/gone" else 200)
    system, gone = world.add_system(receiver.url + "/gone", max_in_flight=1)
    world.subscribe(system, types=(2,), url=receiver.url + "/alive")
    for number in range(20):
        world.emit((f"SO/{number % 3}", number))
    world.emit(("SO/1", 99), type_id=2)
    assert world.drain() == 1, "the other subscription of the same system goes on"
    assert world.states() == {"held": 20, "delivered": 1}
    active, reason = world.execute("SELECT active, disabled_reason FROM logistics_subscription WHERE id = %s", gone)[0]
    assert (active, "410" in reason) == (False, True)
    assert len(receiver.requests) == 2, "one call was enough to know"
    # what happens meanwhile is not collected; what is held goes on in order when switched on again
    world.emit(("SO/0", 50))
    assert world.drain() == 0
    receiver.rule = lambda request, times: Answer()
    world.execute("UPDATE logistics_subscription SET active = true WHERE id = %s", gone)
    world.emit(("SO/0", 51))
    assert world.drain() == 21
    assert world.states() == {"delivered": 22}
    assert receiver.first_arrivals("/gone")["/gone", "SO/0"] == [0, 3, 6, 9, 12, 15, 18, 51]


def test_refused_content_is_dead_at_once(world, receiver):
    receiver.rule = lambda request, times: Answer(422 if request.data["number"] == 1 else 200)
    world.add_system(receiver.url, dead_policy="skip")
    world.emit(("SO/1", 0), ("SO/1", 1), ("SO/1", 2))
    assert world.drain() == 2
    assert world.states() == {"delivered": 2, "dead": 1}
    assert world.value("SELECT count(*) FROM logistics_outbox_attempt") == 3
    error = world.value("SELECT last_error FROM logistics_outbox_message WHERE state = 'dead'")
    assert "422" in error


def test_dead_head_holds_its_key_or_is_skipped(world, receiver):
    receiver.rule = lambda request, times: Answer(400 if request.data["number"] == 1 else 200)
    world.add_system(receiver.url + "/hold", dead_policy="hold")
    world.add_system(receiver.url + "/skip", dead_policy="skip")
    for number in range(4):
        world.emit(("SO/1", number), ("SO/2", number + 10))
    world.drain()
    assert receiver.first_arrivals()["/hold", "SO/1"] == [0]
    assert receiver.first_arrivals()["/hold", "SO/2"] == [10, 11, 12, 13]
    assert receiver.first_arrivals()["/skip", "SO/1"] == [0, 2, 3]
    # what comes later waits behind the dead one too
    world.emit(("SO/1", 4))
    world.drain()
    assert receiver.first_arrivals()["/hold", "SO/1"] == [0]
    assert receiver.first_arrivals()["/skip", "SO/1"] == [0, 2, 3, 4]


def test_the_last_attempt_is_the_last(world, receiver):
    receiver.rule = lambda request, times: Answer(404)
    world.add_system(receiver.url, retry_schedule="0.1,0.1")
    world.emit(("SO/1", 1))
    assert world.drain(patience=1.0) == 0
    assert world.states() == {"dead": 1}
    assert [row[0] for row in world.execute("SELECT outcome FROM logistics_outbox_attempt ORDER BY id")] == [
        "retry",
        "retry",
        "dead",
    ]
    assert world.value("SELECT dead_at IS NOT NULL FROM logistics_outbox_message")


def test_breaker_spares_a_failing_system_and_finds_out_when_it_is_back(world, receiver):
    receiver.rule = lambda request, times: Answer(500)
    world.add_system(receiver.url, max_in_flight=2, retry_schedule="0.05,0.05,0.05,0.05")
    world.emit(*((f"SO/{n}", n) for n in range(50)))
    world.drain(patience=0.5)
    state, failures, until_set, since = world.execute(
        "SELECT breaker_state, breaker_failures, breaker_until IS NOT NULL, failing_since FROM logistics_system"
    )[0]
    assert (state, failures, until_set) == ("open", 5, True)
    assert since
    assert len(receiver.requests) <= 6, "open: no call, no attempt spent"
    assert world.states() == {"pending": 50}
    # half open: exactly one call; it fails: open again, for longer
    soon = "UPDATE logistics_system SET breaker_until = timezone('UTC', now())"
    before = len(receiver.requests)
    world.execute(soon)
    world.drain(patience=0.3)
    assert len(receiver.requests) == before + 1
    assert world.execute(
        "SELECT breaker_state, breaker_failures, breaker_until > timezone('UTC', now()) + interval '50 s'"
        " FROM logistics_system"
    ) == [("open", 6, True)]
    receiver.rule = lambda request, times: Answer()
    world.execute(soon)
    assert world.drain() == 50
    assert world.execute("SELECT breaker_state, breaker_failures, failing_since FROM logistics_system") == [
        ("closed", 0, None)
    ]


def test_a_system_that_is_back_is_not_overrun(world, receiver):
    """One call, then two, four, ... at once; the story of the outage is told once, and its end."""
    receiver.rule = lambda request, times: Answer(500)
    world.add_system(receiver.url, max_in_flight=16, retry_schedule="0.05," * 30, breaker_wait=60)
    world.emit(*((f"SO/{n}", n) for n in range(120)))
    world.drain(patience=0.3)
    soon = "UPDATE logistics_system SET breaker_until = timezone('UTC', now())"
    world.execute(soon)
    world.drain(patience=0.3)
    assert world.value("SELECT breaker_trips FROM logistics_system") == 2
    reason = "the call that was to find out whether it is back failed; the last: HTTP 500: the partner's system failed"
    assert world.value("SELECT breaker_reason FROM logistics_system") == reason
    receiver.rule = lambda request, times: Answer(delay=0.2)
    before = len(receiver.requests)
    world.execute(soon)
    assert world.drain(patience=0.5, threads=32) == 120
    arrivals = [request.at for request, _answer in receiver.requests[before:]]
    rounds = [sum(0.2 * n <= at - arrivals[0] < 0.2 * (n + 1) for at in arrivals) for n in range(3)]
    assert rounds[0] <= 1
    assert sum(rounds) <= 1 + 2 + 4
    assert world.execute("SELECT breaker_state, breaker_ramp, breaker_trips, breaker_reason FROM logistics_system") == [
        ("closed", 0, 0, None)
    ]
    assert [kind for kind, _words in world.notices()] == ["circuit_opened", "circuit_closed"]


def test_a_system_that_mostly_fails(world, receiver):
    """Never five in a row, but three of four: the share of failures opens the breaker."""
    receiver.rule = lambda request, times: Answer(200 if request.data["number"] % 4 == 3 else 500)
    world.add_system(receiver.url, max_in_flight=1, retry_schedule="600", ordering="none")
    world.emit(*((f"SO/{n}", n) for n in range(30)))
    world.drain()
    assert len(receiver.requests) == 10
    reason = world.value("SELECT breaker_reason FROM logistics_system")
    assert reason == "8 of 10 answers within 5 minutes were failures; the last: HTTP 500: the partner's system failed"


def test_good_answers_before_the_first_failure_count(world, receiver):
    """They are not written when they come; they are measured against nevertheless."""
    receiver.rule = lambda request, times: Answer(
        500 if request.data["number"] >= 40 and number_fails(request) else 200
    )
    world.add_system(receiver.url, max_in_flight=1, retry_schedule="600", ordering="none")
    world.start_thread(threads=1)
    world.emit(*((f"SO/{n}", n) for n in range(40)))
    until(lambda: world.states() == {"delivered": 40})
    world.emit(*((f"SO/{n}", n) for n in range(40, 60)))
    until(lambda: world.states() == {"delivered": 45, "pending": 15})
    assert world.value("SELECT breaker_state FROM logistics_system") == "closed", "15 of 60 is not most"
    window = world.value("SELECT breaker_window FROM logistics_system")
    assert sum(int(part.split(":")[1]) for part in window.split()) >= 40


def number_fails(request):
    return request.data["number"] % 4 != 3


def test_a_long_outage_suspends_the_system_and_loses_nothing(world, receiver):
    receiver.rule = lambda request, times: Answer(500)
    world.add_system(receiver.url, suspend_after_hours=24, retry_schedule="0.05,0.05,0.05,0.05,0.05,0.05,0.05")
    world.emit(*((f"SO/{n}", n) for n in range(10)))
    world.drain(patience=0.3)
    world.execute(
        "UPDATE logistics_system SET failing_since = failing_since - interval '25 h',"
        " breaker_until = timezone('UTC', now())"
    )
    world.drain(patience=0.3)
    assert world.execute("SELECT state, suspended_at IS NOT NULL FROM logistics_system") == [("suspended", True)]
    assert world.states() == {"pending": 10}
    before = len(receiver.requests)
    world.emit(("SO/11", 11))
    world.drain(patience=0.3)
    assert len(receiver.requests) == before
    receiver.rule = lambda request, times: Answer()
    world.execute("UPDATE logistics_system SET state = 'active', breaker_state = 'closed', breaker_failures = 0")
    assert world.drain(patience=0.5) == 11


def test_states_of_a_system(world, receiver):
    for state in ("paused", "suspended", "disabled"):
        world.add_system(f"{receiver.url}/{state}", state=state)
    world.emit(("SO/1", 1))
    assert world.drain() == 0
    assert not receiver.requests
    assert world.states() == {"pending": 2}, "a disabled system is owed nothing"
    world.execute("UPDATE logistics_system SET state = 'active'")
    assert world.drain() == 2


def test_rate_limit(world, receiver):
    world.add_system(receiver.url, rate_per_second=20, max_in_flight=16)
    world.emit(*((f"SO/{n}", n) for n in range(40)))
    begin = time.monotonic()
    assert world.drain() == 40
    assert 1.5 <= time.monotonic() - begin < 4
    times = [request.at for request, _answer in receiver.requests]
    worst = max(sum(1 for other in times if 0 <= other - at < 1) for at in times)
    assert worst <= 20 * 1.1 + 3


def test_in_flight_limit(world, receiver):
    receiver.rule = lambda request, times: Answer(delay=0.2)
    world.add_system(receiver.url, max_in_flight=3)
    world.emit(*((f"SO/{n}", n) for n in range(12)))
    world.start_thread(threads=16)
    world.start_thread(threads=16)
    highest = 0
    deadline = time.monotonic() + 10
    while world.states().get("delivered") != 12 and time.monotonic() < deadline:
        highest = max(highest, world.states().get("sending", 0))
        time.sleep(0.01)
    assert highest == 3, "over all processes together"
    assert receiver.repeats() == 0


def test_a_slow_and_a_dead_system_delay_nobody(world, receiver):
    receiver.rule = lambda request, times: Answer(delay=3.0 if request.path == "/slow" else 0.0)
    world.add_system(receiver.url + "/slow")
    world.add_system("http://127.0.0.1:9/dead")
    world.add_system(receiver.url + "/quick")
    relay, _thread = world.start_thread(threads=16)
    begin = time.monotonic()
    for number in range(30):
        world.emit(*((f"SO/{key}", number) for key in range(5)))
    until(lambda: sum(request.path == "/quick" for request in receiver.accepted()) == 150, 10)
    assert time.monotonic() - begin < 3.0
    relay.stop()


def test_types_domains_and_companies(world, receiver):
    world.add_system(receiver.url + "/big", domain="[('data.number', '>', 5)]")
    world.add_system(receiver.url + "/other-type", types=(2,))
    world.add_system(receiver.url + "/other-company", company_id=2)
    world.add_system(receiver.url + "/broken", domain="[nonsense")
    world.emit(*(("SO/1", n) for n in range(10)))
    world.emit(("SO/1", 77), company_id=2)
    world.drain()
    arrived = receiver.first_arrivals()
    assert arrived["/big", "SO/1"] == [6, 7, 8, 9]
    assert ("/other-type", "SO/1") not in arrived
    assert arrived["/other-company", "SO/1"] == [77]
    assert len(arrived["/broken", "SO/1"]) == 10, "better sent than lost"


def test_unordered_systems_do_not_wait(world, receiver):
    receiver.rule = lambda request, times: Answer(500 if request.data["number"] == 0 else 200)
    world.add_system(receiver.url, ordering="none", retry_schedule="60")
    world.emit(*(("SO/1", n) for n in range(8)))
    world.drain()
    assert world.states() == {"pending": 1, "delivered": 7}
