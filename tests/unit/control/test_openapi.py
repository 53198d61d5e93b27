import pytest

from everloop.actions.registry import OPERATIONS
from everloop.control.openapi import openapi


def test_every_operation_is_described_with_its_types(client):
    document = client.get("/openapi.json").json()
    assert document["openapi"] == "3.1.0"
    paint = document["paths"]["/fences/{fence}/paint"]["post"]
    body = paint["requestBody"]["content"]["application/json"]["schema"]
    assert set(body["properties"]) == {"colour", "coats", "notes"}
    assert [p["name"] for p in paint["parameters"]] == ["fence", "Idempotency-Key"]
    look = document["paths"]["/fences/{fence}"]["get"]
    assert {(p["name"], p["in"]) for p in look["parameters"]} == {
        ("fence", "path"), ("closely", "query"), ("from_metres", "query"),
    }  # fmt: skip


def test_every_reference_of_the_description_leads_somewhere(client):
    document = client.get("/openapi.json").json()
    references = set()

    def collect(node):
        if isinstance(node, dict):
            references.update([node["$ref"]] if "$ref" in node else [])
            for child in node.values():
                collect(child)
        elif isinstance(node, list):
            for child in node:
                collect(child)

    collect(document)
    names = {r.removeprefix("#/components/schemas/") for r in references}
    assert names <= set(document["components"]["schemas"])


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: o.name)
def test_every_real_operation_is_described(operation):
    described = openapi(OPERATIONS)["paths"][operation.path][operation.method.lower()]
    assert described["operationId"] == operation.name
    assert described["summary"] == operation.summary
    (content,) = described["responses"]["200"]["content"].values()
    assert content["schema"]
    assert ("requestBody" in described) is (operation.method == "POST")
