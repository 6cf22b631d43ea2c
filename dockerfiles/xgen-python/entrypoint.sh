#!/bin/sh
# `start` runs the service; anything else is run as it is. exec: signals reach the process itself.
set -eu
if [ "${1:-start}" = start ]; then
  exec uvicorn "${APP_MODULE:-main:app}" --host 0.0.0.0 --port "${PORT:-8000}"
fi
exec "$@"
