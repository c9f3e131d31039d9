"""From what an order needs and what warehouses have to plans, scores and a choice.

A plan says how much of each line goes out of which warehouse. The score is 100 x the weighted mean of four parts, each
between 0 and 1 and 1 for the best:

* cost: (cheapest + 1) / (this one + 1), in the order's currency,
* distance: (nearest + 10) / (this one + 10), kilometres, weighted by quantity where a plan has several warehouses,
* coverage: the share of the quantity that is there,
* shipments: 1 / number of shipments.

The constants keep a free or next-door warehouse from making every other worthless. Plans in fewer shipments come
before plans in more: a split is looked at only when no smaller set of warehouses has everything.
"""

from dataclasses import dataclass, field
from itertools import combinations

COST_FLOOR = 1.0
DISTANCE_FLOOR = 10.0
# More warehouses than this are never put together for one order, and a split is looked for among so many at most.
MAX_SITES = 4
MAX_CANDIDATES = 10
EPSILON = 1e-6

INCOMPLETE, SHIP_COMPLETE, TOO_MANY, EXTRA_COST, REFUSED = (
    "incomplete",
    "ship_complete",
    "too_many",
    "extra_cost",
    "refused",
)
CHOSEN, PARTIAL, ASK, WAIT, NONE = "chosen", "partial", "ask", "wait", "none"


@dataclass(frozen=True)
class Need:
    """What is still to be shipped of one order line, in the product's unit."""

    line: int
    product: int
    quantity: float
    divisible: bool = True


@dataclass
class Site:
    """A warehouse: what it has of each product (missing key: nothing), how far it is, whether it refused already."""

    key: int
    stock: dict
    distance: float = 0.0
    refused: bool = False


@dataclass
class Terms:
    """What customer and policy allow. Counts are shipments per order, 0 is no limit of the customer's own."""

    ship_complete: bool = False
    customer_max: int = 0
    policy_max: int = 1
    max_extra_cost: float = 0.0
    partial: bool = True
    approved: bool = False
    shipments_before: int = 0


@dataclass
class Plan:
    """One way to ship; ``shares`` is {line: {site: quantity}}, ``missing`` {line: quantity} that is nowhere."""

    sites: tuple
    shares: dict
    missing: dict
    coverage: float
    shipments: int
    distance: float
    cost: float = 0.0
    parts: dict = field(default_factory=dict)
    score: float = 0.0
    why_not: list = field(default_factory=list)

    @property
    def complete(self):
        """Whether everything is there."""
        return not self.missing


def make_plans(needs, sites):
    """Plans for ``needs``: every site alone, and splits over the fewest sites that have it all (or have the most).

    Sites that refused are planned alone only, so that people see what they would have done.
    """
    plans = [_plan(needs, (site,)) for site in sites]
    usable = [site for site in sites if not site.refused]
    if any(plan.complete for plan in plans if not _refused(plan, sites)):
        return plans
    alone = {site.key: plan for site, plan in zip(sites, plans, strict=True)}
    usable.sort(key=lambda site: (-alone[site.key].coverage, site.distance, site.key))
    usable = [site for site in usable if alone[site.key].coverage > EPSILON][:MAX_CANDIDATES]
    covered = {frozenset([site.key]): alone[site.key].coverage for site in usable}
    for size in range(2, min(MAX_SITES, len(usable)) + 1):
        found = []
        for group in combinations(usable, size):
            plan = _plan(needs, group)
            keys = frozenset(site.key for site in group)
            covered[keys] = plan.coverage
            # a group that has no more than a part of it is only a more expensive way to do the same
            if all(covered[keys - {key}] + EPSILON < plan.coverage for key in keys):
                found.append(plan)
        plans += found
        if any(plan.complete for plan in found):
            break
    return plans


def _refused(plan, sites):
    return any(site.refused for site in sites if site.key in plan.sites)


def _plan(needs, group):
    """Fill ``needs`` from a group of sites: whole lines first, from the site that has most of the order.

    What a line still lacks then is taken piece by piece in the same order of sites.
    """
    group = sorted(group, key=lambda site: (-_covered(needs, site), site.distance, site.key))
    left = {site.key: dict(site.stock) for site in group}
    shares, missing = {}, {}
    for need in sorted(needs, key=lambda need: (-need.quantity, need.line)):
        wanted = need.quantity
        whole = next((s for s in group if left[s.key].get(need.product, 0.0) + EPSILON >= wanted), None)
        sources = [whole] if whole else (group if need.divisible else [])
        for site in sources:
            taken = min(wanted, max(left[site.key].get(need.product, 0.0), 0.0))
            if taken <= EPSILON:
                continue
            left[site.key][need.product] -= taken
            wanted -= taken
            shares.setdefault(need.line, {})[site.key] = taken
        if wanted > EPSILON:
            missing[need.line] = wanted
    total = sum(need.quantity for need in needs)
    shipped = {}
    for parts in shares.values():
        for key, quantity in parts.items():
            shipped[key] = shipped.get(key, 0.0) + quantity
    used = tuple(site.key for site in group if site.key in shipped) or tuple(site.key for site in group)
    weight = sum(shipped.values())
    far = {site.key: site.distance for site in group}
    mean = sum(far[key] * quantity for key, quantity in shipped.items()) / weight if weight else group[0].distance
    coverage = (total - sum(missing.values())) / total if total else 1.0
    return Plan(used, shares, missing, coverage, len(used), mean)


def _covered(needs, site):
    """How much of the needs one site has."""
    left = dict(site.stock)
    covered = 0.0
    for need in needs:
        taken = min(need.quantity, max(left.get(need.product, 0.0), 0.0))
        left[need.product] = left.get(need.product, 0.0) - taken
        covered += taken
    return covered


def score_plans(plans, weights):
    """Set ``parts`` and ``score`` of plans whose ``cost`` is known, best first; returns the sorted list.

    :param dict weights: cost, distance, coverage, shipments; at least one above 0
    """
    if not plans:
        return []
    cheapest = min(plan.cost for plan in plans)
    nearest = min(plan.distance for plan in plans)
    total = sum(weights.values())
    for plan in plans:
        plan.parts = {
            "cost": (cheapest + COST_FLOOR) / (plan.cost + COST_FLOOR),
            "distance": (nearest + DISTANCE_FLOOR) / (plan.distance + DISTANCE_FLOOR),
            "coverage": plan.coverage,
            "shipments": 1.0 / plan.shipments,
        }
        plan.score = 100.0 * sum(weights[key] * part for key, part in plan.parts.items()) / total
    return sorted(plans, key=lambda plan: (-plan.score, plan.shipments, plan.cost, plan.sites))


def judge(plans, sites, terms):
    """Set ``why_not`` of each plan: the codes of what speaks against it; empty when it may be carried out as it is."""
    refused = {site.key for site in sites if site.refused}
    baseline = min((plan.cost for plan in plans if plan.shipments == 1), default=0.0)
    for plan in plans:
        why = []
        if refused & set(plan.sites):
            why.append(REFUSED)
        if plan.missing:
            why.append(INCOMPLETE)
        shipments = terms.shipments_before + plan.shipments + (1 if plan.missing else 0)
        if shipments > 1 and not terms.approved:
            if terms.ship_complete:
                why.append(SHIP_COMPLETE)
            elif shipments > terms.policy_max or (terms.customer_max and shipments > terms.customer_max):
                why.append(TOO_MANY)
            elif plan.shipments > 1 and plan.cost - baseline > terms.max_extra_cost + EPSILON:
                why.append(EXTRA_COST)
        plan.why_not = why


def choose(plans, terms):
    """(what to do, plan) for scored and judged plans, best first.

    ``chosen``: everything is there and allowed. ``ask``: everything is there, in more shipments than agreed.
    ``partial``: what is there goes, the rest follows, as the terms allow. ``wait``: nothing complete, nothing may go
    in parts. ``none``: every warehouse refused.
    """
    usable = [plan for plan in plans if REFUSED not in plan.why_not]
    if not usable:
        return NONE, None
    allowed = [plan for plan in usable if not plan.why_not]
    if allowed:
        return CHOSEN, allowed[0]
    complete = [plan for plan in usable if plan.complete]
    if complete:
        return ASK, min(complete, key=lambda plan: (plan.shipments, -plan.score))
    parts = [plan for plan in usable if plan.why_not == [INCOMPLETE] and plan.coverage > EPSILON]
    if parts and terms.partial:
        return PARTIAL, max(parts, key=lambda plan: (round(plan.coverage, 6), plan.score))
    return WAIT, None
