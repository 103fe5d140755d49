#!/bin/bash
# Reports the start and the end of a cron job, and ends as the job did.
# Usage: monitor.sh NAME command [arguments...]

API_URL="http://127.0.0.1:8000"

if [ "$#" -lt 2 ]; then
  echo "Usage: $0 <job-name> <command>"
  exit 1
fi

JOB_NAME="$1"
shift

report() {
  local answer
  if answer=$(curl -sS --fail -X POST "${API_URL}/jobs/${JOB_NAME}/$1"); then
    echo "$answer"
  else
    echo "Warning: could not report '$1' for job '${JOB_NAME}'." >&2
  fi
}

report start
"$@"
EXIT_CODE=$?
if [ "$EXIT_CODE" -eq 0 ]; then
  report success
else
  report failure
fi
exit "$EXIT_CODE"
