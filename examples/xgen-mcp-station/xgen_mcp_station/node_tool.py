"""The tool of Node.js behind the station. It is started for each call, and ends with it."""

from typing import Any

from mcp import Client, StdioServerParameters

# Only what package-lock.json has: nothing is fetched while a call waits.
TOOL = StdioServerParameters(command="npx", args=["--no-install", "mcp-server-everything"])


async def tool_names() -> list[str]:
    async with Client(TOOL, read_timeout_seconds=30) as tool:
        return sorted(one.name for one in (await tool.list_tools()).tools)


async def call_tool(name: str, arguments: dict[str, Any]) -> str:
    async with Client(TOOL, read_timeout_seconds=30) as tool:
        result = await tool.call_tool(name, arguments)
    return "\n".join(part.text for part in result.content if part.type == "text")
