"""How well a champion does that was trained elsewhere: nobody has a test of it, so its first outcomes say it."""

from dataclasses import replace

import pyarrow as pa

from everloop.actions.context import Context
from everloop.actions.monitor_reference import load_reference, make_reference
from everloop.actions.monitor_rows import next_outcomes
from everloop.monitoring.quality import scores
from everloop.records.endpoint import Endpoint
from everloop.records.model_version import ModelVersion
from everloop.records.monitor import MonitorStanding

WINDOWS = 2  # of outcomes, that a promise rests on at least


def with_promise(
    context: Context, endpoint: Endpoint, version: ModelVersion, standing: MonitorStanding
) -> MonitorStanding:
    """Where its monitors stand, with a promise once there is one.

    From then on its quality and its answers are judged against the rows that the promise was made from; they are not
    looked at again. Says the same as before for a champion that was tested here.
    """
    if version.recipe or load_reference(context.blobs, standing.reference).promised is not None:
        return standing
    first = list(next_outcomes(context, endpoint, standing))
    if sum(part.rows.num_rows for part in first) < WINDOWS * context.settings.monitoring.window_rows:
        return standing
    rows = pa.concat_tables([part.rows for part in first])
    promising = replace(
        standing,
        reference=make_reference(
            context,
            version,
            answers=rows["output"],
            promised=scores(version.signature.task, rows),
        ),
        judged_upto=first[-1].upto,
        judged_id=first[-1].upto_id,
        filled=None,  # what they counted, they counted without the answers
        filling=None,
    )
    with context.metadata.transaction() as transaction:
        if transaction.get(MonitorStanding, endpoint.name) != standing:
            return standing  # somebody else was quicker; the next look sees what they did
        transaction.replace(promising)
    return promising
