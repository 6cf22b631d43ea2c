from fastapi.testclient import TestClient

from main import app

client = TestClient(app)


def test_health_shows_site_and_commit(monkeypatch):
    monkeypatch.setenv("APP_SITE", "lotteimall")
    monkeypatch.setenv("APP_COMMIT", "5d6e7f8")
    answer = client.get("/health")
    assert answer.status_code == 200
    assert answer.json() == {
        "service": "xgen-core",
        "status": "ok",
        "site": "lotteimall",
        "commit": "5d6e7f8",
    }


def test_keeps_a_session():
    made = client.post("/sessions", json={"agent": "search"})
    assert made.status_code == 201
    assert client.get(f"/sessions/{made.json()['id']}").json() == made.json()


def test_refuses_a_session_without_an_agent():
    assert client.post("/sessions", json={"agent": ""}).status_code == 422


def test_does_not_know_every_session():
    assert client.get("/sessions/none").status_code == 404
