"""What the buttons do: one operation each, by the policy's leave, and back to the page."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request

from everloop.access.tokens import is_same
from everloop.actions.approve import ApproveRequest, RejectRequest
from everloop.actions.operation import Operation
from everloop.actions.operations.cycles import APPROVE, REJECT
from everloop.actions.registry import ROLL_BACK
from everloop.actions.roll_back import RollBackRequest, RolledBack
from everloop.actions.step_cycle import Stepped
from everloop.errors import BodyTooLarge, Denied, InvalidRequest
from everloop.web.parts.decide import LONGEST_REASON
from everloop.web.sessions import Session

MOST_BYTES = 16 * 1024
DECISIONS: Mapping[str, Operation[Any, Any]] = {"approve": APPROVE, "reject": REJECT, "roll-back": ROLL_BACK}


async def read_form(request: Request, session: Session) -> dict[str, str]:
    """The fields of a form of ours.

    Raises BodyTooLarge, InvalidRequest for a field that comes twice, Denied without the session's own token.
    """
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > MOST_BYTES:
            raise BodyTooLarge(f"The form is larger than {MOST_BYTES} bytes.")
    pairs = parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=32)
    form = dict(pairs)
    if len(form) != len(pairs):
        raise InvalidRequest("A field of the form comes twice.")
    if not is_same(form.get("form-token", ""), session.form_token):
        raise Denied("The form is not of this session.", remedy="Load the page again.")
    return form


def asked(action: str, endpoint: str, form: Mapping[str, str]) -> tuple[Operation[Any, Any], object, str]:
    """Operation, request and idempotency key of a decision; raises InvalidRequest."""
    reason = " ".join(form.get("reason", "").split())
    if len(reason) > LONGEST_REASON:
        raise InvalidRequest(f"The reason is longer than {LONGEST_REASON} characters.")
    candidate = form.get("candidate", "")
    requests: dict[str, object] = {
        "approve": ApproveRequest(endpoint=endpoint, candidate=candidate, reason=reason),
        "reject": RejectRequest(endpoint=endpoint, candidate=candidate, reason=reason),
        "roll-back": RollBackRequest(endpoint=endpoint, reason=reason, expected=form.get("expected", "")),
    }
    moment = form.get("moment", "")
    if not (moment.isascii() and moment.isalnum() and len(moment) == 32):
        raise InvalidRequest("The form is not whole.", remedy="Load the page again.")
    return DECISIONS[action], requests[action], f"page-{moment}"


def decided(operation: Operation[Any, Any], answer: Stepped | RolledBack) -> str:
    """What came of it, in a sentence."""
    if isinstance(answer, RolledBack):
        return "Rolled back: " + " ".join(answer.lines())
    if operation is APPROVE:
        when = "as soon as its gates have passed" if answer.state == "judging" else "now"
        return f"Approved: the rollout of cycle {answer.cycle} begins {when}."
    return f"Rejected: cycle {answer.cycle} is ended."
