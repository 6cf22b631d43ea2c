"""A station of tools: small, but a real MCP server."""
