"""Separation of duties: who may decide on a request, as a pure function of who is who.

The checks hold for everybody alike: no group, no administrator and no superuser is let through.
"""

ROBOT_ID = 1  # OdooBot: scheduled work runs in its name, and silence never approves

ROBOT = "robot"
INACTIVE = "inactive"
REQUESTER = "requester"
BENEFICIARY = "beneficiary"
RESPONSIBLE = "responsible"
DECIDED = "decided"
NOT_ASKED = "not_asked"


def why_not_decide(actor, *, active, requesters, beneficiaries=(), responsible=None, decided=(), deciders=()):
    """Code of the first rule that keeps ``actor`` from deciding, or ``None``.

    :param int actor: user id of who wants to decide
    :param bool active: whether that user is active
    :param requesters: user ids of who asked: who drafted the request and who submitted it
    :param beneficiaries: user ids of those who gain
    :param responsible: user id of the document's responsible, when the policy excludes them
    :param decided: user ids of those who decided already, themselves or through a delegate
    :param deciders: user ids the current step (or its escalation, or a delegation) lets decide
    """
    if actor == ROBOT_ID:
        return ROBOT
    if not active:
        return INACTIVE
    if actor in requesters:
        return REQUESTER
    if actor in beneficiaries:
        return BENEFICIARY
    if responsible and actor == responsible:
        return RESPONSIBLE
    if actor in decided:
        return DECIDED
    if actor not in deciders:
        return NOT_ASKED
    return None


def deciders(principals, delegations, barred):
    """Who may decide, and for whom: ``{user id: id of the approver they act for}``.

    One hop only: a delegate's own delegations are not followed, and what a barred approver (the requester, say) could
    not do himself his delegate cannot do for him.

    :param principals: user ids of the approvers of the step
    :param delegations: pairs (delegator id, delegate id) in force
    :param barred: user ids that may not decide on this request
    """
    allowed = {user: user for user in principals if user not in barred}
    acting = {}
    for delegator, delegate in delegations:
        if delegator in allowed and delegate not in barred and delegate not in allowed:
            acting.setdefault(delegate, delegator)
    return {**allowed, **acting}
