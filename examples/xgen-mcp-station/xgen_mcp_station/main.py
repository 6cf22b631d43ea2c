"""The server: MCP at /mcp, and two pages for people and for the platform."""

import os
from typing import Any

import uvicorn
from mcp.server import MCPServer
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from . import node_tool

server = MCPServer("xgen-mcp-station")


@server.tool()
async def node_tools() -> list[str]:
    """The names of the tools that Node.js brings."""
    return await node_tool.tool_names()


@server.tool()
async def call_node_tool(name: str, arguments: dict[str, Any]) -> str:
    """Hands a call on to a tool of Node.js."""
    return await node_tool.call_tool(name, arguments)


@server.custom_route("/", methods=["GET"])
@server.custom_route("/health", methods=["GET"])
async def health(_: Request) -> Response:
    return JSONResponse(
        {
            "service": "xgen-mcp-station",
            "status": "ok",
            "site": os.environ.get("APP_SITE", ""),
            "commit": os.environ.get("APP_COMMIT", ""),
        }
    )


@server.custom_route("/tools", methods=["GET"])
async def tools(_: Request) -> Response:
    return JSONResponse({"tools": await node_tool.tool_names()})


app = server.streamable_http_app(host="0.0.0.0")


def run() -> None:
    uvicorn.run(app, host="0.0.0.0", port=int(os.environ.get("PORT", "8000")))
