"""The pages of a real workspace, behind the guards, called without a network."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from everloop.access.policy import Principal
from everloop.access.tokens import new_token
from everloop.actions.deploy import DeployRequest, deploy
from everloop.control.app import create_app
from everloop.records.actor import Actor
from everloop.records.model_version import ModelVersion
from everloop.records.names import new_id
from everloop.records.signature import Signature
from everloop.records.target import TargetRule
from everloop.registry.versions import register
from everloop.settings import Settings
from everloop.stores.workspace_folder import create_workspace
from everloop.testing.linear_bundle import linear_bundle, numbers
from everloop.web.pages import Pages
from everloop.workspace.office import Office

OWNER = Principal(actor=Actor(kind="person", name="ada"), role="maintainer")
BASE = "http://127.0.0.1:8081"
OWN_PAGE = {"origin": BASE, "sec-fetch-site": "same-origin"}


class QuietRunner:
    def claim(self, run: str) -> None: ...

    def start(self, run: str) -> None: ...

    def release(self, run: str) -> None: ...


class House:
    """An office with two versions, the second of which answers at `churn`, and its app."""

    def __init__(self, folder: Path) -> None:
        self.settings = Settings()
        self.office = Office(create_workspace(folder / ".everloop"), self.settings, QuietRunner())
        self.token = new_token()
        self.pages = Pages(self.office, principal=OWNER, secret=self.token)
        self.app = create_app(
            self.office, settings=self.settings.control, token=self.token, principal=OWNER, pages=self.pages
        )

    def furnish(self) -> None:
        for weight in (1.0, 2.0):
            bundle = linear_bundle(self.office.layout.bundles, numbers("a"), [[weight]])
            with self.context().metadata.transaction() as transaction:
                register(transaction, _version(bundle))
        for number in (1, 2):
            request = DeployRequest(endpoint="churn", model="churn", version=number, override="so it is")
            deploy(self.context(), request)

    def context(self):
        return self.office.context(OWNER.actor, new_id("key"))

    def champion(self) -> str:
        from everloop.actions.queries.endpoints import EndpointQuery, show_endpoint

        return show_endpoint(self.context(), EndpointQuery(endpoint="churn")).champion

    def browser(self) -> "Browser":
        browser = Browser(self.app)
        assert browser.get(self.pages.url("")).status_code == 200
        return browser


def _version(bundle: str) -> ModelVersion:
    return ModelVersion(
        model="churn",
        number=0,
        bundle=bundle,
        run=new_id("run"),
        recipe="r",
        dataset="churn",
        dataset_version=1,
        data_digest="d",
        code_version="",
        environment={},
        signature=Signature(task="regression", target="churn", columns=numbers("a")),
        target=TargetRule(outcome="churn"),
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        by=OWNER.actor,
    )


class Browser:
    """Keeps its cookies, and says where its forms come from."""

    def __init__(self, app) -> None:
        self.app = app
        self.cookies = httpx.Cookies()

    def request(self, method: str, path: str, **options) -> httpx.Response:
        async def call() -> httpx.Response:
            transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url=BASE, cookies=self.cookies) as client:
                answer = await client.request(method, path, **options)
                self.cookies = client.cookies
                return answer

        return asyncio.run(call())

    def get(self, path: str, **options) -> httpx.Response:
        return self.request("GET", path, **options)

    def post(self, path: str, data: dict[str, str], **options) -> httpx.Response:
        return self.request("POST", path, data=data, **{"headers": OWN_PAGE, **options})

    def fields(self, action: str) -> dict[str, str]:
        """The hidden fields of one form of the page."""
        import re

        shown = self.get("/page/churn").text
        form = re.search(rf'<form[^>]*action="[^"]*{action}".*?</form>', shown, re.DOTALL)
        assert form is not None, f"there is no form for {action}"
        return dict(re.findall(r'type="hidden" name="([^"]*)" value="([^"]*)"', form[0]))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    house = House(tmp_path_factory.mktemp("house"))
    house.furnish()
    yield house
    house.office.close()


@pytest.fixture
def browser(house: House) -> Browser:
    return house.browser()


@pytest.fixture
def stranger(house: House) -> Browser:
    return Browser(house.app)


@pytest.fixture
def own_page() -> dict[str, str]:
    return dict(OWN_PAGE)
