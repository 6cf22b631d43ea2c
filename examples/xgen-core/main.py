"""Sessions of agents, kept in memory: small, but a real service."""

import os
from typing import Annotated
from uuid import uuid4

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, Field

app = FastAPI(title="xgen-core")
sessions: dict[str, "Session"] = {}


class NewSession(BaseModel):
    agent: Annotated[str, Field(min_length=1, max_length=100)]


class Session(NewSession):
    id: str


@app.get("/health")
def health() -> dict[str, str]:
    return {
        "service": "xgen-core",
        "status": "ok",
        "site": os.environ.get("APP_SITE", ""),
        "commit": os.environ.get("APP_COMMIT", ""),
    }


@app.post("/sessions", status_code=201)
def start_session(wanted: NewSession) -> Session:
    session = Session(id=uuid4().hex, agent=wanted.agent)
    sessions[session.id] = session
    return session


@app.get("/sessions/{session_id}")
def read_session(session_id: str) -> Session:
    if session_id not in sessions:
        raise HTTPException(404, "there is no such session")
    return sessions[session_id]
