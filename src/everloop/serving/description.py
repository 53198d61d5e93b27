"""What an endpoint takes and gives, for people and programs that want to call it."""

from everloop.records.signature import Column
from everloop.serving.loaded_bundle import example
from everloop.serving.routing import LiveEndpoint


def described(endpoint: LiveEndpoint, *, max_rows: int) -> dict[str, object]:
    """The description of the champion's signature, with a body that can be sent as it is."""
    champion = endpoint.variants[0]
    signature = champion.bundle.signature
    return {
        "endpoint": endpoint.name,
        "variants": [{"name": variant.name, "model": variant.reference} for variant in endpoint.variants],
        "task": signature.task,
        "target": signature.target,
        "classes": signature.classes,
        "columns": [_column(column) for column in signature.columns],
        "ignored": signature.ignored,
        "max_rows": max_rows,
        "example": {"instances": [example(signature)]},
    }


def _column(column: Column) -> dict[str, object]:
    told: dict[str, object] = {"name": column.name, "kind": column.kind, "nullable": column.nullable}
    if column.categories:
        told["categories"] = column.categories
    return told
