#!/bin/sh
# `start` runs the service, anything else is run as it is. By exec, so that signals reach the process itself.
set -eu

if [ "${1:-start}" != start ]; then
  exec "$@"
fi

module=${APP_MODULE:-}
if [ -z "$module" ]; then
  for file in main.py app/main.py src/main.py app.py; do
    if [ -f "$file" ]; then
      module=$(echo "${file%.py}" | tr / .):app
      break
    fi
  done
fi
if [ -z "$module" ]; then
  echo "There is no main.py, app/main.py, src/main.py or app.py: name what uvicorn runs (package.module:app) by the" >&2
  echo "build argument APP_MODULE, under args of the service in config/services.yaml, or by the variable APP_MODULE." >&2
  exit 64
fi
exec python3 -m uvicorn "$module" --host 0.0.0.0 --port "${PORT:-8000}"
