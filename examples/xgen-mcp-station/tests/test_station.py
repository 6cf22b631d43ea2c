import anyio
from mcp import Client
from starlette.testclient import TestClient

from xgen_mcp_station.main import app, server


def test_health_shows_site_and_commit(monkeypatch):
    monkeypatch.setenv("APP_SITE", "lotteimall")
    monkeypatch.setenv("APP_COMMIT", "5d6e7f8")
    answer = TestClient(app).get("/")
    assert answer.status_code == 200
    assert answer.json() == {
        "service": "xgen-mcp-station",
        "status": "ok",
        "site": "lotteimall",
        "commit": "5d6e7f8",
    }


def test_hands_a_call_on_to_node():
    async def ask():
        async with Client(server) as client:
            return await client.call_tool(
                "call_node_tool", {"name": "echo", "arguments": {"message": "hello"}}
            )

    assert "hello" in anyio.run(ask).content[0].text
